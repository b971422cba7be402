/** How long the server of the drill waits, and how fast its market is: both are some times faster than always. */
import type { ServerPace } from '../../../src/server/compose.ts';

/**
 * Candles, leases, and what the server asks for again by the time of the market are so much faster. Not more: a quote is stale after 30 s
 * of the market, and heartbeats come every 5 s of the clock.
 */
export const MARKET_SPEED = 5;

/** A request of the drill takes effect at the latest so long after its connection broke; the server must expect more than that. */
export const LATEST_MS = 3_000;

export const PACE: ServerPace = {
  oanda: {
    requestMs: 2_000,
    lateArrivalMs: LATEST_MS + 2_500,
    refusedAgainMs: 200,
    readAgain: { firstMs: 100, longestMs: 1_000 },
    streamAgain: { firstMs: 200, longestMs: 3_000 },
  },
  patience: { personMs: 2_500, stopMs: 2_000 },
  checkPace: { everyMs: 4_000, againMs: 1_000 },
  leaseMs: 6_000,
};
