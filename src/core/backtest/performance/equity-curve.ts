/** The equity curve of a report: few enough points to draw, whatever the length of the run, and no peak or low lost. */

/** Equity at an instant (UTC milliseconds), in ten-thousandths. */
export interface EquityPoint {
  readonly at: number;
  readonly equity: number;
}

/** The most points a curve has: what a chart of a screen's width can show. */
export const MAX_CURVE_POINTS = 2_000;

// Each bucket gives its low and its high; the first and the last observation come on top.
const MAX_BUCKETS = (MAX_CURVE_POINTS - 2) / 2;
const FIRST_STRIDE_MS = 1_000;

/**
 * Keeps the lowest and the highest equity of each stretch of time, and the first and the last. When there are too many stretches,
 * their length doubles and neighbours merge, so that memory is fixed and the run's length need not be known.
 */
export class EquityCurve {
  readonly #numbers = new Float64Array(MAX_BUCKETS);
  readonly #lows = new Float64Array(MAX_BUCKETS);
  readonly #lowsAt = new Float64Array(MAX_BUCKETS);
  readonly #highs = new Float64Array(MAX_BUCKETS);
  readonly #highsAt = new Float64Array(MAX_BUCKETS);
  readonly #first: EquityPoint;
  #last: number;
  #lastAt: number;
  #buckets = 0;
  #strideMs = FIRST_STRIDE_MS;
  #bucketEndsAt: number;

  constructor(startsAt: number, startEquity: number) {
    this.#first = { at: startsAt, equity: startEquity };
    this.#lastAt = startsAt;
    this.#last = startEquity;
    this.#bucketEndsAt = startsAt;
    this.update(startsAt, startEquity);
  }

  /** The instant from which an equity begins another stretch. */
  get calmUntil(): number {
    return this.#bucketEndsAt;
  }

  /** Takes the equity at an instant, never earlier than the one before. */
  update(at: number, equity: number): void {
    this.replaceLast(at, equity);
    if (at >= this.#bucketEndsAt) this.#enterBucket(at, equity);
    else this.#widen(this.#buckets - 1, at, equity);
  }

  /** Takes an equity that is within its stretch, and neither the lowest nor the highest of it. */
  replaceLast(at: number, equity: number): void {
    this.#lastAt = at;
    this.#last = equity;
  }

  /** Whether the equity at an instant would do more than take the place of the last one: it begins a stretch, or is the lowest or highest of one. */
  wouldKeep(at: number, equity: number): boolean {
    const latest = this.#buckets - 1;
    return (
      at >= this.#bucketEndsAt || equity < (this.#lows[latest] ?? 0) || equity > (this.#highs[latest] ?? 0)
    );
  }

  /** Returns at most {@link MAX_CURVE_POINTS} points in order of time. */
  points(): readonly EquityPoint[] {
    const points: EquityPoint[] = [];
    const add = (at = 0, equity = 0): void => {
      const before = points.at(-1);
      if (before?.at !== at || before.equity !== equity) points.push({ at, equity });
    };
    add(this.#first.at, this.#first.equity);
    for (let bucket = 0; bucket < this.#buckets; bucket += 1) this.#addBucket(bucket, add);
    add(this.#lastAt, this.#last);
    return points;
  }

  #addBucket(bucket: number, add: (at?: number, equity?: number) => void): void {
    const isLowFirst = (this.#lowsAt[bucket] ?? 0) <= (this.#highsAt[bucket] ?? 0);
    if (isLowFirst) add(this.#lowsAt[bucket], this.#lows[bucket]);
    add(this.#highsAt[bucket], this.#highs[bucket]);
    if (!isLowFirst) add(this.#lowsAt[bucket], this.#lows[bucket]);
  }

  #enterBucket(at: number, equity: number): void {
    while (this.#buckets === MAX_BUCKETS) this.#doubleStride();
    const number = Math.floor((at - this.#first.at) / this.#strideMs);
    this.#bucketEndsAt = this.#first.at + (number + 1) * this.#strideMs;
    const latest = this.#buckets - 1;
    if (latest >= 0 && this.#numbers[latest] === number) this.#widen(latest, at, equity);
    else this.#append(number, at, equity);
  }

  #append(number: number, at: number, equity: number): void {
    const bucket = this.#buckets;
    this.#numbers[bucket] = number;
    this.#lows[bucket] = this.#highs[bucket] = equity;
    this.#lowsAt[bucket] = this.#highsAt[bucket] = at;
    this.#buckets += 1;
  }

  #widen(bucket: number, at: number, equity: number): void {
    if (equity < (this.#lows[bucket] ?? 0)) {
      this.#lows[bucket] = equity;
      this.#lowsAt[bucket] = at;
    }
    if (equity > (this.#highs[bucket] ?? 0)) {
      this.#highs[bucket] = equity;
      this.#highsAt[bucket] = at;
    }
  }

  #doubleStride(): void {
    const count = this.#buckets;
    this.#strideMs *= 2;
    this.#buckets = 0;
    for (let from = 0; from < count; from += 1) this.#mergeInto(from);
  }

  // Writes never overtake reads: a bucket moves to a lower place or stays.
  #mergeInto(from: number): void {
    const number = Math.floor((this.#numbers[from] ?? 0) / 2);
    const [lowAt = 0, low = 0] = [this.#lowsAt[from], this.#lows[from]];
    const [highAt = 0, high = 0] = [this.#highsAt[from], this.#highs[from]];
    const latest = this.#buckets - 1;
    if (latest < 0 || this.#numbers[latest] !== number) this.#append(number, lowAt, low);
    this.#widen(this.#buckets - 1, lowAt, low);
    this.#widen(this.#buckets - 1, highAt, high);
  }
}
