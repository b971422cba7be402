/** How large the next batch of a backfill is and how long to rest before it, so that other work is not slowed. */

/** Longer, and a request that wants one of the rows waits noticeably. */
const TARGET_MS = 100;
const SMALLEST_BATCH = 100;
const LARGEST_BATCH = 20_000;
/** One measurement may be an outlier: the size at most doubles, and at most halves. */
const MOST_GROWTH = 2;

const LONGEST_REST_MS = 500;

/** Returns the size with which a batch should take 100 ms, judged by the last one. */
export function nextBatchSize(size: number, elapsedMs: number): number {
  const factor = TARGET_MS / Math.max(elapsedMs, 1);
  return withinLimits(size * Math.min(Math.max(factor, 1 / MOST_GROWTH), MOST_GROWTH));
}

/** Returns the size to try with after a batch was given up. */
export function smallerBatchSize(size: number): number {
  return withinLimits(size / MOST_GROWTH);
}

/** Returns how long to rest after a batch: a share of its time. */
export function restMs(elapsedMs: number, share: number): number {
  return Math.min(elapsedMs * share, LONGEST_REST_MS);
}

function withinLimits(size: number): number {
  return Math.min(Math.max(Math.round(size), SMALLEST_BATCH), LARGEST_BATCH);
}
