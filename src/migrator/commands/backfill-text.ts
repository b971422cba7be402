/** Backfills as people read them. */
import { alignedLines, countText, timeText } from './text.ts';
import type { StoredBackfill } from '../upkeep/backfills/backfill-store.ts';

/** Returns a line for each. */
export function backfillsText(all: readonly StoredBackfill[]): string {
  return alignedLines([
    ['NAME', 'TABLE', 'STATE', 'ROWS', 'LAST SEEN', 'REMARK'],
    ...all.map((each) => [
      each.name,
      each.table,
      each.state,
      rowsText(each),
      each.heartbeatAt === null ? '–' : timeText(each.heartbeatAt),
      each.error ?? '',
    ]),
  ]);
}

/** Returns how many rows are done, and of how many where that is known. */
export function rowsText({
  rowsDone,
  rowsEstimate,
}: Pick<StoredBackfill, 'rowsDone' | 'rowsEstimate'>): string {
  return `${countText(rowsDone)}${rowsEstimate === null ? '' : ` of about ${countText(rowsEstimate)}`}`;
}
