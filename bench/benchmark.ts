/** What a benchmark is, and how it is measured: against its baseline, in turns, on the same machine in the same minute. */

/** Half of the rounds may be disturbed before the median is. */
const ROUNDS = 5;

/** The engine's code is large: so many rounds pass until a backtest takes as long as the one before. */
export const BACKTEST_WARM_UPS = 15;

/** A benchmark with what it has to reach. */
export interface Benchmark {
  readonly name: string;
  readonly unit: string;
  readonly baseline: string;
  readonly target: Target;
  measure(): Promise<Measurement>;
}

/** What the ratio of value to baseline must be, or by how much the value may exceed the baseline, in the benchmark's unit. */
export interface Target {
  readonly atLeast?: number;
  readonly atMost?: number;
  readonly atMostBeyond?: number;
}

/** Medians over the rounds, both in the benchmark's unit; `notes` are further facts worth a line. */
export interface Measurement {
  readonly value: number;
  readonly baselineValue: number;
  readonly notes?: readonly string[];
}

/** One thing to be timed; it returns how much it did, in the benchmark's unit times seconds. */
export type Work = () => number | Promise<number>;

/** Returns a time in milliseconds. */
type Clock = () => number;

/** The processor's time of this process, of all its threads. */
export function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

/** How two pieces of work are timed, where it differs from most. */
interface Timing {
  /** The clock of the wall when left out. */
  readonly clock?: Clock;
  /** How many rounds only warm up; one when left out. */
  readonly warmUps?: number;
}

/** Times two pieces of work in turns and returns the median of what each did in a second. */
export async function compareRates(
  work: Work,
  baseline: Work,
  { clock = () => performance.now(), warmUps = 1 }: Timing = {},
): Promise<Measurement> {
  const [values, baselineValues]: [number[], number[]] = [[], []];
  for (let round = 0; round < warmUps + ROUNDS; round += 1) {
    const [value, baselineValue] = [await rateOf(work, clock), await rateOf(baseline, clock)];
    if (round < warmUps) continue;
    values.push(value);
    baselineValues.push(baselineValue);
  }
  return { value: median(values), baselineValue: median(baselineValues) };
}

/** Times two pieces of work in turns and returns the median milliseconds of each. */
export async function compareTimes(
  work: () => Promise<void>,
  baseline: () => Promise<void>,
): Promise<Measurement> {
  const rates = await compareRates(asRate(work), asRate(baseline));
  return { value: 1_000 / rates.value, baselineValue: 1_000 / rates.baselineValue };
}

function asRate(work: () => Promise<void>): Work {
  return () => work().then(() => 1);
}

async function rateOf(work: Work, clock: Clock): Promise<number> {
  const startedAt = clock();
  const done = await work();
  return (done * 1_000) / (clock() - startedAt);
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}
