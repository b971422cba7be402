/** The demo on the paper market, with a backtest of the days before it. */

import { showBacktest } from './demo-backtest.ts';
import { INITIAL_BALANCE } from './demo-story.ts';
import type { DemoVenue } from './demo-story.ts';

/** A Monday, so that the market is open whenever the demo runs; ten minutes of market pass in a second. */
const MARKET = { seed: 7, startsAt: Date.UTC(2026, 0, 5, 8) } as const;
const FEED = `synthetic?seed=${MARKET.seed}&speed=600&start=${new Date(MARKET.startsAt).toISOString()}&interval=50`;

/** Returns the venue; the server itself is its market. */
export function paperVenue(): DemoVenue {
  return {
    settings: { PAPER_FEED: FEED },
    account: { name: 'Demo', environment: 'paper', currency: 'USD', initialBalance: INITIAL_BALANCE },
    title: `A paper account with ${INITIAL_BALANCE} USD.`,
    finish: (client, _accountId, stage) => showBacktest(client, MARKET, stage),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
