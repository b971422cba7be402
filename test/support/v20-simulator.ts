/** The v20 simulator on a real socket, at prices that a test moves by hand, and a client that knows nothing of it. */
import { createSimulatorApp } from '../../src/brokers/simulator/simulator-app.ts';
import { Simulator } from '../../src/brokers/simulator/simulator.ts';
import type { AccountSpec } from '../../src/brokers/simulator/simulator-account.ts';
import type { QuoteHistory } from '../../src/brokers/simulator/candles/candle-store.ts';
import { DEFAULT_COSTS } from '../../src/core/simulation/costs.ts';
import type { Depth } from '../../src/core/simulation/depth.ts';
import { HandMarket } from './hand-market.ts';
import { HandTimers } from './hand-timers.ts';

/** Tuesday, 6 January 2026, 12:00 UTC. */
export const NOON = Date.UTC(2026, 0, 6, 12);

export const ACCOUNT = '101-004-1435156-001';
export const TOKEN = '0123456789abcdef0123456789abcdef-fedcba9876543210fedcba9876543210';

/** An answer with its body read as JSON. */
export interface V20Answer {
  readonly status: number;
  readonly headers: Headers;
  // A test states what it expects to find; what is not there is undefined.
  readonly body: V20Json;
}

export type V20Json = { readonly [field: string]: V20Json } & readonly V20Json[] & string;

/** A running simulator; it ends at the end of the block that holds it with `await using`. */
export interface RunningSimulator extends AsyncDisposable {
  readonly market: HandMarket;
  /** The timers of its streams. */
  readonly timers: HandTimers;
  readonly simulator: Simulator;
  readonly url: string;
  /** Sends a request below `/v3`; `{A}` in the path is the account. */
  send(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<V20Answer>;
}

/** Starts a simulator with one account in USD with 100,000, EUR_USD at 1.10000/1.10010 and USD_JPY at 150.000/150.010. */
export async function startSimulator(
  spec: Partial<AccountSpec> = {},
  history?: QuoteHistory,
  depth?: Depth,
): Promise<RunningSimulator> {
  const timers = new HandTimers();
  const market = new HandMarket(NOON);
  const account = {
    id: ACCOUNT,
    currency: 'USD',
    hedging: false,
    balance: 1_000_000_000,
    marginRate: 0,
    ...spec,
  };
  const simulator = new Simulator({
    accounts: [account],
    prices: market,
    costs: { ...DEFAULT_COSTS, depth },
  });
  simulator.start();
  market.publish('EUR_USD', 110_000, 110_010);
  market.publish('USD_JPY', 150_000, 150_010);
  const app = createSimulatorApp({ simulator, timers, history });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  return {
    market,
    timers,
    simulator,
    url,
    send: async (method, path, body, headers = {}) => {
      const response = await fetch(`${url}/v3${path.replace('{A}', `accounts/${account.id}`)}`, {
        method,
        headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json', ...headers },
        ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      const answer = (await response.json()) as V20Json;
      return { status: response.status, headers: response.headers, body: answer };
    },
    [Symbol.asyncDispose]: async () => {
      await app.close();
      simulator.close();
    },
  };
}
