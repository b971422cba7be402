/** What the load measured, step by step, and how it is printed. */

/** One request that did not get the answer it had to get. */
export interface Failure {
  readonly step: string;
  readonly action: string;
  readonly servedBy: string;
  readonly what: string;
}

interface StepFigures {
  readonly startedAt: number;
  endedAt: number;
  readonly durations: number[];
  readonly writes: { count: number };
  readonly byVersion: Map<string, number>;
}

/** One answered request. */
export interface Measured {
  readonly isWrite: boolean;
  readonly durationMs: number;
  readonly servedBy: string;
}

const HEADINGS = [
  'step',
  'seconds',
  'requests',
  'writes',
  'failed',
  'p50 ms',
  'p99 ms',
  'max ms',
  'p50',
  'p99',
];

export class Figures {
  readonly failures: Failure[] = [];
  readonly #steps = new Map<string, StepFigures>();
  #step = '';

  /** What is measured from now on belongs to this step. */
  enter(step: string): void {
    const now = performance.now();
    const current = this.#steps.get(this.#step);
    if (current) current.endedAt = now;
    this.#step = step;
    this.#steps.set(step, {
      startedAt: now,
      endedAt: now,
      durations: [],
      writes: { count: 0 },
      byVersion: new Map(),
    });
  }

  /** The last step has ended. */
  end(): void {
    const current = this.#steps.get(this.#step);
    if (current) current.endedAt = performance.now();
  }

  /** The step that a request which begins now belongs to. */
  get step(): string {
    return this.#step;
  }

  add(step: string, { isWrite, durationMs, servedBy }: Measured): void {
    const figures = this.#steps.get(step);
    if (!figures) return;
    figures.durations.push(durationMs);
    if (isWrite) figures.writes.count += 1;
    figures.byVersion.set(servedBy, (figures.byVersion.get(servedBy) ?? 0) + 1);
  }

  fail(failure: Failure): void {
    this.failures.push(failure);
  }

  get total(): number {
    return [...this.#steps.values()].reduce((sum, { durations }) => sum + durations.length, 0);
  }

  /** The table for people; the last two columns are ratios to the first step. */
  toText(): string {
    const [first] = this.#steps.values();
    const base = first && percentiles(first.durations);
    const rows = [...this.#steps].map(([step, figures]) => {
      const { p50, p99, max } = percentiles(figures.durations);
      return [
        step,
        ((figures.endedAt - figures.startedAt) / 1_000).toFixed(1),
        String(figures.durations.length),
        String(figures.writes.count),
        String(this.failures.filter((failure) => failure.step === step).length),
        ...[p50, p99, max].map((ms) => ms.toFixed(1)),
        ...[p50 / (base?.p50 ?? 1), p99 / (base?.p99 ?? 1)].map((ratio) => `×${ratio.toFixed(2)}`),
      ];
    });
    const versions = [...this.#steps].map(
      ([step, { byVersion }]) =>
        `  ${step}: ${[...byVersion].map(([version, count]) => `${version} ${count}`).join(', ')}`,
    );
    return `${table([HEADINGS, ...rows])}\nAnswered by\n${versions.join('\n')}\n`;
  }
}

function percentiles(durations: readonly number[]): { p50: number; p99: number; max: number } {
  const sorted = durations.toSorted((a, b) => a - b);
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  return { p50: at(0.5), p99: at(0.99), max: sorted.at(-1) ?? 0 };
}

/** Columns of equal width; the first to the left, numbers to the right. */
function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ');
  return `${rows.map((row) => line(row).trimEnd()).join('\n')}\n`;
}
