/** Web push: a browser subscribes, and reads what the server gives to its push service. */

import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { present } from '../../src/core/shared/assert.ts';
import { KeyRing } from '../../src/encryption/key-ring.ts';
import { PushKeys } from '../../src/notifications/push/push-keys.ts';
import { makeNotifications } from '../../src/server/compose-notifications.ts';
import { rotateChannelSecrets } from '../../src/notifications/channels/rotate-channel-secrets.ts';
import { PushBrowser, vapidClaims } from '../support/push-browser.ts';
import { quiet } from '../support/quiet-log.ts';
import { openReceiver } from '../support/receiver.ts';
import { useServer } from '../support/test-server.ts';
import { addNotified, ownPath } from './arrivals.ts';

const receiver = await openReceiver();
const context = useServer({ notifyPrivate: true });

const MINUTE_MS = 60_000;

// As a start does.
beforeAll(() => context.server.pushKeys.prepare());

async function pass(ms: number): Promise<void> {
  context.server.clock.now += ms;
  await context.server.notificationDeliveries.deliver();
}

/** A person whose browser is subscribed. */
async function arrive(wish: object = {}, profile: object = {}) {
  const person = await addNotified(context.server, profile);
  const path = ownPath();
  const browser = new PushBrowser(`${receiver.url}${path}`);
  const { subscription } = browser;
  const channel = await person.add({ kind: 'push', subscription, minSeverity: 'info', ...wish });
  const requests = () => receiver.at(path);
  return {
    ...person,
    path,
    browser,
    channel,
    requests,
    read: () => requests().map((one) => browser.read(one)),
  };
}

describe('a browser', () => {
  it.each([
    ['en', 'Order filled'],
    ['ja', '注文が約定しました'],
  ])(
    'reads what happened, in the language %s, from a server that proves who it is',
    async (language, title) => {
      const { ask, notified, requests, read, channel, browser } = await arrive({}, { language });
      const { publicKey } = (await ask('GET', '/notification-push-key')).json();
      await notified({ type: 'order-filled', description: 'market buy 1000 EUR_USD filled at 1.08012' });

      await pass(MINUTE_MS);

      const request = present(requests()[0], 'the request');
      const [{ id }] = (await ask('GET', '/notifications')).json().items;
      expect(read()).toMatchObject([
        { title, body: expect.any(String), severity: 'info', count: 1, notificationId: id },
      ]);
      expect(request.headers).toMatchObject({ ttl: '259200', urgency: 'normal' });
      const { key, header, claims } = vapidClaims(request);
      expect(key).toBe(publicKey);
      expect(header).toEqual({ typ: 'JWT', alg: 'ES256' });
      expect(claims.aud).toBe(receiver.url);
      expect(claims.exp - context.server.clock.now / 1_000).toBeGreaterThan(11 * 3_600);
      expect(claims.exp - context.server.clock.now / 1_000).toBeLessThan(24 * 3_600);
      const listed = (await ask('GET', '/notification-channels')).body;
      expect(channel).toMatchObject({ kind: 'push', target: new URL(receiver.url).host });
      expect(listed).not.toContain(browser.subscription.keys.auth);
    },
  );

  it('gets a storm of 1,000 as one message, and a long text as far as a push service takes it', async () => {
    const { notified, requests, read } = await arrive();
    await notified(
      ...Array.from({ length: 1_000 }, () => ({ type: 'order-filled', description: '約定🚀'.repeat(200) })),
    );

    await pass(MINUTE_MS);

    expect(read()).toMatchObject([{ title: '1000 notifications: 1000 × Order filled', count: 1_000 }]);
    const { bytes } = present(requests()[0], 'the request');
    expect(bytes.length).toBeLessThanOrEqual(4_096);
    expect(bytes.length).toBeGreaterThan(3_900);
  });

  it('whose push service is down loses nothing', async () => {
    const { path, notified, requests, read } = await arrive();
    receiver.answers.set(path, { status: 503 });
    await notified({ type: 'account-halted', severity: 'critical', description: 'first' });
    await pass(0);
    await notified({ type: 'order-denied', severity: 'warning' });
    await pass(MINUTE_MS);
    await notified({ type: 'order-denied', severity: 'warning' });
    await pass(MINUTE_MS);
    const whileDown = requests().length;
    receiver.answers.set(path, { status: 201 });
    await pass(16 * MINUTE_MS);
    await pass(16 * MINUTE_MS);

    const taken = read().slice(whileDown);
    expect(whileDown).toBeGreaterThan(1);
    expect(requests()[0]?.headers['urgency']).toBe('high');
    expect(taken.reduce((sum, { count }) => sum + count, 0)).toBe(3);
    expect(new Set(taken.map(({ id }) => id)).size).toBe(taken.length);
  });

  it.each([404, 410])('that is not subscribed any more (%d) gets nothing more', async (status) => {
    const { path, ask, notified, requests } = await arrive();
    receiver.answers.set(path, { status });
    await notified({ type: 'order-filled' });
    await pass(MINUTE_MS);
    await notified({ type: 'order-filled' });
    await pass(MINUTE_MS);

    const [channel] = (await ask('GET', '/notification-channels')).json().items;
    expect(channel).toMatchObject({ isOn: false, offReason: expect.stringContaining(String(status)) });
    expect(requests()).toHaveLength(1);
    const types = (await ask('GET', '/notifications')).json().items.map(({ type }: { type: string }) => type);
    expect(types).toContain('notification-channel-off');
  });

  it.each([400, 403, 413])(
    'whose push service will never take a message (%d) is not sent it again, and gets the next',
    async (status) => {
      const { path, notified, requests, deliveries, ask } = await arrive();
      receiver.answers.set(path, { status });
      await notified({ type: 'order-filled' });
      await pass(MINUTE_MS);
      await pass(16 * MINUTE_MS);
      const [dead] = await deliveries();
      const whileRefused = requests().length;
      receiver.answers.set(path, { status: 201 });
      await notified({ type: 'order-filled' });
      await pass(MINUTE_MS);

      expect(whileRefused).toBe(1);
      expect(dead).toMatchObject({
        state: 'dead',
        attempts: 1,
        lastAnswer: expect.stringContaining(String(status)),
      });
      expect(requests()).toHaveLength(2);
      const [channel] = (await ask('GET', '/notification-channels')).json().items;
      expect(channel).toMatchObject({ isOn: true });
    },
  );

  it('is called at no address that is not public, unless the settings allow it', async () => {
    const { server } = context;
    const { notified, requests, deliveries } = await arrive();
    const config = { ...server.config, NOTIFY_PRIVATE_ADDRESSES: false };
    const strict = makeNotifications({ ...server, config, clock: () => server.clock.now, log: quiet });
    await notified({ type: 'order-filled' });
    server.clock.now += MINUTE_MS;
    await strict.notificationDeliveries.deliver();

    expect(requests()).toEqual([]);
    expect(await deliveries()).toMatchObject([{ state: 'dead' }]);
  });
});

