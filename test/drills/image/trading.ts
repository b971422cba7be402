/** Trading in progress when the server stops: accounts with running strategies, and requests that are open. */
import { randomUUID } from 'node:crypto';
import { signUp } from '../http-client.ts';
import type { HttpClient } from '../http-client.ts';

const TRADERS = 4;
/** Each trader's requests that are open at the same time. */
const AT_ONCE = 4;

/** What became of the requests. */
export interface TradingFigures {
  readonly answered: number;
  /** Refused because the server stops, with 503. */
  readonly refused: number;
  /** Without an answer; after one of these a trader gives up. */
  readonly unanswered: number;
  /** Answered with anything else. */
  readonly other: readonly string[];
}

export interface Trading {
  /** Resolves when the first orders were filled. */
  readonly begun: Promise<void>;
  /** Ends it; resolves with what became of the requests until then. */
  stop(): Promise<TradingFigures>;
}

/** Starts the traders. */
export async function startTrading(address: string): Promise<Trading> {
  const counts = { answered: 0, refused: 0, unanswered: 0, other: [] as string[] };
  const begun = Promise.withResolvers<void>();
  const end = new AbortController();
  const order = async (http: HttpClient, accountId: string): Promise<void> => {
    while (!end.signal.aborted) {
      const side = counts.answered % 2 === 0 ? 'buy' : 'sell';
      const { status, text } = await http.send({
        method: 'POST',
        path: '/orders',
        body: { accountId, instrument: 'EUR_USD', side, units: 100, type: 'market' },
        idempotencyKey: randomUUID(),
      });
      if (status >= 200 && status < 300) counts.answered += 1;
      else if (status === 503) counts.refused += 1;
      else if (status !== 0) counts.other.push(`${status} ${text.slice(0, 200)}`);
      else {
        // Docker takes connections on a published port for a server that is gone. Only the database shows what was lost.
        counts.unanswered += 1;
        return;
      }
      if (counts.answered >= TRADERS * AT_ONCE) begun.resolve();
    }
  };
  const traders: Promise<void>[] = [];
  for (let trader = 0; trader < TRADERS; trader += 1) {
    const { http, accountId } = await openAccount(address, trader);
    for (let each = 0; each < AT_ONCE; each += 1) traders.push(order(http, accountId));
  }
  return {
    begun: begun.promise,
    stop: async () => {
      end.abort();
      await Promise.all(traders);
      return counts;
    },
  };
}

/** A paper account with a strategy that runs. */
async function openAccount(
  address: string,
  trader: number,
): Promise<{ http: HttpClient; accountId: string }> {
  const { http } = await signUp(address, `drill_${randomUUID().slice(0, 8)}`, `198.51.100.${trader + 1}`);
  const account = await http.demand<{ id: string }>({
    method: 'POST',
    path: '/accounts',
    body: { name: 'Drill', environment: 'paper', currency: 'USD', initialBalance: '100000' },
  });
  const strategy = await http.demand<{ id: string }>({
    method: 'POST',
    path: '/strategies',
    body: {
      accountId: account.id,
      name: 'Drill',
      strategyType: 'ema_cross',
      instrument: 'GBP_USD',
      parameters: {},
    },
  });
  await http.demand({ method: 'POST', path: `/strategies/${strategy.id}/start` });
  return { http, accountId: account.id };
}
