/** The channel `notifications`: each person's own, as soon as they are stored, whichever copy of the server stores them. */

import { afterAll, beforeAll, expect, it } from 'vitest';
import { Notifier } from '../../src/notifications/notifier.ts';
import { quiet } from '../support/quiet-log.ts';
import { openStreamServer, TestClient } from '../support/stream-server.ts';
import { untilJournalShowsAll } from '../support/readable-journal.ts';
import type { StreamServer } from '../support/stream-server.ts';

let server: StreamServer;

beforeAll(async () => {
  server = await openStreamServer();
  await server.notifier.catchUp();
});

afterAll(() => server.close());

async function fill(userId: string): Promise<void> {
  await server.journal.record({
    category: 'trading',
    type: 'order-filled',
    severity: 'info',
    description: 'filled',
    userId,
  });
  await untilJournalShowsAll(server.orm);
}

async function arrive() {
  const user = await server.addUser();
  const client = await TestClient.signedIn(server, user);
  await client.subscribe('notifications');
  return { user, client };
}

const isData = (frame: Readonly<Record<string, unknown>>) => frame['type'] === 'data';

it('sends a person their new notifications, and not those of others', async () => {
  const [first, second] = [await arrive(), await arrive()];

  await fill(first.user.id);
  await fill(second.user.id);
  await server.notifier.catchUp();

  const frame = await first.client.next(isData);
  await second.client.next(isData);
  expect(frame['data']).toMatchObject({ type: 'order-filled', title: 'Order filled', readAt: null });
  expect(first.client.dataOf('notifications')).toHaveLength(1);
});

it('sends what another copy of the server stored', async () => {
  const { user, client } = await arrive();
  const other = new Notifier({
    journal: server.journal,
    store: server.stores.notifications,
    recipients: server.stores.recipients,
    planner: server.messagePlanner,
    onStored: () => undefined,
    log: quiet,
  });
  await fill(user.id);

  await other.catchUp();

  expect((await client.next(isData))['data']).toMatchObject({ type: 'order-filled' });
});

it('sends nothing more after the subscription has ended', async () => {
  const { user, client } = await arrive();
  const listener = await arrive();
  client.send({ type: 'unsubscribe', channel: 'notifications' });
  await client.next((frame) => frame['type'] === 'unsubscribed');

  await fill(user.id);
  await fill(listener.user.id);
  await server.notifier.catchUp();
  await listener.client.next(isData);

  expect(client.dataOf('notifications')).toEqual([]);
});