describe('a subscription', () => {
  const { subscription } = new PushBrowser('https://push.example.org/x');
  const withKeys = (keys: object) => ({ ...subscription, keys: { ...subscription.keys, ...keys } });

  it.each([
    [{}, '/subscription'],
    [{ subscription, url: 'https://example.org' }, '/url'],
    [{ subscription: { ...subscription, endpoint: 'ftp://example.org' } }, '/subscription/endpoint'],
    [{ subscription: withKeys({ p256dh: 'A'.repeat(87) }) }, '/subscription/keys/p256dh'],
    [{ subscription: withKeys({ p256dh: 'short' }) }, '/subscription/keys/p256dh'],
    [{ subscription: withKeys({ auth: 'short' }) }, '/subscription/keys/auth'],
  ])('that is wrong is refused with its field: %#', async (wrong, pointer) => {
    const { ask } = await addNotified(context.server);
    const answer = await ask('POST', '/notification-channels', { kind: 'push', name: 'Phone', ...wrong });

    expect(answer.statusCode).toBe(400);
    expect(answer.json().errors).toContainEqual(expect.objectContaining({ pointer }));
  });
});

describe("the server's key", () => {
  const keyOf = async ({ ask }: Awaited<ReturnType<typeof addNotified>>) =>
    (await ask('GET', '/notification-push-key')).json().publicKey;

  it('is made by a start and by no one who asks for it, who hears that it is not there', async () => {
    const { server } = context;
    const { ask } = await addNotified(server);
    await server.database.deleteFrom('push_keys').execute();
    const rows = () => server.database.selectFrom('push_keys').select('public_key').execute();
    const none = await ask('GET', '/notification-push-key');
    const stored = await rows();
    const keyless = new PushKeys({ store: server.stores.pushKeys, keys: new KeyRing({ keys: () => [] }) });
    await keyless.prepare();
    const storedWithoutKey = await rows();
    await server.pushKeys.prepare();

    expect(none.statusCode).toBe(503);
    expect(none.json()).toMatchObject({
      type: expect.stringContaining('encryption-key-missing'),
      detail: expect.stringContaining('restart'),
    });
    expect([stored, storedWithoutKey]).toEqual([[], []]);
    expect(await rows()).toHaveLength(1);
  });

  it('is the same for all people', async () => {
    const one = await addNotified(context.server);
    const other = await addNotified(context.server);

    expect(await keyOf(one)).toMatch(/^B[\w-]{86}$/);
    expect(await keyOf(other)).toBe(await keyOf(one));
  });

  it('stays the same when several copies of the server make it at once, and when the encryption key changes', async () => {
    const { server } = context;
    const store = server.stores.pushKeys;
    await server.database.deleteFrom('push_keys').execute();
    const key = (id: string) => ({ id, bytes: randomBytes(32) });
    const [older, newer] = [key('older'), key('newer')];
    const of = (...keys: (typeof older)[]) => {
      const ring = new KeyRing({ keys: () => keys });
      return { ring, push: new PushKeys({ store, keys: ring }) };
    };
    const before = await Promise.all([of(older), of(older), of(older)].map(({ push }) => push.pair()));
    const { unreadable } = await rotateChannelSecrets(server.orm, of(newer, older).ring);
    const lost = await rotateChannelSecrets(server.orm, of(key('another')).ring);

    expect(new Set(before.map(({ privateKey }) => privateKey)).size).toBe(1);
    expect(unreadable.map(({ id }) => id)).not.toContain('push');
    expect(await of(newer).push.pair()).toEqual(before[0]);
    expect(lost.unreadable).toContainEqual({ id: 'push', reason: expect.stringContaining('newer') });
    await server.database.deleteFrom('push_keys').execute();
  });
});
