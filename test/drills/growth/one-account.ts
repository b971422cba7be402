/** How the cost of orders, quotes and reads grows with what one account holds: orders that rest, and open positions. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ServerProcess } from '../../support/server-process.ts';
import { askOnce } from '../drill-database.ts';
import { signUp } from '../http-client.ts';
import { say } from '../say.ts';
import { Processor } from './processor.ts';
import type { HttpClient } from '../http-client.ts';
import type { Costs } from './growth-table.ts';

/** What an account holds so many of. */
export type Held = 'resting orders' | 'open positions';

const AT_ONCE = 8;
const ORDERS = 60;
const READS = 40;
const PAGE = 20;
const TOO_MANY = 429;
const LIMIT_ENDS_MS = 5_000;

/** Measures with each of so many, one after the other. A market order opens a position or closes the oldest one, in turns. */
export async function measureOneAccount(
  environment: Readonly<Record<string, string>>,
  held: Held,
  sizes: readonly number[],
): Promise<readonly Costs[]> {
  await using server = new ServerProcess(environment, []);
  const from = held === 'resting orders' ? '198.51.100.71' : '198.51.100.72';
  const { http } = await signUp(await server.ready, held.replace(' ', '_'), from);
  const account = { name: 'Full', environment: 'paper', currency: 'USD', initialBalance: '10000000' };
  const { id } = await http.demand<{ id: string }>({ method: 'POST', path: '/accounts', body: account });
  const orders = new Orders(http, id);
  const databaseUrl = environment['DATABASE_URL'] ?? '';
  const processor = await Processor.of(server, databaseUrl);
  const valuesByName = new Map<string, number[]>();
  let count = 0;
  for (const size of sizes) {
    await orders.hold(held, size - count);
    count = size;
    // As PostgreSQL does by itself within a minute.
    await askOnce(databaseUrl, 'vacuum analyze');
    for (const [name, value] of await measure(http, id, orders, processor))
      valuesByName.set(name, [...(valuesByName.get(name) ?? []), value]);
    say(`${size.toLocaleString('en')} ${held} are measured.`);
  }
  http.close();
  await server.kill('SIGTERM');
  return [...valuesByName].map(([name, values]) => ({ name, values }));
}

async function measure(
  http: HttpClient,
  accountId: string,
  orders: Orders,
  processor: Processor,
): Promise<readonly [string, number][]> {
  const read = (path: string): Promise<number> =>
    processor.costOf(READS, () => http.demand({ method: 'GET', path }));
  const list = `accountId=${accountId}&limit=${PAGE}`;
  return [
    ['a second of quotes', await processor.idle()],
    [
      'a market order',
      await processor.costOf(ORDERS, (index) => orders.market(index % 2 === 0 ? 'buy' : 'sell')),
    ],
    ['a limit order and its cancel', await processor.costOf(ORDERS, () => orders.limitAndCancel())],
    ['its summary', await read(`/accounts/${accountId}/summary`)],
    ['a page of its positions', await read(`/positions?${list}`)],
    ['a page of its resting orders', await read(`/orders?status=accepted&${list}`)],
  ];
}

/** Orders of one account. */
class Orders {
  readonly #http: HttpClient;
  readonly #order: object;

  constructor(http: HttpClient, accountId: string) {
    this.#http = http;
    this.#order = { accountId, instrument: 'EUR_USD', units: 1 };
  }

  /** Places so many more that rest, or opens so many more positions. */
  async hold(held: Held, more: number): Promise<void> {
    const place = held === 'resting orders' ? () => this.#limit() : () => this.market('buy');
    let begun = 0;
    const placeSome = async (): Promise<void> => {
      for (begun += 1; begun <= more; begun += 1) await place();
    };
    await Promise.all(Array.from({ length: AT_ONCE }, placeSome));
  }

  async market(side: 'buy' | 'sell'): Promise<void> {
    await this.#place({ ...this.#order, type: 'market', side });
  }

  async limitAndCancel(): Promise<void> {
    await this.#http.demand({ method: 'DELETE', path: `/orders/${await this.#limit()}` });
  }

  #limit(): Promise<string> {
    return this.#place({ ...this.#order, type: 'limit', side: 'buy', price: '0.50000' });
  }

  /** One person may place 6,000 orders a minute. */
  async #place(body: object): Promise<string> {
    const call = { method: 'POST', path: '/orders', body } as const;
    for (;;) {
      const { status, text } = await this.#http.send(call);
      if (status < 300 && status > 0) return (JSON.parse(text) as { id: string }).id;
      if (status !== TOO_MANY) throw new Error(`An order was answered ${status}: ${text}`);
      await sleep(LIMIT_ENDS_MS);
    }
  }
}
