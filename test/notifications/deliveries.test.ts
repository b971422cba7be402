/** Messages to channels: grouped, signed, sent until they are taken, and given up when that does not help. */

import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { present } from '../../src/core/shared/assert.ts';
import { makeNotifications } from '../../src/server/compose-notifications.ts';
import { quiet } from '../support/quiet-log.ts';
import { Notifier } from '../../src/notifications/notifier.ts';
import { openMailbox, SILENCE } from '../support/mailbox.ts';
import { untilJournalShowsAll } from '../support/readable-journal.ts';
import { openReceiver } from '../support/receiver.ts';
import { useServer } from '../support/test-server.ts';
import { addNotified, ownPath } from './arrivals.ts';

const mailbox = await openMailbox();
const receiver = await openReceiver();
const context = useServer({ smtpUrl: mailbox.url, notifyPrivate: true, telegramUrl: receiver.url });

const MINUTE_MS = 60_000;
/** More than the grace of a stop, less than the 15 seconds after which a silent mail server is given up. */
const STOPPED_WITHIN_MS = 12_000;
const FAILED_JA = '戦略でエラーが発生し、停止しました。原因は戦略の statusReason で確認できます。';
const DAY_MS = 24 * 60 * MINUTE_MS;

/** Lets time pass and sends what is due by then. */
async function pass(ms: number): Promise<void> {
  context.server.clock.now += ms;
  await context.server.notificationDeliveries.deliver();
}

/** A person with a webhook. */
async function arrive(wish: object = {}, profile: object = {}) {
  const person = await addNotified(context.server, profile);
  const path = ownPath();
  const channel = await person.add({
    kind: 'webhook',
    url: `${receiver.url}${path}`,
    minSeverity: 'info',
    ...wish,
  });
  return { ...person, path, channel, arrived: () => receiver.at(path) };
}

const bodies = (requests: readonly { readonly body: string }[]) =>
  requests.map(({ body }) => JSON.parse(body));

