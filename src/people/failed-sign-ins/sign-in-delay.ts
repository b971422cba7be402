/** How failed sign-ins slow down the next one. A delay and not a lock: a lock would let anyone shut out anyone. */

/** A person who forgot a password tries a few; so many cost nothing. */
export const FREE_FAILURES = 4;
const FIRST_DELAY_MS = 1_000;
/** 96 attempts a day: no one guesses even a poor password with those. */
export const LONGEST_DELAY_MS = 15 * 60_000;

/** Returns how many ms after the last failure the next attempt may come: 0 at first, then 1 s, 2 s, 4 s and so on up to 15 minutes. */
export function delayAfter(failures: number): number {
  if (failures <= FREE_FAILURES) return 0;
  return Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (failures - FREE_FAILURES - 1));
}

/** The first block lasts so long, and each that follows twice as long. */
const FIRST_BLOCK_MS = 15 * 60_000;
const LONGEST_BLOCK_MS = 24 * 60 * 60_000;

/** Returns for how many ms an address is blocked that was blocked `earlier` times before. */
export function blockLasting(earlier: number): number {
  return Math.min(LONGEST_BLOCK_MS, FIRST_BLOCK_MS * 2 ** earlier);
}
