/** What the running accounts say about when a market of the server's own begins. */

import type { LiveAccount } from './live-account.ts';

/** Returns whether any strategy runs. */
export function hasStrategies(running: Iterable<LiveAccount>): boolean {
  return withStrategies(running).length > 0;
}

/** Returns the latest market time (UTC ms) that any account had come to before this start, or undefined. */
export function recoveredAt(running: Iterable<LiveAccount>): number | undefined {
  return latest([...running].map((account) => account.recoveredAt));
}

/** Returns the last price (UTC ms) that any account with a strategy had seen before this start, or undefined. */
export function playedUntil(running: Iterable<LiveAccount>): number | undefined {
  return latest(withStrategies(running).map((account) => account.playedUntil));
}

function withStrategies(running: Iterable<LiveAccount>): readonly LiveAccount[] {
  return [...running].filter(({ strategies }) => strategies.hasAny);
}

function latest(times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}
