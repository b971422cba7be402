/** What operators are shown of messages to people: those that wait, those that were given up, and since when one is due. */

import { expect, it } from 'vitest';
import { QueueDepthStore } from '../../src/operations/metrics/queue-depth-store.ts';
import { addNotified, ownPath } from '../notifications/arrivals.ts';
import { openReceiver } from '../support/receiver.ts';
import { useServer } from '../support/test-server.ts';

const receiver = await openReceiver();
const context = useServer({ notifyPrivate: true });

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

it('shows a message that no one sends as overdue, and not those that a receiver keeps waiting', async () => {
  const { server } = context;
  const depths = new QueueDepthStore({
    orm: server.orm,
    migrations: async () => [],
    clock: () => server.clock.now,
  });
  const { add, notified } = await addNotified(server);
  const path = ownPath();
  await add({ kind: 'webhook', url: `${receiver.url}${path}`, minSeverity: 'info' });
  receiver.answers.set(path, { status: 503 });
  const shown = async () => {
    const { messages, overdueSeconds } = await depths.read();
    return { messages, overdueSeconds };
  };

  await notified({ type: 'order-filled' });
  const beforeItIsDue = await shown();
  server.clock.now += 3 * MINUTE_MS;
  const whileNoOneSends = await shown();
  await server.notificationDeliveries.deliver();
  await notified({ type: 'order-filled' });
  server.clock.now += 10 * MINUTE_MS;
  await server.notificationDeliveries.deliver();
  const whileReceiverIsDown = await shown();
  server.clock.now += 3 * DAY_MS;
  await server.notificationDeliveries.deliver();
  await server.notificationDeliveries.deliver();
  const givenUp = await shown();
  server.clock.now += 2 * DAY_MS;

  const waiting = (count: number, dead = 0) => [{ kind: 'webhook', waiting: count, dead }];
  expect(beforeItIsDue).toEqual({ messages: waiting(1), overdueSeconds: 0 });
  expect(whileNoOneSends).toEqual({ messages: waiting(1), overdueSeconds: 120 });
  expect(whileReceiverIsDown).toEqual({ messages: waiting(2), overdueSeconds: 0 });
  expect(givenUp.messages[0]).toMatchObject({ kind: 'webhook', dead: expect.any(Number) });
  expect(givenUp.messages[0]?.dead).toBeGreaterThan(0);
  expect((await shown()).messages.reduce((sum, { dead }) => sum + dead, 0)).toBe(0);
});
