/** How the cost of pages grows with rows in `orders`, `positions`, `trades` and `events`. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ServerProcess } from '../../support/server-process.ts';
import { until } from '../../support/until.ts';
import { askOnce } from '../drill-database.ts';
import { HttpClient, signUp } from '../http-client.ts';
import { say, seconds } from '../say.ts';
import { COPIED_ID, copyRows } from './copied-rows.ts';
import { bestMs, pagesOf } from './measured-pages.ts';
import type { Template } from './copied-rows.ts';
import type { Costs } from './growth-table.ts';
import type { Reader } from './measured-pages.ts';

interface Known {
  readonly token: string;
  readonly from: string;
  readonly accountId: string;
}

type People = Readonly<Record<Reader, Known>>;

/** Their numbers are beyond those of the other person. */
const FEW = { from: 1_000_000_001, to: 1_000_000_500 };

const ADDRESSES: Readonly<Record<Reader, string>> = { many: '198.51.100.1', few: '198.51.100.2' };

/** Measures each page with so many rows in each table, one size after the other. */
export async function measureStoredRows(
  environment: Readonly<Record<string, string>>,
  sizes: readonly number[],
): Promise<readonly Costs[]> {
  const databaseUrl = environment['DATABASE_URL'] ?? '';
  const people = await prepare(environment);
  const valuesByName = new Map<string, number[]>();
  await grow(databaseUrl, people.few.accountId, FEW);
  let rows = 0;
  for (const size of sizes) {
    const startedAt = performance.now();
    await grow(databaseUrl, people.many.accountId, { from: rows + 1, to: size });
    rows = size;
    say(`${size.toLocaleString('en')} rows in each table after ${seconds(performance.now() - startedAt)}.`);
    await using server = new ServerProcess(environment, []);
    for (const [name, ms] of await measure(await server.ready, databaseUrl, people))
      valuesByName.set(name, [...(valuesByName.get(name) ?? []), ms]);
    await server.kill('SIGTERM');
  }
  return [...valuesByName].map(([name, values]) => ({ name, values }));
}

/** Signs both up; each buys and sells once, and has an order that rests. */
async function prepare(environment: Readonly<Record<string, string>>): Promise<People> {
  await using server = new ServerProcess(environment, []);
  const address = await server.ready;
  const join = async (name: Reader): Promise<Known> => {
    const from = ADDRESSES[name];
    const { http, token } = await signUp(address, name, from);
    const account = { name: 'Growth', environment: 'paper', currency: 'USD', initialBalance: '1000000' };
    const { id: accountId } = await http.demand<{ id: string }>({
      method: 'POST',
      path: '/accounts',
      body: account,
    });
    const order = { accountId, instrument: 'EUR_USD', type: 'market', units: 1_000 };
    for (const body of [
      { ...order, side: 'buy' },
      { ...order, side: 'sell' },
      { ...order, side: 'buy', type: 'limit', price: '0.50000' },
    ])
      await http.demand({ method: 'POST', path: '/orders', body });
    await until('its round trip is recorded', async () => {
      const { items } = await http.demand<{ items: object[] }>({ method: 'GET', path: '/trades' });
      return items.length > 0;
    });
    http.close();
    return { token, from, accountId };
  };
  const people = { many: await join('many'), few: await join('few') };
  await server.kill('SIGTERM');
  return people;
}

async function grow(
  databaseUrl: string,
  accountId: string,
  numbers: { readonly from: number; readonly to: number },
): Promise<void> {
  const ofAccount = `account_id = '${accountId}'`;
  const templates: readonly Template[] = [
    {
      table: 'orders',
      where: `${ofAccount} and status = 'filled' and order_type = 'market'`,
      keys: { id: COPIED_ID, client_order_id: `'copy-' || n`, broker_order_id: `(1000000000 + n)::text` },
    },
    {
      table: 'positions',
      where: `${ofAccount} and closed_at is not null`,
      keys: { id: COPIED_ID, broker_trade_id: `(1000000000 + n)::text`, opening_order_id: COPIED_ID },
    },
    {
      table: 'trades',
      where: ofAccount,
      keys: {
        id: COPIED_ID,
        broker_transaction_id: '1000000000 + n',
        position_id: COPIED_ID,
        closing_order_id: COPIED_ID,
      },
    },
    { table: 'events', where: `${ofAccount} and type = 'order-filled'`, keys: { order_id: COPIED_ID } },
  ];
  for (const template of templates) await copyRows(databaseUrl, template, numbers);
  // They are not news: no one is notified of them.
  await askOnce(databaseUrl, 'update journal_positions set sequence = (select max(sequence) from events)');
  await askOnce(databaseUrl, 'vacuum analyze');
}

async function measure(
  address: string,
  databaseUrl: string,
  people: People,
): Promise<readonly [string, number][]> {
  const clients: Readonly<Record<Reader, HttpClient>> = {
    many: new HttpClient(address, people.many.from, people.many.token),
    few: new HttpClient(address, people.few.from, people.few.token),
  };
  const [middle] = await askOnce(
    databaseUrl,
    `select (max(sequence) / 2)::int8 as sequence, (select id from orders order by id offset (select count(*) / 2 from orders) limit 1)::text as id from events`,
  );
  // What is done once after a start is done before anything counts.
  await sleep(2_000);
  const measured: [string, number][] = [];
  for (const { reader, path, name } of pagesOf(Number(middle?.['sequence']), String(middle?.['id'])))
    measured.push([name, await bestMs(clients[reader], path)]);
  for (const client of Object.values(clients)) client.close();
  return measured;
}
