/** Old entries of the journal go, each category after its own time, and no others. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { removeOldEntries } from '../../src/journal/journal-retention.ts';
import { daysByCategory } from '../../src/people/administration/system-settings-store.ts';
import { NOON, openTestServer } from '../support/test-server.ts';
import { addTrader } from '../support/trading-client.ts';
import type { JournalCategory } from '../../src/core/domain/journal-entry.ts';
import type { TestServer } from '../support/test-server.ts';

const DAY_MS = 86_400_000;

let server: TestServer;
beforeAll(async () => {
  server = await openTestServer();
});
afterAll(() => server.close());

const entry = (category: JournalCategory, type: string, daysAgo: number) => ({
  occurred_at: new Date(NOON - daysAgo * DAY_MS),
  category,
  type,
  severity: 'info' as const,
  description: '',
});

async function typesLeft(): Promise<string[]> {
  const rows = await server.database.selectFrom('events').select('type').orderBy('sequence').execute();
  return rows.map(({ type }) => type);
}

it('old entries are removed by the days that the settings say, batch by batch', async () => {
  const { database, stores, serverSettings, app } = server;
  const admin = await server.addUser('admin');
  const settings = await app.inject({
    method: 'PATCH',
    url: '/api/v1/admin/settings',
    headers: admin.headers,
    payload: { journalDays: 30, systemJournalDays: 40, securityJournalDays: 90 },
  });
  const [{ details } = { details: {} }] = await database
    .selectFrom('events')
    .select('details')
    .where('type', '=', 'settings-changed')
    .execute();
  await database.deleteFrom('events').execute();
  await database
    .insertInto('events')
    .values([
      entry('security', 'very old sign-in', 91),
      entry('security', 'old sign-in', 60),
      entry('admin', 'old change', 60),
      ...[0, 1, 2].map((number) => entry('trading', `old fill ${number}`, 31)),
      entry('system', 'start', 31),
      entry('system', 'old start', 41),
      entry('trading', 'new fill', 29),
      entry('security', 'new sign-in', 1),
    ])
    .execute();
  const parts = {
    store: stores.journalRetention,
    days: async () => daysByCategory(await serverSettings.get()),
    clock: () => NOON,
    pace: { batch: 2, pauseMs: 0 },
  };
  const stopping = new AbortController();
  const stopped = new Error('The server stops.');
  const days = async () => {
    stopping.abort(stopped);
    return daysByCategory(await serverSettings.get());
  };

  await expect(removeOldEntries({ ...parts, days }, stopping.signal)).rejects.toBe(stopped);
  const afterStop = await typesLeft();
  const removed = await removeOldEntries(parts, new AbortController().signal);

  expect(settings.json()).toMatchObject({
    journalDays: 30,
    systemJournalDays: 40,
    securityJournalDays: 90,
    adminJournalDays: 90,
  });
  expect(details).toMatchObject({
    journalDays: { from: 365, to: 30 },
    systemJournalDays: { from: 365, to: 40 },
    securityJournalDays: { from: 730, to: 90 },
    adminJournalDays: { from: 730, to: 90 },
  });
  expect(afterStop).toHaveLength(10);
  expect(removed).toBe(5);
  expect(await typesLeft()).toEqual(['old sign-in', 'old change', 'start', 'new fill', 'new sign-in']);
});

it('entries of orders and positions that are open stay, and when a strategy started and stopped', async () => {
  const { database, stores } = server;
  const { ask, accountId, order } = await addTrader(server);
  const resting = (await order({ type: 'limit', price: '1.05' })).json();
  const holding = (await order()).json();
  const over = (await order()).json();
  const closing = (await ask('POST', `/positions/${over.positionId}/close`)).json();
  const strategy = await ask('POST', '/strategies', {
    accountId,
    name: 'Mine',
    strategyType: 'ema_cross',
    instrument: 'EUR_USD',
  });
  await database.deleteFrom('events').where('order_id', 'is', null).execute();
  await database
    .insertInto('events')
    .values([
      { ...entry('trading', 'strategy-running', 0), strategy_id: strategy.json().id },
      { ...entry('trading', 'strategy-changed', 0), strategy_id: strategy.json().id },
      entry('trading', 'strategy-running', 0),
    ])
    .execute();
  await database
    .updateTable('events')
    .set({ occurred_at: new Date(NOON - 4_000 * DAY_MS) })
    .execute();
  const parts = {
    store: stores.journalRetention,
    days: async () => ({ trading: 365, system: 365, security: 730, admin: 730 }),
    clock: () => NOON,
  };

  const removed = await removeOldEntries(parts, new AbortController().signal);

  const left = await database
    .selectFrom('events')
    .select(['type', 'order_id', 'strategy_id'])
    .orderBy('sequence')
    .execute();
  const typesOf = (id: string) => left.filter(({ order_id: of }) => of === id).map(({ type }) => type);
  expect(removed).toBeGreaterThan(0);
  expect(typesOf(resting.id)).toEqual(['order-submitted', 'order-accepted']);
  expect(typesOf(holding.id)).toContain('order-filled');
  expect([...typesOf(over.id), ...typesOf(closing.id)]).toEqual([]);
  expect(left.filter(({ order_id: of }) => of === null)).toMatchObject([
    { type: 'strategy-running', strategy_id: strategy.json().id },
  ]);
});

it('entries whose time is still to come, because the clock was set back, do not keep those behind them', async () => {
  const { database, stores } = server;
  await database.deleteFrom('events').execute();
  await database
    .insertInto('events')
    .values([
      entry('trading', 'old', 400),
      entry('trading', 'to come', -3),
      entry('trading', 'to come', -2),
      entry('trading', 'to come', -2),
      entry('trading', 'old', 400),
      ...[1, 1, 1].map((daysAgo) => entry('trading', 'new', daysAgo)),
      entry('trading', 'not looked at', 400),
    ])
    .execute();
  const parts = {
    store: stores.journalRetention,
    days: async () => ({ trading: 365, system: 365, security: 730, admin: 730 }),
    clock: () => NOON,
    pace: { batch: 2, pauseMs: 0 },
  };

  expect(await removeOldEntries(parts, new AbortController().signal)).toBe(2);

  expect(await typesLeft()).toEqual(['to come', 'to come', 'to come', 'new', 'new', 'new', 'not looked at']);
});

it.each([
  { journalDays: 29 },
  { securityJournalDays: 89 },
  { adminJournalDays: 89 },
  { systemJournalDays: 4_000 },
])('the settings refuse %j, which would remove what is still needed', async (payload) => {
  const admin = await server.addUser('admin');

  const answer = await server.app.inject({
    method: 'PATCH',
    url: '/api/v1/admin/settings',
    headers: admin.headers,
    payload,
  });

  expect(answer.statusCode).toBe(400);
});
