/** What the phases come to: a table, and whether one person was kept from trading by another. */
import type { Samples } from './bystander.ts';

/** One phase; the calm ones have no flood. */
export interface Phase {
  readonly name: string;
  readonly isCalm: boolean;
  readonly samples: Samples;
  /** What the flood was answered, and how often each. */
  readonly outcomes: ReadonlyMap<string, number>;
}

/** An order under a flood may take so many times as long as without. */
export const MOST_TIMES = 3;
/** Against less than this nothing is compared: it is the noise of a machine. */
const LEAST_CALM_MS = 10;

const HEADINGS = [
  'phase',
  'orders',
  'order p50',
  '×',
  'order p99',
  '×',
  '/me p99',
  '×',
  'journal p99',
  '×',
  'failed',
];

/** Returns the table, one line a phase, in milliseconds and as many times the calm ones. */
export function tableOf(phases: readonly Phase[]): string {
  const rows = phases.map(({ name, samples, outcomes }) => {
    const cells = [
      [samples.orders, 0.5],
      [samples.orders, 0.99],
      [samples.me, 0.99],
      [samples.journal, 0.99],
    ] as const;
    const calm = [calmMs(phases, 'orders', 0.5), ...calmP99s(phases)];
    const figures = cells.flatMap(([durations, share], index) => {
      const ms = percentile(durations, share);
      return [ms.toFixed(1), (ms / (calm[index] ?? 1)).toFixed(2)];
    });
    const answered = [...outcomes].map(([outcome, count]) => `${outcome}: ${count}`).join(', ');
    return [name, String(samples.orders.length), ...figures, String(samples.failures.length), answered];
  });
  const table = [[...HEADINGS, 'the flood was answered'], ...rows];
  const widths = table.map((row) => row.map((cell) => cell.length));
  const width = (column: number): number => Math.max(...widths.map((row) => row[column] ?? 0));
  return table
    .map((row) =>
      row
        .map((cell, column) =>
          column === 0 || column === HEADINGS.length
            ? cell.padEnd(width(column))
            : cell.padStart(width(column)),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Returns a line for each flood that kept the other person from trading. */
export function unfairPhases(phases: readonly Phase[]): string[] {
  const most = MOST_TIMES * calmMs(phases, 'orders', 0.99);
  return phases
    .filter(({ isCalm }) => !isCalm)
    .flatMap(({ name, samples }) => {
      const p99 = percentile(samples.orders, 0.99);
      const [failure] = samples.failures;
      return [
        ...(p99 > most ? [`${name}: order p99 ${p99.toFixed(1)} ms, more than ${most.toFixed(1)} ms.`] : []),
        ...(failure === undefined
          ? []
          : [`${name}: ${samples.failures.length} failed; the first: ${failure}`]),
      ];
    });
}

const calmP99s = (phases: readonly Phase[]): number[] =>
  (['orders', 'me', 'journal'] as const).map((kind) => calmMs(phases, kind, 0.99));

/** The mean of the calm phases, and never less than what can be compared with. */
function calmMs(phases: readonly Phase[], kind: 'orders' | 'me' | 'journal', share: number): number {
  const values = phases.filter(({ isCalm }) => isCalm).map(({ samples }) => percentile(samples[kind], share));
  return Math.max(LEAST_CALM_MS, values.reduce((sum, value) => sum + value, 0) / values.length);
}

function percentile(durations: readonly number[], share: number): number {
  const sorted = durations.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}
