/** The demo at a broker: a simulator of OANDA in this process, which the server reaches through its OANDA client. */

import { randomBytes } from 'node:crypto';
import { openSimulator } from '../../brokers/open-simulator.ts';
import { parseFeedSpec } from '../../prices/feeds/feed-spec.ts';
import { openSimulatorMarket } from '../simulator/simulator-market.ts';
import { showLostAnswer } from './demo-lost-answer.ts';
import { moneyOf } from './demo-client.ts';
import { INITIAL_BALANCE } from './demo-story.ts';
import { SimulatorConsole } from './simulator-console.ts';
import type { DemoVenue } from './demo-story.ts';

/**
 * A Monday, so that the market is open whenever the demo runs, at a time after which the strategies soon trade. OANDA shows four prices a
 * second, which are two to a candle at this speed.
 */
const FEED = 'synthetic?seed=7&speed=120&start=2026-01-05T08:50:00Z&interval=50';
const ACCOUNT = '101-004-1435156-001';

/** Starts the simulator on a free port of 127.0.0.1; disposing of the venue ends it. */
export async function openSimulatorVenue(): Promise<DemoVenue> {
  const market = await openSimulatorMarket(parseFeedSpec(FEED));
  const token = newToken();
  const balance = moneyOf(INITIAL_BALANCE);
  const simulator = await openSimulator({
    accounts: [{ id: ACCOUNT, currency: 'USD', hedging: false, marginRate: 0, balance }],
    prices: market.hub,
    instruments: market.instruments,
    history: market.history,
    token,
    host: '127.0.0.1',
    port: 0,
  });
  market.start(() => undefined);
  const broker = new SimulatorConsole({ url: simulator.url, token, account: ACCOUNT });
  return {
    settings: { OANDA_PRACTICE_URL: simulator.url },
    account: { name: 'Demo', environment: 'practice', token, brokerAccountId: ACCOUNT },
    title: `A practice account with ${INITIAL_BALANCE} USD at a simulator of OANDA, ${simulator.url}.`,
    finish: (client, accountId, stage) => showLostAnswer({ client, accountId, broker, ...stage }),
    [Symbol.asyncDispose]: async () => {
      await market.stop();
      await simulator.close();
    },
  };
}

/** A token of OANDA's shape: 32 digits, a dash, 32 digits. */
function newToken(): string {
  return `${randomBytes(16).toString('hex')}-${randomBytes(16).toString('hex')}`;
}
