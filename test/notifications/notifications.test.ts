/** What people are notified of: once for each journal entry, in their language, listed, marked as read and removed. */

import { describe, expect, it } from 'vitest';
import { appendToJournal } from '../../src/journal/journal-store.ts';
import { Notifier } from '../../src/notifications/notifier.ts';
import { queryBuilder } from '../../src/persistence/query-builder.ts';
import { quiet } from '../support/quiet-log.ts';
import { untilJournalShowsAll } from '../support/readable-journal.ts';
import { useServer } from '../support/test-server.ts';
import type { JournalEntry } from '../../src/core/domain/journal-entry.ts';

const context = useServer();
const DAY_MS = 86_400_000;

type Entry = Pick<JournalEntry, 'type'> & Partial<JournalEntry>;

/** Records entries, and waits until they can be read. */
async function record(...entries: readonly Entry[]): Promise<void> {
  const { orm } = context.server;
  await appendToJournal(
    queryBuilder(orm),
    entries.map((entry) => ({
      category: 'trading',
      severity: 'info',
      description: `It was ${entry.type}.`,
      ...entry,
    })),
  );
  await untilJournalShowsAll(orm);
}

/** A person, from whose entries on people are notified. */
async function arrive(language: 'en' | 'ja' = 'en') {
  const { server } = context;
  await server.notifier.catchUp();
  const user = await server.addUser();
  const account = await server.addAccount(user.id);
  const ask = async (method: 'GET' | 'POST' | 'PATCH', path: string, payload?: object) =>
    server.app.inject({ method, url: `/api/v1${path}`, headers: user.headers, ...(payload && { payload }) });
  await ask('PATCH', '/me', { language });
  const notified = async (entry: Entry) => {
    await record({ userId: user.id, accountId: account.id, ...entry });
    await server.notifier.catchUp();
  };
  const list = async (query = '') => (await ask('GET', `/notifications${query}`)).json();
  return { user, account, ask, notified, list };
}

describe('a notification', () => {
  it('says what happened, on which account, with the entry it is about', async () => {
    const { account, notified, list } = await arrive();

    await notified({ type: 'order-filled', description: 'market buy 1000 EUR_USD filled at 1.08012' });

    const { items, unreadCount } = await list();
    expect(items).toEqual([
      {
        id: expect.any(String),
        type: 'order-filled',
        severity: 'info',
        title: 'Order filled',
        message: 'Account: Paper\nmarket buy 1000 EUR_USD filled at 1.08012',
        sequence: expect.any(Number),
        accountId: account.id,
        strategyId: null,
        createdAt: expect.any(String),
        readAt: null,
      },
    ]);
    expect(unreadCount).toBe(1);
  });

  it('is written in Japanese for who reads Japanese', async () => {
    const { notified, list } = await arrive('ja');

    await notified({ type: 'account-halted', severity: 'warning', description: 'Halted.' });

    const { items } = await list();
    expect(items[0]).toMatchObject({
      title: '口座の取引が停止されました',
      message: '口座：Paper\n口座は新規の注文を受け付けません。決済は可能です。',
    });
  });

  it('keeps the severity of its entry when that is higher than what is usual', async () => {
    const { notified, list } = await arrive();

    await notified({ type: 'account-halted', severity: 'critical' });
    await notified({ type: 'strategy-failed', severity: 'info' });

    const { items } = await list();
    expect(items.map(({ severity }: { severity: string }) => severity)).toEqual(['error', 'critical']);
  });

  it('shows a sign-in from a new device, with its address, and of no other', async () => {
    const { notified, list } = await arrive();
    const login = {
      type: 'login',
      category: 'security',
      accountId: undefined,
      ipAddress: '192.0.2.7',
      userAgent: 'Firefox',
      description: 'Signed in.',
    } as const;

    await notified({ ...login, details: { isNewDevice: false } });
    await notified({ ...login, details: { isNewDevice: true } });

    const { items } = await list();
    expect(items).toHaveLength(1);
    expect(items[0].message).toBe('Address: 192.0.2.7\nBrowser: Firefox\nSigned in.');
  });

  it('is not made of what no one waits for', async () => {
    const { notified, list } = await arrive();

    await notified({ type: 'order-submitted' });
    await notified({ type: 'order-cancelled', severity: 'info' });

    expect((await list()).items).toEqual([]);
  });

  it('about the server goes to every administrator, and to no one else', async () => {
    const { server } = context;
    const { list } = await arrive();
    const administrators = [await server.addUser('admin'), await server.addUser('admin')];

    await record({ type: 'address-blocked', category: 'security' });
    await server.notifier.catchUp();

    for (const { headers } of administrators) {
      const answer = await server.app.inject({ url: '/api/v1/notifications', headers });
      expect(answer.json().items).toMatchObject([{ type: 'address-blocked' }]);
    }
    expect((await list()).items).toEqual([]);
  });
});

