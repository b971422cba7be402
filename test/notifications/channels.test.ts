/** Channels: added, changed, removed, tried; what opens them is shown to no one. */

import { describe, expect, it } from 'vitest';
import { present } from '../../src/core/shared/assert.ts';
import { openChannelSecret } from '../../src/notifications/channels/channel-secret.ts';
import { openReceiver } from '../support/receiver.ts';
import { useServer } from '../support/test-server.ts';
import { addNotified, ownPath } from './arrivals.ts';

const receiver = await openReceiver();
const context = useServer({ notifyPrivate: true });
const publicOnly = useServer();

describe('a channel', () => {
  it('is added, changed and removed, and shows where it leads but not the address', async () => {
    const { ask, add } = await addNotified(context.server);
    const added = await add({ kind: 'slack', url: 'https://hooks.example.org/services/T0/B0/secret' });

    const changed = await ask('PATCH', `/notification-channels/${added.id}`, {
      name: 'Desk',
      minSeverity: 'error',
      mutedTypes: ['login'],
    });
    const listed = await ask('GET', '/notification-channels');

    expect(changed.json()).toEqual({
      id: added.id,
      kind: 'slack',
      name: 'Desk',
      minSeverity: 'error',
      mutedTypes: ['login'],
      isDigest: false,
      isEscalation: true,
      isOn: true,
      target: 'hooks.example.org',
      offReason: null,
      createdAt: expect.any(String),
    });
    expect(listed.json().items).toEqual([changed.json()]);
    expect(listed.body + changed.body + JSON.stringify(added)).not.toContain('secret');
    expect((await ask('DELETE', `/notification-channels/${added.id}`)).statusCode).toBe(204);
    expect((await ask('GET', '/notification-channels')).json().items).toEqual([]);
    expect((await ask('DELETE', `/notification-channels/${added.id}`)).statusCode).toBe(404);
  });

  it('that is added again under the same Idempotency-Key is one, and signs with the newest secret', async () => {
    const { user, ask } = await addNotified(context.server);
    const add = () =>
      context.server.app.inject({
        method: 'POST',
        url: '/api/v1/notification-channels',
        headers: { ...user.headers, 'idempotency-key': 'one' },
        payload: { kind: 'webhook', name: 'Mine', url: 'https://hooks.example.org/secret' },
      });

    const [first, second] = [await add(), await add()];

    expect([first.statusCode, second.statusCode]).toEqual([201, 201]);
    expect(second.json()).toEqual({ ...first.json(), signingSecret: expect.stringMatching(/^whsec_/) });
    expect(second.json().signingSecret).not.toBe(first.json().signingSecret);
    expect((await ask('GET', '/notification-channels')).json().items).toHaveLength(1);
    const { stores, keys } = context.server;
    const stored = present(await stores.notificationChannels.find(user.id, second.json().id), 'the channel');
    const sealed = present(stored.secret, 'its secret');
    expect(openChannelSecret(keys, stored.id, sealed).signingSecret).toBe(second.json().signingSecret);
  });

  it.each([
    [{ kind: 'webhook' }, '/url'],
    [{ kind: 'webhook', url: 'ftp://example.org' }, '/url'],
    [{ kind: 'slack', url: 'https://user:word@example.org' }, '/url'],
    [{ kind: 'telegram', botToken: '1:AAE_abcdefghijklmnop' }, '/chatId'],
    [{ kind: 'email', url: 'https://example.org' }, '/url'],
    [{ kind: 'webhook', url: 'https://example.org', mutedTypes: ['nothing'] }, '/mutedTypes/0'],
  ])('that is %j is refused, and the field is named', async (wish, pointer) => {
    const { ask } = await addNotified(context.server);

    const answer = await ask('POST', '/notification-channels', { name: 'Mine', ...wish });

    expect(answer.statusCode).toBe(400);
    expect(answer.json().errors).toMatchObject([{ pointer }]);
    expect((await ask('GET', '/notification-channels')).json().items).toEqual([]);
  });

  it('of e-mail is refused by a server that sends none', async () => {
    const { ask } = await addNotified(context.server);

    const answer = await ask('POST', '/notification-channels', { name: 'Mine', kind: 'email' });

    expect([answer.statusCode, answer.json().code]).toEqual([503, 'mail-off']);
  });

  it('is one of ten at most, however many are added at once', async () => {
    const { ask } = await addNotified(context.server);
    const wish = { name: 'Mine', kind: 'discord', url: 'https://example.org/hook' };

    const answers = await Promise.all(
      Array.from({ length: 14 }, () => ask('POST', '/notification-channels', wish)),
    );

    const codes = answers.map(({ statusCode }) => statusCode);
    expect(codes.filter((code) => code === 201)).toHaveLength(10);
    expect((await ask('GET', '/notification-channels')).json().items).toHaveLength(10);
  });

  it('that is added is notified of: someone else may have added it', async () => {
    const { ask, add, notified } = await addNotified(context.server);
    await add({ kind: 'slack', url: 'https://hooks.example.org/x' });
    await notified({ type: 'order-filled' });

    const { items } = (await ask('GET', '/notifications?minSeverity=warning')).json();
    expect(items).toMatchObject([
      { type: 'notification-channel-added', message: expect.stringContaining('slack') },
    ]);
  });
});

