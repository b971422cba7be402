/** Mails that cannot be sent: kept and sent again, once for all copies of the server, and given up when it does not help. */
import { createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { MailStore } from '../../src/mail/mail-store.ts';
import { Mails } from '../../src/mail/mails.ts';
import { SmtpSender } from '../../src/mail/smtp-sender.ts';
import { RecipientRefused } from '../../src/mail/mail.ts';
import { isDatabaseUnavailable } from '../../src/persistence/database-failure.ts';
import { createLog } from '../../src/server/log.ts';
import { openMailbox } from '../support/mailbox.ts';
import { quiet } from '../support/quiet-log.ts';
import { useServer } from '../support/test-server.ts';
import { until } from '../support/until.ts';
import type { AddressInfo } from 'node:net';
import type { MailSender } from '../../src/mail/mail.ts';

/** More than the grace of a stop, less than the 15 seconds after which a silent mail server is given up. */
const STOPPED_WITHIN_MS = 12_000;

const mailbox = await openMailbox();
const context = useServer({ smtpUrl: mailbox.url });
const withoutMail = useServer();

afterEach(() => mailbox.answers.clear());

async function askForReset() {
  const user = await context.server.addUser();
  const payload = { email: user.email };
  await context.server.app.inject({ method: 'POST', url: '/api/v1/auth/password-reset', payload });
  return user;
}

describe('a mail', () => {
  it('that the mail server does not take is kept, and sent later and later until it is taken', async () => {
    const { mails, clock } = context.server;
    mailbox.answers.set('MAIL', '451 not now');
    const user = await askForReset();

    await mails.deliver();
    await mails.deliver();
    expect(mailbox.to(user.email, 'Set a new password')).toEqual([]);
    clock.now += 15_000;
    await mails.deliver();
    mailbox.answers.clear();
    clock.now += 15_000;
    await mails.deliver();
    expect(mailbox.to(user.email, 'Set a new password')).toEqual([]);
    clock.now += 15_000;
    await mails.deliver();

    expect(mailbox.to(user.email, 'Set a new password')).toHaveLength(1);
    clock.now += 10 * 60_000;
    await mails.deliver();
    expect(mailbox.to(user.email, 'Set a new password')).toHaveLength(1);
  });

  it('for a recipient that the mail server refuses is given up', async () => {
    mailbox.answers.set('RCPT', '550 no such mailbox');
    const user = await askForReset();
    await context.server.mails.deliver();
    mailbox.answers.clear();
    context.server.clock.now += 60_000;

    await context.server.mails.deliver();

    expect(mailbox.to(user.email, 'Set a new password')).toEqual([]);
  });

  it('for a recipient that the mail server takes nothing for now is sent later, and holds up no other', async () => {
    const { mails, clock } = context.server;
    mailbox.answers.set('RCPT', '450 no such domain now');
    const users = [await askForReset(), await askForReset(), await askForReset()];
    await mails.deliver();
    const tried = await context.server.database
      .selectFrom('outgoing_mails')
      .select('attempts')
      .where(
        'recipient',
        'in',
        users.map(({ email }) => email),
      )
      .execute();
    mailbox.answers.clear();
    clock.now += 15_000;
    await mails.deliver();

    expect(tried.map(({ attempts }) => attempts)).toEqual([1, 1, 1]);
    for (const { email } of users) expect(mailbox.to(email, 'Set a new password')).toHaveLength(1);
  });

  it('is kept when the mail server refuses its sender', async () => {
    const { mails, clock } = context.server;
    mailbox.answers.set('MAIL', '530 authentication required');
    const user = await askForReset();
    await mails.deliver();
    mailbox.answers.clear();
    clock.now += 15_000;
    await mails.deliver();

    expect(mailbox.to(user.email, 'Set a new password')).toHaveLength(1);
  });

  it('goes to one address five times an hour, however many are asked for at once', async () => {
    const user = await context.server.addUser();
    const ask = () =>
      context.server.app.inject({
        method: 'POST',
        url: '/api/v1/auth/password-reset',
        payload: { email: user.email },
      });
    const answers = await Promise.all(Array.from({ length: 20 }, ask));
    await context.server.mails.deliver();

    expect(new Set(answers.map(({ statusCode }) => statusCode))).toEqual(new Set([202]));
    expect(mailbox.to(user.email, 'Set a new password')).toHaveLength(5);
  });

  it('that has expired is not sent, and is removed', async () => {
    mailbox.answers.set('MAIL', '451 not now');
    const user = await askForReset();
    await context.server.mails.deliver();
    mailbox.answers.clear();
    context.server.clock.now += 3 * 3_600_000;

    await context.server.mails.deliver();
    expect(mailbox.to(user.email, 'Set a new password')).toEqual([]);
    expect(await context.server.mails.removeExpired()).toBeGreaterThan(0);
    const left = await context.server.database
      .selectFrom('outgoing_mails')
      .select('id')
      .where('recipient', '=', user.email)
      .execute();
    expect(left).toEqual([]);
  });

  it('is sent by one of several copies of the server', async () => {
    const sent: string[] = [];
    const sender: MailSender = { send: async (recipient) => void sent.push(recipient) };
    const copy = () =>
      new Mails({
        store: new MailStore(context.server.orm),
        sender,
        writers: { note: async () => ({ subject: 'A', text: 'B' }) },
        clock: () => context.server.clock.now,
        log: quiet,
      });
    const copies = [copy(), copy(), copy()];
    const recipients = Array.from({ length: 9 }, (_, index) => `copy${index}@example.org`);
    const expiresAt = context.server.clock.now + 60_000;
    for (const recipient of recipients)
      await copies[0]?.post({ kind: 'note', recipient, data: {}, expiresAt });

    await Promise.all(copies.map((mails) => mails.deliver()));
    await copies[0]?.deliver();

    expect(sent.toSorted()).toEqual(recipients);
  });

  it('to one refused recipient holds up no other', async () => {
    const sent: string[] = [];
    const mails = new Mails({
      store: new MailStore(context.server.orm),
      sender: {
        send: async (recipient) => {
          if (recipient.startsWith('refused')) throw new RecipientRefused('refused');
          sent.push(recipient);
        },
      },
      writers: { note: async () => ({ subject: 'A', text: 'B' }) },
      clock: () => context.server.clock.now,
      log: quiet,
    });
    const expiresAt = context.server.clock.now + 60_000;
    for (const recipient of ['refused@example.org', 'good@example.org'])
      await mails.post({ kind: 'note', recipient, data: {}, expiresAt });

    await mails.deliver();

    expect(sent).toEqual(['good@example.org']);
  });
});

it('a mail server that says nothing holds up no stop, and gets the mail from the next server', async () => {
  const lines: string[] = [];
  const note = (_fields: object, message: string) => void lines.push(message);
  const copyWith = (url: string) =>
    new Mails({
      store: new MailStore(context.server.orm),
      sender: new SmtpSender({ url, from: 'forex@example.org' }),
      writers: { note: async () => ({ subject: 'A', text: 'B' }) },
      clock: () => context.server.clock.now,
      log: { info: note, warn: note },
    });
  let connections = 0;
  const silent = createServer(() => void (connections += 1));
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const stopping = copyWith(`smtp://127.0.0.1:${(silent.address() as AddressInfo).port}`);
  stopping.start();
  const expiresAt = context.server.clock.now + 3_600_000;
  await stopping.post({ kind: 'note', recipient: 'patient@example.org', data: {}, expiresAt });
  await until('the mail server is called', () => connections > 0);

  const from = performance.now();
  await stopping.stop();
  const stoppedInMs = performance.now() - from;
  silent.close();
  context.server.clock.now += 60_000;
  await copyWith(mailbox.url).deliver();

  expect(stoppedInMs).toBeLessThan(STOPPED_WITHIN_MS);
  expect(lines).toEqual([]);
  expect(mailbox.to('patient@example.org')).toHaveLength(1);
});

it('a mail server that does not answer has one line of the log, and one when it does again', async () => {
  const lines: string[] = [];
  const log = createLog({ level: 'info', stream: { write: (line) => void lines.push(line) } });
  log.lines.demote(isDatabaseUnavailable);
  let isAway = true;
  // It looks like a database that does not answer, which has a line of its own.
  const silence = Object.assign(new Error('Greeting never received'), { code: 'ETIMEDOUT' });
  const mails = new Mails({
    store: new MailStore(context.server.orm),
    sender: { send: () => (isAway ? Promise.reject(silence) : Promise.resolve()) },
    writers: { note: async () => ({ subject: 'A', text: 'B' }) },
    clock: () => context.server.clock.now,
    log,
  });
  const { clock } = context.server;
  const expiresAt = clock.now + 3_600_000;
  for (const recipient of ['silent@example.org', 'still@example.org'])
    await mails.post({ kind: 'note', recipient, data: {}, expiresAt });
  const said = () => lines.map((line) => JSON.parse(line));

  for (let attempt = 0; attempt < 3; attempt += 1) {
    await mails.deliver();
    clock.now += 600_000;
  }
  expect(said()).toMatchObject([
    { level: 40, msg: 'a mail was not sent; trying again', reason: 'Greeting never received' },
  ]);

  isAway = false;
  await mails.deliver();
  expect(said().slice(1)).toMatchObject([{ level: 30, msg: 'mails are sent again' }]);
});

describe('a server without a mail server', () => {
  it('says so', async () => {
    const { app } = withoutMail.server;
    const payload = { email: 'trader@example.org' };

    const answer = await app.inject({ method: 'POST', url: '/api/v1/auth/password-reset', payload });

    expect([answer.statusCode, answer.json().type]).toEqual([503, '/problems/mail-off']);
  });
});
