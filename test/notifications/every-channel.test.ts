/** What holds for every kind of channel: a storm is one message, and a receiver that is down loses nothing. */

import { describe, expect, it } from 'vitest';
import { CHANNEL_KINDS } from '../../src/entities/notification-channel.ts';
import { openMailbox } from '../support/mailbox.ts';
import { PushBrowser } from '../support/push-browser.ts';
import { openReceiver } from '../support/receiver.ts';
import { useServer } from '../support/test-server.ts';
import { addNotified, ownPath } from './arrivals.ts';

const mailbox = await openMailbox();
const receiver = await openReceiver();
const context = useServer({ smtpUrl: mailbox.url, notifyPrivate: true, telegramUrl: receiver.url });

const MINUTE_MS = 60_000;

async function pass(ms: number): Promise<void> {
  context.server.clock.now += ms;
  await context.server.notificationDeliveries.deliver();
}

type Kind = (typeof CHANNEL_KINDS)[number];

/** A person with one channel of a kind; `texts` are what its receiver took, subject first. */
async function arrive(kind: Kind) {
  const person = await addNotified(context.server);
  const path =
    kind === 'telegram' ? `/bot${Math.floor(Math.random() * 1e9)}:AAE_abcdefghijklmnop` : ownPath();
  const url = `${receiver.url}${path}`;
  const browser = new PushBrowser(url);
  const wishes: Readonly<Record<Kind, object>> = {
    email: {},
    webhook: { url },
    slack: { url },
    discord: { url },
    telegram: { botToken: path.slice('/bot'.length), chatId: '-100123' },
    push: { subscription: browser.subscription },
  };
  await person.add({ kind, minSeverity: 'info', ...wishes[kind] });
  const textOf = (request: Parameters<PushBrowser['read']>[0]): string => {
    if (kind === 'push') return Object.values(browser.read(request)).join('\n');
    const body = JSON.parse(request.body);
    return kind === 'webhook' ? `${body.data.title}\n${body.data.text}` : (body.text ?? body.content);
  };
  const end = kind === 'telegram' ? `${path}/sendMessage` : path;
  /** Requests that were refused are not taken. */
  let refused = 0;
  return {
    ...person,
    texts: (): readonly string[] =>
      kind === 'email'
        ? mailbox.to(person.user.email).map(({ subject, text }) => `${subject}\n${text}`)
        : receiver.at(end).slice(refused).map(textOf),
    breakDown: () => {
      mailbox.answers.set('MAIL', '451 not now');
      receiver.answers.set(path, { status: 502 });
    },
    mend: () => {
      mailbox.answers.clear();
      receiver.answers.delete(path);
      refused = receiver.at(end).length;
      return refused;
    },
  };
}

describe.each(CHANNEL_KINDS)('a channel of the kind %s', (kind) => {
  it('gets a storm of 1,000 events as one message', async () => {
    const { notified, texts, deliveries } = await arrive(kind);
    const fills = Array.from({ length: 1_000 }, () => ({ type: 'order-filled' }));
    await notified(...fills.slice(0, 400));
    await pass(10_000);
    await notified(...fills.slice(400));

    await pass(MINUTE_MS);
    await pass(MINUTE_MS);

    expect(texts()).toHaveLength(1);
    // The subject of an e-mail is encoded; its text says it again.
    expect(texts()[0]).toMatch(/1000[ _]notifications/);
    expect(texts()[0]).toContain('1000 × Order filled');
    expect(await deliveries()).toMatchObject([{ state: 'sent', count: 1_000 }]);
  });

  it('gets all that happened while its receiver was down', async () => {
    const { notified, texts, breakDown, mend, deliveries } = await arrive(kind);
    const happened = ['the first', 'the second', 'the third', 'the fourth'];
    breakDown();
    for (const description of happened) {
      await notified({ type: 'order-denied', severity: 'warning', description: `It is ${description}.` });
      await pass(MINUTE_MS);
    }
    const states = (await deliveries()).map(({ state }: { readonly state: string }) => state);
    const whileDown = mend();
    for (let turn = 0; turn < 3; turn += 1) await pass(16 * MINUTE_MS);

    expect(new Set(states)).toEqual(new Set(['waiting']));
    expect(kind === 'email' ? 1 : whileDown).toBeGreaterThan(0);
    for (const description of happened)
      expect(texts().filter((text) => text.includes(`It is ${description}.`))).toHaveLength(1);
    expect(new Set((await deliveries()).map(({ state }: { readonly state: string }) => state))).toEqual(
      new Set(['sent']),
    );
  });
});