describe('a test message', () => {
  it('is sent at once, and the answer says what the receiver said', async () => {
    const { ask, add } = await addNotified(context.server, { language: 'ja' });
    const path = ownPath();
    const { id } = await add({ kind: 'webhook', url: `${receiver.url}${path}` });
    const taken = await ask('POST', '/notifications/test', { channelId: id });
    receiver.answers.set(path, { status: 403, text: 'who are you' });
    const refused = await ask('POST', '/notifications/test', { channelId: id });

    expect(taken.json()).toEqual({ isSent: true, answer: '200 ok' });
    expect(refused.json()).toEqual({ isSent: false, answer: '403 who are you' });
    expect(JSON.parse(receiver.at(path)[0]?.body ?? '{}').data.title).toBe('テスト通知');
  });

  it('is sent once under an Idempotency-Key', async () => {
    const { user, add } = await addNotified(context.server);
    const path = ownPath();
    const { id } = await add({ kind: 'webhook', url: `${receiver.url}${path}` });
    const test = () =>
      context.server.app.inject({
        method: 'POST',
        url: '/api/v1/notifications/test',
        headers: { ...user.headers, 'idempotency-key': 'one' },
        payload: { channelId: id },
      });

    const [first, second] = [await test(), await test()];

    expect(first.json()).toEqual({ isSent: true, answer: '200 ok' });
    expect(second.body).toBe(first.body);
    expect(receiver.at(path)).toHaveLength(1);
  });

  it('to an address that is not public is refused, where the settings do not allow it', async () => {
    const { ask, add } = await addNotified(publicOnly.server);
    const path = ownPath();
    for (const host of [
      receiver.url,
      receiver.url.replace('127.0.0.1', 'localhost'),
      receiver.url.replace('127.0.0.1', '2130706433'),
    ]) {
      const { id } = await add({ kind: 'webhook', url: `${host}${path}` });
      const answer = await ask('POST', '/notifications/test', { channelId: id });
      expect(answer.json()).toEqual({
        isSent: false,
        answer: 'The address is not one of the public internet, which this server does not call.',
      });
    }
    expect(receiver.at(path)).toEqual([]);
  });

  it('to no one who is there says so, and not which address the name has', async () => {
    const { ask, add } = await addNotified(context.server);
    const { id } = await add({ kind: 'webhook', url: 'http://localhost:1/' });

    const { answer } = (await ask('POST', '/notifications/test', { channelId: id })).json();

    expect(answer).toBe('The receiver could not be reached: ECONNREFUSED.');
  });
});

describe('when to be notified', () => {
  it('is as usual until it is changed, and what is not named stays', async () => {
    const { ask } = await addNotified(context.server);
    const usual = (await ask('GET', '/notification-settings')).json();

    await ask('PATCH', '/notification-settings', { quietHours: { from: '22:00', until: '07:15' } });
    const changed = (
      await ask('PATCH', '/notification-settings', { groupSeconds: 0, digestAt: '18:05' })
    ).json();
    const ended = (await ask('PATCH', '/notification-settings', { quietHours: null })).json();

    const escalation = { escalateAfterMinutes: 10, escalateTimes: 3 };
    expect(usual).toEqual({ quietHours: null, digestAt: '08:00', groupSeconds: 60, ...escalation });
    expect(changed).toEqual({
      quietHours: { from: '22:00', until: '07:15' },
      digestAt: '18:05',
      groupSeconds: 0,
      ...escalation,
    });
    expect(ended).toEqual({ quietHours: null, digestAt: '18:05', groupSeconds: 0, ...escalation });
  });

  it.each([
    [{ quietHours: { from: '24:00', until: '07:00' } }, '/quietHours/from'],
    [{ quietHours: { from: '22:00' } }, '/quietHours/until'],
    [{ digestAt: '8:00' }, '/digestAt'],
    [{ groupSeconds: 3_601 }, '/groupSeconds'],
  ])('is refused as %j, and the field is named', async (patch, pointer) => {
    const { ask } = await addNotified(context.server);

    const answer = await ask('PATCH', '/notification-settings', patch);

    expect([answer.statusCode, answer.json().errors?.[0].pointer]).toEqual([400, pointer]);
  });
});
