/** What can be wrong with a row of prices, counted by kind. */

import { Problem } from '../../core/shared/problem.ts';

/** The kinds of bad row and what each means. A row counts under the first that fits, from the top. */
export const FAULTS = {
  unparsable: "not a UTC time and positive prices of the instrument's precision, separated by commas",
  'out-of-order': 'the time is earlier than that of the last good row before it',
  'repeated-time': 'a candle starts at the same time as the last good one before it',
  'high-below-low': 'the high is below the low, or open or close lie outside them',
  'bid-above-ask': 'a bid price is above its ask price',
} as const;

/** What is wrong with a row. */
export type BadRowKind = keyof typeof FAULTS;

/** How many rows are bad in one way, and the line number of the first (the header is line 1). */
export interface BadRowCount {
  readonly kind: BadRowKind;
  readonly count: number;
  readonly firstLine: number;
}

export class BadRowTally {
  readonly #counts = new Map<BadRowKind, BadRowCount>();
  readonly #firstTexts = new Map<BadRowKind, string>();

  /** Counts a bad row of this line; `text` gives it as it stands in the file. */
  add(kind: BadRowKind, line: number, text: () => string): void {
    const known = this.#counts.get(kind);
    if (!known) this.#firstTexts.set(kind, text());
    this.#counts.set(kind, { kind, count: (known?.count ?? 0) + 1, firstLine: known?.firstLine ?? line });
  }

  /** The first row of a kind as it stands in the file. */
  firstText(kind: BadRowKind): string {
    return this.#firstTexts.get(kind) ?? '';
  }

  /** The bad rows of all kinds together. */
  get total(): number {
    return this.kinds.reduce((sum, { count }) => sum + count, 0);
  }

  /** The counts, the kind that occurred first first. */
  get kinds(): readonly BadRowCount[] {
    return [...this.#counts.values()];
  }
}

/** Returns the refusal of a file that names each kind of bad row with its count and first line; `rows` were read, good and bad. */
export function badRowsError(
  tally: BadRowTally,
  { rows, isWhole }: { readonly rows: number; readonly isWhole: boolean },
): Problem {
  const { kinds } = tally;
  const list = kinds.map(({ kind, count, firstLine }) => `${count} ${kind} (first at line ${firstLine})`);
  return new Problem(
    'price-data-invalid',
    `${tally.total} of ${isWhole ? '' : 'the first '}${rows} rows are bad: ${list.join(', ')}.`,
    {
      errors: kinds.map(({ kind, count, firstLine }) => ({
        pointer: `line ${firstLine}`,
        detail: `${FAULTS[kind]}: ${quoted(tally.firstText(kind))} (${kind}, ${count} ${count === 1 ? 'row' : 'rows'}, this is the first)`,
      })),
      kinds,
      rows,
    },
  );
}

/** More of a line shows no more of what is wrong with it. */
const SHOWN_CHARACTERS = 80;

function quoted(text: string): string {
  return JSON.stringify(text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text);
}
