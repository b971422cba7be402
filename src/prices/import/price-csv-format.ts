/** The two kinds of price CSV and how a header line names their columns. */

import { Problem } from '../../core/shared/problem.ts';
import type { PriceKind } from '../series/price-columns.ts';

/** The columns of each kind as the header names them, in the order of `priceColumnsOf` after the time. */
const COLUMN_NAMES = {
  quotes: ['time', 'bid', 'ask'],
  candles: [
    'time',
    'bid_open',
    'bid_high',
    'bid_low',
    'bid_close',
    'ask_open',
    'ask_high',
    'ask_low',
    'ask_close',
  ],
} as const satisfies Record<PriceKind, readonly string[]>;

/** A file's kind and what its columns are, from left to right: -1 is the time, 0 and up a price column. */
export interface PriceCsvFormat {
  readonly kind: PriceKind;
  readonly slots: readonly number[];
}

const LONGEST_EXCERPT = 60;
// oxlint-disable-next-line no-control-regex -- the very thing that is looked for
const CONTROL_CHARACTER = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffd]/;

/** Returns the format that a header line names, in any column order; throws Problem when it names neither kind. */
export function parsePriceCsvHeader(line: Uint8Array): PriceCsvFormat {
  // The decoder drops a byte order mark by itself, and puts U+FFFD where the bytes are no UTF-8.
  const text = new TextDecoder().decode(line);
  if (CONTROL_CHARACTER.test(text)) throw unreadable('The file holds binary data where its header should be');
  const names = text.trimEnd().split(',');
  const kind = kindWithColumns(names);
  if (kind === undefined) throw unreadable(`The first line is not a header, it was "${excerpt(text)}"`);
  const wanted: readonly string[] = COLUMN_NAMES[kind];
  return { kind, slots: names.map((name) => wanted.indexOf(name) - 1) };
}

function kindWithColumns(names: readonly string[]): PriceKind | undefined {
  const sorted = names.toSorted().join();
  if (sorted === COLUMN_NAMES.quotes.toSorted().join()) return 'quotes';
  return sorted === COLUMN_NAMES.candles.toSorted().join() ? 'candles' : undefined;
}

function unreadable(found: string): Problem {
  const headers = `"${COLUMN_NAMES.quotes.join()}" or "${COLUMN_NAMES.candles.join()}"`;
  return new Problem(
    'price-data-invalid',
    `${found}; a price file (CSV, also gzipped) starts with ${headers}.`,
    {
      errors: [{ pointer: 'line 1', detail: `the header must be ${headers}` }],
    },
  );
}

function excerpt(text: string): string {
  const line = text.trimEnd();
  return line.length > LONGEST_EXCERPT ? `${line.slice(0, LONGEST_EXCERPT)}…` : line;
}
