/** What is critical is sent again until it is read, or was sent again as often as its person wants. */

import { describe, expect, it } from 'vitest';
import { makeNotifications } from '../../src/server/compose-notifications.ts';
import { quiet } from '../support/quiet-log.ts';
import { openReceiver } from '../support/receiver.ts';
import { useServer } from '../support/test-server.ts';
import { addNotified, ownPath } from './arrivals.ts';

const receiver = await openReceiver();
const context = useServer({ notifyPrivate: true });

const MINUTE_MS = 60_000;
const HALT = { type: 'account-halted', severity: 'critical' } as const;

/** Lets time pass, and does what is due by then. */
async function pass(minutes: number): Promise<void> {
  const { server } = context;
  server.clock.now += minutes * MINUTE_MS;
  await server.escalator.escalateDue();
  await server.notificationDeliveries.deliver();
}

/** A person with a webhook; `titles` are those that it was sent. */
async function arrive(wish: object = {}, profile: object = {}) {
  const person = await addNotified(context.server, profile);
  const path = ownPath();
  const channel = await person.add({ kind: 'webhook', url: `${receiver.url}${path}`, ...wish });
  const sent = () => receiver.at(path).map(({ body }) => JSON.parse(body).data);
  const titles = () => sent().map(({ title }) => title as string);
  const settings = (changes: object) => person.ask('PATCH', '/notification-settings', changes);
  const listed = async () => (await person.ask('GET', '/notifications')).json().items;
  return { ...person, path, channel, sent, titles, settings, listed };
}

describe('a critical notification that is not read', () => {
  it('is sent again after ten minutes, three times, and then no more', async () => {
    const { notified, titles } = await arrive();
    await notified(HALT);
    await pass(0);
    await pass(9);
    const before = titles();
    await pass(1);
    for (let turn = 0; turn < 10; turn += 1) await pass(5);

    expect(before).toEqual(['Account halted']);
    expect(titles()).toEqual([
      'Account halted',
      'Not read yet (1/3): Account halted',
      'Not read yet (2/3): Account halted',
      'Not read yet (3/3): Account halted',
    ]);
  });

  it('says when it was made, and not when it is sent again', async () => {
    const { notified, sent, listed } = await arrive();
    await notified(HALT);
    const [{ id, createdAt }] = await listed();
    await pass(0);
    await pass(10);
    const again = sent().filter(({ title }) => title.startsWith('Not read yet'));

    expect(again).toMatchObject([{ notifications: [{ id, createdAt }] }]);
  });

  it.each(['one', 'all'])('is not sent again when it is read, as %s', async (how) => {
    const { ask, notified, titles, listed } = await arrive();
    await notified(HALT);
    await pass(0);
    await pass(10);
    const [{ id }] = await listed();
    await ask(
      'POST',
      how === 'one' ? `/notifications/${id}/read` : '/notifications/read',
      how === 'one' ? undefined : {},
    );
    for (let turn = 0; turn < 4; turn += 1) await pass(10);

    expect(titles()).toEqual(['Account halted', 'Not read yet (1/3): Account halted']);
  });

  it('is sent as soon and as often as its person wants, in their language, in quiet hours too', async () => {
    const { notified, titles, settings } = await arrive({}, { language: 'ja', timezone: 'UTC' });
    await settings({
      escalateAfterMinutes: 2,
      escalateTimes: 1,
      quietHours: { from: '00:00', until: '23:59' },
    });
    await notified(HALT);
    await pass(0);
    for (let turn = 0; turn < 4; turn += 1) await pass(2);

    expect(titles()).toEqual(['口座の取引が停止されました', '未読（1/1）：口座の取引が停止されました']);
  });

  it('is not sent again where it was not even sent yet, because its receiver is down', async () => {
    const { path, notified, titles } = await arrive();
    receiver.answers.set(path, { status: 503 });
    await notified(HALT);
    await pass(0);
    await pass(10);
    receiver.answers.set(path, { status: 200 });
    await pass(9);
    const whenUp = titles().at(-1);
    await pass(1);

    expect(whenUp).toBe('Account halted');
    expect(titles().filter((title) => title !== 'Account halted')).toEqual([
      'Not read yet (2/3): Account halted',
    ]);
  });

  it('is not grouped with itself, or counted twice, while it waits for its turn', async () => {
    const { notified, sent, settings } = await arrive();
    await settings({ groupSeconds: 900, escalateAfterMinutes: 1 });
    await notified(HALT);
    await pass(0);
    await notified({ type: 'closure-delayed', severity: 'critical' });
    await pass(5);
    await pass(10);

    const counts = sent().flatMap(({ notifications }) => notifications.map(({ id }: { id: string }) => id));
    expect(new Set(sent().flatMap(({ countsByType }) => Object.keys(countsByType)))).toEqual(
      new Set(['account-halted', 'closure-delayed']),
    );
    for (const { count, notifications } of sent())
      expect(new Set(notifications.map(({ id }: { id: string }) => id)).size).toBe(count);
    expect(counts.length).toBeGreaterThan(1);
  });

  it('is sent again over the channels that are for it', async () => {
    const { add, notified, titles } = await arrive({ isEscalation: false });
    const path = ownPath();
    await add({ kind: 'slack', url: `${receiver.url}${path}` });
    await notified(HALT);
    await pass(0);
    await pass(10);

    expect(titles()).toEqual(['Account halted']);
    expect(receiver.at(path).map(({ body }) => JSON.parse(body).text.split('\n')[0])).toEqual([
      'Account halted',
      'Not read yet (1/3): Account halted',
    ]);
  });

  it('is not sent again when that is turned off meanwhile, and others never are', async () => {
    const { notified, titles, settings } = await arrive({ minSeverity: 'info' });
    await notified(HALT);
    await notified({ type: 'strategy-failed', severity: 'error' });
    await pass(1);
    await settings({ escalateTimes: 0 });
    await pass(10);
    await settings({ escalateTimes: 3 });
    await pass(10);

    expect(titles().toSorted()).toEqual(['Account halted', 'Strategy failed']);
  });

  it('is sent again once by several copies of the server, and by the one that is there after a restart', async () => {
    const { server } = context;
    const { notified, titles } = await arrive();
    const copyOf = () =>
      makeNotifications({ ...server, clock: () => server.clock.now, log: quiet }).escalator;
    await notified(HALT);
    await pass(0);
    server.clock.now += 10 * MINUTE_MS;
    await Promise.all([copyOf(), copyOf(), server.escalator].map((copy) => copy.escalateDue()));
    await pass(0);
    server.clock.now += 10 * MINUTE_MS;
    await copyOf().escalateDue();
    await pass(0);

    expect(titles()).toEqual([
      'Account halted',
      'Not read yet (1/3): Account halted',
      'Not read yet (2/3): Account halted',
    ]);
  });

  it.each([
    [{ escalateAfterMinutes: 0 }, '/escalateAfterMinutes'],
    [{ escalateTimes: 11 }, '/escalateTimes'],
    [{ escalateTimes: '3' }, '/escalateTimes'],
  ])('is not sent by settings that make no sense: %j', async (wrong, pointer) => {
    const { settings } = await arrive();
    const answer = await settings(wrong);

    expect(answer.statusCode).toBe(400);
    expect(answer.json().errors).toMatchObject([{ pointer }]);
  });
});
