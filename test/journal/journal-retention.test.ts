/** Old entries of the journal go, each kind after its own time, and no others. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { removeOldEntries } from '../../src/journal/journal-retention.ts';
import { NOON, openTestServer } from '../support/test-server.ts';
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
    payload: { journalDays: 30, securityJournalDays: 90 },
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
      entry('system', 'old start', 31),
      entry('trading', 'new fill', 29),
      entry('security', 'new sign-in', 1),
    ])
    .execute();
  const parts = {
    store: stores.journalRetention,
    days: () => serverSettings.get(),
    clock: () => NOON,
    pace: { batch: 2, pauseMs: 0 },
  };
  const stopping = new AbortController();
  const stopped = new Error('The server stops.');
  const days = async () => {
    stopping.abort(stopped);
    return serverSettings.get();
  };

  await expect(removeOldEntries({ ...parts, days }, stopping.signal)).rejects.toBe(stopped);
  const afterStop = await typesLeft();
  const removed = await removeOldEntries(parts, new AbortController().signal);

  expect(settings.json()).toMatchObject({ journalDays: 30, securityJournalDays: 90 });
  expect(details).toMatchObject({
    journalDays: { from: 365, to: 30 },
    securityJournalDays: { from: 730, to: 90 },
  });
  expect(afterStop).toHaveLength(9);
  expect(removed).toBe(5);
  expect(await typesLeft()).toEqual(['old sign-in', 'old change', 'new fill', 'new sign-in']);
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
    days: async () => ({ journalDays: 365, securityJournalDays: 730 }),
    clock: () => NOON,
    pace: { batch: 2, pauseMs: 0 },
  };

  expect(await removeOldEntries(parts, new AbortController().signal)).toBe(2);

  expect(await typesLeft()).toEqual(['to come', 'to come', 'to come', 'new', 'new', 'new', 'not looked at']);
});

it.each([{ journalDays: 29 }, { securityJournalDays: 89 }, { journalDays: 4_000 }])(
  'the settings refuse %j, which would remove what is still needed',
  async (payload) => {
    const admin = await server.addUser('admin');

    const answer = await server.app.inject({
      method: 'PATCH',
      url: '/api/v1/admin/settings',
      headers: admin.headers,
      payload,
    });

    expect(answer.statusCode).toBe(400);
  },
);