describe('a webhook', () => {
  it('is called with what happened, signed as Standard Webhooks says', async () => {
    const { channel, notified, arrived, deliveries } = await arrive();
    await notified({ type: 'order-filled', description: 'market buy 1000 EUR_USD filled at 1.08012' });

    await pass(MINUTE_MS);

    const { headers, body } = present(arrived()[0], 'the request');
    const signed = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${body}`;
    const key = Buffer.from(channel.signingSecret.replace(/^whsec_/, ''), 'base64');
    expect(headers['webhook-signature']).toBe(
      `v1,${createHmac('sha256', key).update(signed).digest('base64')}`,
    );
    expect(Number(headers['webhook-timestamp'])).toBe(Math.floor(context.server.clock.now / 1_000));
    expect(JSON.parse(body)).toMatchObject({
      type: 'notifications',
      data: {
        title: 'Order filled',
        text: 'market buy 1000 EUR_USD filled at 1.08012',
        severity: 'info',
        count: 1,
        countsByType: { 'order-filled': 1 },
        notifications: [{ type: 'order-filled', title: 'Order filled' }],
      },
    });
    expect(await deliveries()).toMatchObject([
      { id: headers['webhook-id'], state: 'sent', attempts: 1, lastAnswer: '200 ok' },
    ]);
  });

  it('gets a storm of 1,000 fills as one message with their number', async () => {
    const { notified, arrived } = await arrive();
    const fills = Array.from({ length: 990 }, () => ({ type: 'order-filled' }));
    const denials = Array.from(
      { length: 10 },
      () => ({ type: 'order-denied', severity: 'warning' }) as const,
    );
    await notified(...fills.slice(0, 300));
    await pass(10_000);
    await notified(...fills.slice(300), ...denials);

    await pass(MINUTE_MS);

    const [message, ...others] = bodies(arrived());
    expect(others).toEqual([]);
    expect(message.data).toMatchObject({
      title: '1000 notifications: 990 × Order filled, 10 × Order denied by this server',
      severity: 'warning',
      count: 1_000,
      countsByType: { 'order-filled': 990, 'order-denied': 10 },
    });
    expect(message.data.notifications).toHaveLength(10);
    expect(message.data.text).toMatch(/… and 990 more\. All of them are in the app\.$/);
  });

  it('is called at once for what is critical, and a storm of that is two messages', async () => {
    const { notified, arrived } = await arrive();
    const halt = { type: 'account-halted', severity: 'critical' } as const;
    await notified(halt, { type: 'order-filled' });
    await pass(0);
    const atOnce = bodies(arrived());
    await notified(halt);
    await notified(halt);
    await pass(0);
    const soonAfter = bodies(arrived());
    await pass(MINUTE_MS);

    expect(atOnce.map(({ data }) => data.countsByType)).toEqual([{ 'account-halted': 1 }]);
    expect(soonAfter).toHaveLength(1);
    expect(
      bodies(arrived())
        .slice(1)
        .map(({ data }) => data.count)
        .toSorted((a, b) => a - b),
    ).toEqual([1, 2]);
  });

  it('that is down loses nothing: the first message is tried again under its id, and the others are collected', async () => {
    const { path, notified, arrived } = await arrive();
    receiver.answers.set(path, { status: 500, text: 'down' });
    await notified({ type: 'order-filled', description: 'first' });
    await pass(MINUTE_MS);
    for (let minute = 0; minute < 20; minute += 1) {
      await notified({ type: 'order-denied', severity: 'warning' });
      await pass(MINUTE_MS);
    }
    const attempts = arrived();
    receiver.answers.delete(path);
    await pass(16 * MINUTE_MS);
    await pass(MINUTE_MS);

    const all = arrived();
    expect(attempts.length).toBeGreaterThan(4);
    expect(new Set(attempts.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect(new Set(all.slice(0, -1).map(({ body }) => body)).size).toBe(1);
    expect(bodies(all.slice(-2)).map(({ data }) => data.count)).toEqual([1, 20]);
    expect(all).toHaveLength(attempts.length + 2);
  });

  it('is waited for as long as it asks', async () => {
    const { path, notified, arrived } = await arrive();
    receiver.answers.set(path, { status: 429, headers: { 'retry-after': '1800' } });
    await notified({ type: 'order-filled' });
    await pass(MINUTE_MS);
    await pass(29 * MINUTE_MS);
    const before = arrived().length;
    await pass(2 * MINUTE_MS);

    expect([before, arrived().length]).toEqual([1, 2]);
  });

  it('that is gone (410) is turned off, and what it did not get can be sent when it is on again', async () => {
    const { path, channel, ask, notified, arrived, deliveries } = await arrive();
    receiver.answers.set(path, { status: 410 });
    await notified({ type: 'order-filled' });
    await pass(MINUTE_MS);
    const [off] = (await ask('GET', '/notification-channels')).json().items;
    const [dead] = await deliveries('?state=dead');
    await notified({ type: 'order-filled' });
    receiver.answers.delete(path);

    await ask('PATCH', `/notification-channels/${channel.id}`, { isOn: true });
    const again = await ask('POST', `/notification-deliveries/${dead.id}/send`);
    await pass(MINUTE_MS);

    expect(off).toMatchObject({ isOn: false, offReason: expect.stringContaining('410') });
    expect(again.json()).toMatchObject({ id: dead.id, state: 'waiting' });
    expect(arrived().map(({ headers }) => headers['webhook-id'])).toEqual([dead.id, dead.id]);
    expect(await deliveries()).toMatchObject([{ id: dead.id, state: 'sent' }]);
    expect((await ask('POST', `/notification-deliveries/${dead.id}/send`)).statusCode).toBe(409);
  });

  it('that does not answer for three days is given up, listed, and not called any more', async () => {
    const { path, notified, arrived, deliveries } = await arrive();
    receiver.answers.set(path, { status: 503 });
    await notified({ type: 'order-filled' });
    await pass(MINUTE_MS);
    await pass(3 * DAY_MS);
    const attempts = arrived().length;
    await pass(DAY_MS);

    expect(await deliveries('?state=dead')).toMatchObject([
      { state: 'dead', attempts, lastAnswer: '503', nextAttemptAt: null },
    ]);
    expect(arrived()).toHaveLength(attempts);
  });

  it('does not follow a redirect', async () => {
    const { path, notified, arrived } = await arrive();
    const elsewhere = ownPath();
    receiver.answers.set(path, { status: 302, headers: { location: `${receiver.url}${elsewhere}` } });
    await notified({ type: 'order-filled' });

    await pass(MINUTE_MS);

    expect([arrived().length, receiver.at(elsewhere).length]).toEqual([1, 0]);
  });

  it('is called once by several copies of the server, and again with the same message when one died before it recorded that', async () => {
    const { notified, arrived, deliveries } = await arrive();
    const { clock, notificationDeliveries: copy } = context.server;
    await notified({ type: 'order-filled' });
    clock.now += MINUTE_MS;
    await Promise.all([copy.deliver(), copy.deliver(), copy.deliver()]);
    const once = arrived().length;

    // Sent, and dead before it is recorded: what was recorded is undone.
    const [{ id }] = await deliveries();
    await context.server.database
      .updateTable('notification_deliveries')
      .set({ sent_at: null, next_attempt_at: new Date(clock.now + 2 * MINUTE_MS) })
      .where('id', '=', id)
      .execute();
    await pass(MINUTE_MS);
    const whileTaken = arrived().length;
    await pass(2 * MINUTE_MS);
    await pass(2 * MINUTE_MS);

    expect([once, whileTaken, arrived().length]).toEqual([1, 1, 2]);
    expect(new Set(arrived().map(({ body }) => body)).size).toBe(1);
    expect(new Set(arrived().map(({ headers }) => headers['webhook-id'])).size).toBe(1);
  });

  it('of one person that is slow holds up no one else', async () => {
    const slow = await arrive();
    for (let more = 1; more < 9; more += 1)
      await slow.add({ kind: 'slack', url: `${receiver.url}${slow.path}`, minSeverity: 'info' });
    const quick = await arrive();
    receiver.answers.set(slow.path, 'never');
    await slow.notified({ type: 'order-filled' });
    await quick.notified({ type: 'order-filled' });
    context.server.clock.now += MINUTE_MS;

    const delivering = context.server.notificationDeliveries.deliver();
    await expect.poll(() => quick.arrived().length).toBe(1);
    await expect.poll(() => slow.arrived().length).toBe(1);
    receiver.answers.delete(slow.path);
    receiver.release();
    await delivering;

    const states = (await slow.deliveries()).map(({ state }: { readonly state: string }) => state);
    expect(states.toSorted((one: string, other: string) => one.localeCompare(other))).toEqual([
      ...Array.from({ length: 8 }, () => 'sent'),
      'waiting',
    ]);
  });

  it('that is slow holds up nothing that others are notified of later', async () => {
    const slow = await arrive();
    for (let more = 1; more < 9; more += 1)
      await slow.add({ kind: 'slack', url: `${receiver.url}${slow.path}`, minSeverity: 'info' });
    const quick = await arrive();
    const { clock } = context.server;
    const copy = { ...context.server, clock: () => clock.now, log: quiet };
    const { notificationDeliveries: running } = makeNotifications(copy);
    receiver.answers.set(slow.path, 'never');
    await slow.notified({ type: 'order-filled' });
    clock.now += MINUTE_MS;
    running.start();
    await expect.poll(() => slow.arrived().length).toBe(1);

    await quick.notified({ type: 'account-halted', severity: 'critical' });
    running.wake();
    await expect.poll(() => quick.arrived().length).toBe(1);

    expect(slow.arrived()).toHaveLength(1);
    await running.stop();
    receiver.answers.delete(slow.path);
    receiver.release();
  });

  it('whose answer cannot be stored as it is has taken the message, once', async () => {
    const { path, notified, arrived, deliveries } = await arrive();
    receiver.answers.set(path, { status: 200, text: 'a\0b' });
    await notified({ type: 'order-filled' });

    await pass(MINUTE_MS);
    await pass(5 * MINUTE_MS);

    expect(arrived()).toHaveLength(1);
    expect(await deliveries()).toMatchObject([{ state: 'sent', lastAnswer: '200 a\uFFFDb' }]);
  });

  it('that is being called when the server stops is called again under the same id', async () => {
    const { path, notified, arrived } = await arrive();
    const { clock } = context.server;
    const copy = { ...context.server, clock: () => clock.now, log: quiet };
    const stopping = makeNotifications(copy).notificationDeliveries;
    receiver.answers.set(path, 'never');
    await notified({ type: 'order-filled' });
    clock.now += MINUTE_MS;
    const delivering = stopping.deliver();
    await expect.poll(() => arrived().length).toBe(1);

    await stopping.stop();
    await delivering;
    receiver.answers.delete(path);
    receiver.release();
    await pass(MINUTE_MS);

    expect(new Set(arrived().map(({ body }) => body)).size).toBe(1);
    expect(new Set(arrived().map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect(arrived()).toHaveLength(2);
  });

  it('of /settings is called without a signature, until there is a channel', async () => {
    const { ask, notified } = await addNotified(context.server);
    const path = ownPath();
    await ask('PATCH', '/settings', {
      notifyWebhookUrl: `${receiver.url}${path}`,
      notifyMinSeverity: 'error',
    });
    await notified({ type: 'order-filled' }, { type: 'strategy-failed', severity: 'error' });

    await pass(MINUTE_MS);

    const [request] = receiver.at(path);
    expect(request?.headers['webhook-id']).toBeDefined();
    expect(request?.headers['webhook-signature']).toBeUndefined();
    expect(JSON.parse(request?.body ?? '{}').data.countsByType).toEqual({ 'strategy-failed': 1 });
  });

  it('of /settings that is gone (410) is removed from them, and its person is notified once', async () => {
    const { ask, notified, deliveries } = await addNotified(context.server);
    const path = ownPath();
    receiver.answers.set(path, { status: 410 });
    await ask('PATCH', '/settings', {
      notifyWebhookUrl: `${receiver.url}${path}`,
      notifyMinSeverity: 'info',
    });
    await notified({ type: 'order-filled' });
    await pass(MINUTE_MS);
    await notified({ type: 'order-filled' });
    await pass(MINUTE_MS);

    const { items } = (await ask('GET', '/notifications')).json();
    expect((await ask('GET', '/settings')).json().notifyWebhookUrl).toBeNull();
    expect(items.map(({ type }: { readonly type: string }) => type)).toEqual([
      'order-filled',
      'notification-channel-off',
      'order-filled',
    ]);
    expect(items[1]).toMatchObject({ severity: 'warning', message: expect.stringContaining('410') });
    expect(receiver.at(path)).toHaveLength(1);
    expect(await deliveries()).toMatchObject([{ state: 'dead' }]);
  });

  it('of /settings that is removed meanwhile gets nothing more, and the message says why', async () => {
    const { ask, notified, deliveries } = await addNotified(context.server);
    const path = ownPath();
    await ask('PATCH', '/settings', {
      notifyWebhookUrl: `${receiver.url}${path}`,
      notifyMinSeverity: 'info',
    });
    await notified({ type: 'order-filled' });
    await ask('PATCH', '/settings', { notifyWebhookUrl: null });

    await pass(MINUTE_MS);

    expect(receiver.at(path)).toEqual([]);
    expect(await deliveries()).toMatchObject([
      { state: 'dead', lastAnswer: 'The settings name no webhook any more.' },
    ]);
  });
});

describe('a channel', () => {
  it('gets only the severities and types that it is for', async () => {
    const { notified, arrived } = await arrive({ minSeverity: 'warning', mutedTypes: ['order-denied'] });

    await notified(
      { type: 'order-filled' },
      { type: 'order-denied', severity: 'warning' },
      { type: 'limit-near', severity: 'warning' },
    );
    await pass(MINUTE_MS);

    expect(bodies(arrived()).map(({ data }) => data.countsByType)).toEqual([{ 'limit-near': 1 }]);
  });

  it('that is a digest gets one message a day, at the time that the person chose, and critical ones at once', async () => {
    const { ask, notified, arrived } = await arrive({ isDigest: true }, { timezone: 'Asia/Tokyo' });
    await ask('PATCH', '/notification-settings', { digestAt: '07:30' });
    await notified({ type: 'order-filled' }, { type: 'account-halted', severity: 'critical' });
    const dayStart =
      Date.UTC(2026, 2, 2) + Math.floor((context.server.clock.now - Date.UTC(2026, 2, 2)) / DAY_MS) * DAY_MS;
    // 07:30 in Tokyo is 22:30 UTC.
    const digestAt = dayStart + 22.5 * 60 * MINUTE_MS;
    const next = digestAt > context.server.clock.now ? digestAt : digestAt + DAY_MS;
    await pass(0);
    await pass(next - context.server.clock.now - 1_000);
    const before = bodies(arrived());
    await pass(1_000);

    expect(before.map(({ data }) => data.countsByType)).toEqual([{ 'account-halted': 1 }]);
    expect(bodies(arrived()).at(-1).data.countsByType).toEqual({ 'order-filled': 1 });
  });

  it('that is removed while people are notified keeps no one from being notified', async () => {
    const { user, ask, add } = await addNotified(context.server);
    const { id } = await add({ kind: 'webhook', url: receiver.url, minSeverity: 'info' });
    const { server } = context;
    const slow = new Notifier({
      journal: server.journal,
      store: server.stores.notifications,
      recipients: server.stores.recipients,
      planner: {
        plan: async (made) => {
          const messages = await server.messagePlanner.plan(made);
          await ask('DELETE', `/notification-channels/${id}`);
          return messages;
        },
      },
      onStored: () => undefined,
      log: quiet,
    });

    await server.journal.record({
      category: 'trading',
      type: 'order-filled',
      severity: 'info',
      description: 'filled',
      userId: user.id,
    });
    await untilJournalShowsAll(server.orm);

    await slow.catchUp();

    const { items } = (await ask('GET', '/notifications')).json();
    expect(items.map(({ type }: { readonly type: string }) => type)).toContain('order-filled');
  });

  it('that is no digest any more gets what comes from then on without waiting for the time of the digest', async () => {
    const { channel, ask, notified, arrived } = await arrive({ isDigest: true });
    await notified({ type: 'order-filled' });
    await ask('PATCH', `/notification-channels/${channel.id}`, { isDigest: false });
    await notified({ type: 'order-expired' });

    await pass(MINUTE_MS);

    expect(bodies(arrived()).map(({ data }) => data.countsByType)).toEqual([
      { 'order-filled': 1, 'order-expired': 1 },
    ]);
  });

  it('of Telegram uses the server of the settings also where no private address may be called', async () => {
    const { add, notified } = await addNotified(context.server);
    const { clock } = context.server;
    const config = { ...context.server.config, NOTIFY_PRIVATE_ADDRESSES: false };
    const copy = { ...context.server, config, clock: () => clock.now, log: quiet };
    const botToken = `${Math.floor(Math.random() * 1e9)}:AAE_abcdefghijklmnop`;
    await add({ kind: 'telegram', botToken, chatId: '-100123' });
    await notified({ type: 'strategy-failed', severity: 'error' });
    clock.now += MINUTE_MS;

    await makeNotifications(copy).notificationDeliveries.deliver();

    expect(receiver.at(`/bot${botToken}/sendMessage`)).toHaveLength(1);
  });

  it.each([
    ['en', 'Strategy failed\n\nIt was strategy-failed.'],
    ['ja', `戦略がエラーで停止しました\n\n${FAILED_JA}`],
  ])('of Telegram, Slack and Discord gets the text in the language %s', async (language, text) => {
    const { add, notified } = await addNotified(context.server, { language });
    const [slack, discord] = [ownPath(), ownPath()];
    const botToken = `${Math.floor(Math.random() * 1e9)}:AAE_abcdefghijklmnop`;
    await add({ kind: 'telegram', botToken, chatId: '-100123' });
    await add({ kind: 'slack', url: `${receiver.url}${slack}` });
    await add({ kind: 'discord', url: `${receiver.url}${discord}` });
    await notified({ type: 'strategy-failed', severity: 'error' });

    await pass(MINUTE_MS);

    const arrivedText = (path: string, field: string) => bodies(receiver.at(path)).map((body) => body[field]);
    expect(bodies(receiver.at(`/bot${botToken}/sendMessage`))).toMatchObject([{ chat_id: '-100123', text }]);
    expect(arrivedText(slack, 'text')).toEqual([text]);
    expect(arrivedText(discord, 'content')).toEqual([text]);
  });

  it.each([1_999, 2_000])(
    'of Discord gets whole characters when a text of %d and more is cut',
    async (length) => {
      const { add, notified } = await addNotified(context.server);
      const path = ownPath();
      await add({ kind: 'discord', url: `${receiver.url}${path}`, minSeverity: 'info' });
      const before = 'Order filled\n\n'.length;
      await notified({ type: 'order-filled', description: `${'x'.repeat(length - before)}🚀 and more` });

      await pass(MINUTE_MS);

      const [{ content }] = bodies(receiver.at(path));
      expect([content.length, content.isWellFormed()]).toEqual([2_000, true]);
    },
  );

  it.each([
    ['en', 'Strategy failed', 'It was strategy-failed.'],
    ['ja', '戦略がエラーで停止しました', FAILED_JA],
  ])('of e-mail gets it at the verified address, in the language %s', async (language, subject, text) => {
    const { user, add, notified } = await addNotified(context.server, { language });
    await add({ kind: 'email' });
    await notified({ type: 'strategy-failed', severity: 'error' });

    await pass(MINUTE_MS);

    const [mail] = mailbox.to(user.email);
    expect(decoded(mail?.subject ?? '')).toBe(subject);
    expect(mail?.text).toContain(text);
  });

  it('of e-mail that /settings turn on loses nothing while the mail server is down', async () => {
    const { user, ask, notified } = await addNotified(context.server);
    await ask('PATCH', '/settings', { notifyEmail: true });
    mailbox.answers.set('MAIL', '451 not now');
    await notified({ type: 'order-denied', severity: 'warning' });
    await pass(MINUTE_MS);
    await pass(MINUTE_MS);
    const whileDown = mailbox.to(user.email).length;
    mailbox.answers.clear();
    await pass(15 * MINUTE_MS);

    expect([whileDown, mailbox.to(user.email, 'Order denied by this server').length]).toEqual([0, 1]);
  });

  it('of e-mail whose mail server says nothing holds up no stop, and gets it again under the same id', async () => {
    const { user, add, notified, deliveries } = await addNotified(context.server);
    await add({ kind: 'email' });
    await notified({ type: 'strategy-failed', severity: 'error' });
    context.server.clock.now += MINUTE_MS;
    const copy = { ...context.server, clock: () => context.server.clock.now, log: quiet };
    const stopping = makeNotifications(copy).notificationDeliveries;
    mailbox.answers.set('MAIL', SILENCE);
    const delivering = stopping.deliver();
    await expect.poll(async () => (await deliveries())[0].attempts).toBe(1);

    const from = performance.now();
    await stopping.stop();
    await delivering;
    const stoppedInMs = performance.now() - from;
    mailbox.answers.clear();
    const [waiting] = await deliveries();
    await pass(MINUTE_MS);

    expect(stoppedInMs).toBeLessThan(STOPPED_WITHIN_MS);
    expect(waiting).toMatchObject({ state: 'waiting' });
    expect(mailbox.to(user.email, 'Strategy failed')).toHaveLength(1);
    expect(await deliveries()).toMatchObject([{ id: waiting.id, state: 'sent' }]);
  });

  it('of e-mail is not used for an address that no one verified', async () => {
    const { server } = context;
    await server.notifier.catchUp();
    const { id, email, headers } = await server.addUser();
    await server.journal.record({
      category: 'trading',
      type: 'strategy-failed',
      severity: 'error',
      description: 'failed',
      userId: id,
    });
    await expect
      .poll(async () => {
        await server.notifier.catchUp();
        return (await server.notifications.countUnread(id)) > 0;
      })
      .toBe(true);

    await pass(MINUTE_MS);

    const listed = await server.app.inject({ url: '/api/v1/notification-deliveries', headers });
    expect(listed.json().items).toEqual([]);
    expect(mailbox.to(email)).toEqual([]);
  });
});

/** A subject as it is read: nodemailer writes other scripts as encoded words (RFC 2047), in base64 here. */
function decoded(subject: string): string {
  return subject.replaceAll(/=\?UTF-8\?([BQ])\?([^?]*)\?=\s*/g, (_, kind: string, text: string) =>
    kind === 'B'
      ? Buffer.from(text, 'base64').toString()
      : decodeURIComponent(text.replaceAll('_', ' ').replaceAll('=', '%')),
  );
}