describe('the journal', () => {
  it('leads to one notification for each entry, however many copies of the server read it at once', async () => {
    const { server } = context;
    const { user, list } = await arrive();
    const copies = Array.from(
      { length: 4 },
      () =>
        new Notifier({
          journal: server.journal,
          store: server.stores.notifications,
          recipients: server.stores.recipients,
          planner: server.messagePlanner,
          onStored: () => undefined,
          log: quiet,
        }),
    );
    await record(...Array.from({ length: 600 }, () => ({ type: 'order-filled', userId: user.id }) as const));

    await Promise.all(copies.map((copy) => copy.catchUp()));

    const first = await list('?limit=500');
    const second = await list(`?limit=500&cursor=${first.nextCursor}`);
    const sequences = [...first.items, ...second.items].map(({ sequence }) => sequence);
    expect(sequences).toHaveLength(600);
    expect(new Set(sequences).size).toBe(600);
  });

  it('is taken again from where it was when a turn failed, and no entry is lost or taken twice', async () => {
    const { server } = context;
    const { user, list } = await arrive();
    await record({ type: 'order-filled', userId: user.id });
    const { notifications: store, recipients } = server.stores;
    const failing = new Notifier({
      journal: server.journal,
      store: {
        position: () => store.position(),
        begin: (sequence) => store.begin(sequence),
        // The database refuses the last of them, when the position has moved already.
        store: (made, taken, messages) => store.store([...made, ...made], taken, messages),
      },
      recipients,
      planner: server.messagePlanner,
      onStored: () => undefined,
      log: quiet,
    });
    await expect(failing.catchUp()).rejects.toThrow('notifications_pkey');

    await server.notifier.catchUp();
    await server.notifier.catchUp();

    expect((await list()).items).toHaveLength(1);
  });
});

describe('a list of notifications', () => {
  it('shows what is unread, from a severity on, and its pages continue', async () => {
    const { notified, ask, list } = await arrive();
    await notified({ type: 'order-filled' });
    await notified({ type: 'order-denied', severity: 'warning' });
    await notified({ type: 'strategy-failed', severity: 'error' });
    const [failed] = (await list()).items;
    await ask('POST', `/notifications/${failed.id}/read`);

    const types = async (query: string) =>
      (await list(query)).items.map(({ type }: { type: string }) => type);
    expect(await types('?unread=true')).toEqual(['order-denied', 'order-filled']);
    expect(await types('?minSeverity=warning')).toEqual(['strategy-failed', 'order-denied']);
    const first = await list('?limit=2');
    expect(await types(`?limit=2&cursor=${first.nextCursor}`)).toEqual(['order-filled']);
    expect(first.unreadCount).toBe(2);
  });

  it('keeps the time at which one was read first', async () => {
    const { notified, ask, list } = await arrive();
    await notified({ type: 'order-filled' });
    const [{ id }] = (await list()).items;

    const first = await ask('POST', `/notifications/${id}/read`);
    context.server.clock.now += 1_000;
    const second = await ask('POST', `/notifications/${id}/read`);

    expect(first.json().readAt).not.toBeNull();
    expect(second.json().readAt).toBe(first.json().readAt);
  });

  it('is marked as read up to the one that was seen, or as a whole', async () => {
    const { notified, ask, list } = await arrive();
    for (let count = 0; count < 3; count += 1) await notified({ type: 'order-filled' });
    const [, seen] = (await list()).items;

    expect((await ask('POST', '/notifications/read', { upTo: seen.id })).json()).toEqual({ marked: 2 });
    expect((await list()).unreadCount).toBe(1);
    expect((await ask('POST', '/notifications/read', {})).json()).toEqual({ marked: 1 });
    expect((await list()).unreadCount).toBe(0);
  });

  it('is neither counted nor marked as read for another person', async () => {
    const [one, other] = [await arrive(), await arrive()];
    await one.notified({ type: 'order-filled' });
    await other.notified({ type: 'order-filled' });

    const marked = await other.ask('POST', '/notifications/read', {});

    expect(marked.json()).toEqual({ marked: 1 });
    expect((await one.list()).unreadCount).toBe(1);
    expect((await other.list()).unreadCount).toBe(0);
  });

  it('says that what is not there cannot be read', async () => {
    const { ask } = await arrive();
    const other = await arrive();
    await other.notified({ type: 'order-filled' });
    const [{ id }] = (await other.list()).items;

    expect((await ask('POST', `/notifications/${id}/read`)).statusCode).toBe(404);
    expect((await ask('POST', '/notifications/read', { upTo: id })).statusCode).toBe(404);
    expect((await other.list()).unreadCount).toBe(1);
  });

  it('loses what is older than 90 days', async () => {
    const { notifications, database, clock } = context.server;
    const { user, notified } = await arrive();
    await notified({ type: 'order-filled' });
    const { now } = clock;
    const leftAfter = async (days: number) => {
      clock.now = Date.now() + days * DAY_MS;
      await notifications.removeExpired();
      return (
        await database.selectFrom('notifications').select('id').where('user_id', '=', user.id).execute()
      ).length;
    };

    const left = [await leftAfter(89), await leftAfter(91)];
    clock.now = now;

    expect(left).toEqual([1, 0]);
  });
});
