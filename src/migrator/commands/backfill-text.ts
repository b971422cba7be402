/** Backfills as people and machines read them. */
import { alignedLines, countText, timeText } from './text.ts';
import type { StoredBackfill } from '../upkeep/backfills/backfill-store.ts';

const COLUMNS = ['NAME', 'TABLE', 'STATE', 'ROWS', 'DONE', 'LAST SEEN', 'REMARK'];

/** Returns a line for each. */
export function backfillsText(all: readonly StoredBackfill[]): string {
  if (all.length === 0) return 'No migration has asked for a backfill.\n';
  return alignedLines([COLUMNS, ...all.map(rowOf)]);
}

/** Returns them for machines, times in RFC 3339. */
export function backfillsJson(all: readonly StoredBackfill[]): object {
  const backfills = all.map((each) => ({
    ...each,
    percent: percentOf(each),
    heartbeatAt: timeOf(each.heartbeatAt),
    startedAt: timeOf(each.startedAt),
    completedAt: timeOf(each.completedAt),
  }));
  return { backfills };
}

/** Returns how many rows are done, and of how many where that is known. */
export function rowsText({
  rowsDone,
  rowsEstimate,
}: Pick<StoredBackfill, 'rowsDone' | 'rowsEstimate'>): string {
  return rowsEstimate === null
    ? countText(rowsDone)
    : `${countText(rowsDone)} of about ${countText(rowsEstimate)}`;
}

function rowOf(backfill: StoredBackfill): string[] {
  const { name, table, state, heartbeatAt, error } = backfill;
  const percent = percentOf(backfill);
  return [
    name,
    table,
    state,
    rowsText(backfill),
    percent === null ? '–' : `${percent} %`,
    heartbeatAt === null ? '–' : timeText(heartbeatAt),
    error ?? '',
  ];
}

/** The number of rows is an estimate, so only the state says that all is done. */
function percentOf({ state, rowsDone, rowsEstimate }: StoredBackfill): number | null {
  if (state === 'done') return 100;
  if (rowsEstimate === null || rowsEstimate === 0) return null;
  return Math.min(99, Math.floor((rowsDone * 100) / rowsEstimate));
}

function timeOf(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}
