/** The budget of the log that docs/operations.md states, kept by a server composed as in production that trades for an hour of its market. */

import { afterAll, beforeAll, expect, it } from 'vitest';
import { ApiClient } from '../support/api-client.ts';
import { createTestDatabase } from '../support/database.ts';
import { openReceiver } from '../support/receiver.ts';
import { ServerHere } from '../support/server-here.ts';
import { TestClient } from '../support/stream-server.ts';
import {
  createAccount,
  FAST_MARKET,
  QUICK_CROSS,
  QUICK_STRATEGIES,
  startStrategy,
} from '../support/trading.ts';
import { until } from '../support/until.ts';
import type { TestDatabase } from '../support/database.ts';

const HOUR_MS = 3_600_000;
const ORDERS = 20;

let database: TestDatabase;
let receiver: Awaited<ReturnType<typeof openReceiver>>;
let server: ServerHere;

beforeAll(async () => {
  database = await createTestDatabase();
  receiver = await openReceiver();
  server = new ServerHere({
    DATABASE_URL: database.url,
    PAPER_FEED: FAST_MARKET,
    NOTIFY_PRIVATE_ADDRESSES: 'true',
    METRICS_TOKEN: 'for-prometheus-only',
  });
});
afterAll(async () => {
  await server.stop();
  await database.drop();
});

it('an hour of trading, with orders, sockets, refusals and a receiver that fails, has no line at all', async () => {
  const address = await server.ready;
  const from = server.lines.length;
  const person = await ApiClient.signUp(address);
  const accountId = await createAccount(person);
  receiver.answers.set('/hook', { status: 500 });
  const url = `${receiver.url}/hook`;
  // Before there is a channel: a message that is planned with the usual settings waits a minute for more.
  await person.patch('/notification-settings', { body: { groupSeconds: 0 } });
  await person.post('/notification-channels', { body: { kind: 'webhook', name: 'Mine', url } });
  const socket = { url: `${address.replace('http', 'ws')}/ws` };
  const client = await TestClient.signedIn(socket, { token: person.token ?? '' });
  await client.subscribe('account', { accountId });
  for (const wanted of [QUICK_CROSS, ...QUICK_STRATEGIES]) await startStrategy(person, accountId, wanted);
  const marketTime = async () =>
    Date.parse((await person.get<{ marketTime: string }>('/market/clock')).marketTime);
  const startedAt = await marketTime();

  for (let order = 0; order < ORDERS; order += 1) {
    const body = { accountId, instrument: 'USD_JPY', type: 'market', side: 'buy', units: 1_000 };
    await person.post('/orders', { body }).catch(() => undefined);
    await person.post('/orders', { body: { ...body, units: 0 } }).catch(() => undefined);
  }
  await until('an hour has passed', async () => (await marketTime()) >= startedAt + HOUR_MS);
  await until('the receiver was tried', () => receiver.at('/hook').length > 0);

  const traded = await person.get<{ items: unknown[] }>(`/trades?accountId=${accountId}&limit=500`);
  expect(traded.items.length).toBeGreaterThan(5);
  expect(client.dataOf('account').length).toBeGreaterThan(5);
  expect(server.lines.slice(from)).toEqual([]);
  client.socket.close();

  await server.stop();
  expect(server.lines.slice(from).map(({ msg }) => msg)).toEqual(['stopping', 'stopped']);
});
