/** Another e-mail address: `/me/email`, and taking it back. */
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { openMailbox } from '../support/mailbox.ts';
import { PASSWORD, signIn, signUp, useServer } from '../support/test-server.ts';
import type { TestUser } from '../support/test-server.ts';

const mailbox = await openMailbox();
const context = useServer({ smtpUrl: mailbox.url });
const withoutMail = useServer();

function post(url: string, payload: object, headers: Readonly<Record<string, string>> = {}) {
  return context.server.app.inject({ method: 'POST', url: `/api/v1${url}`, payload, headers });
}

const newAddress = () => `new-${randomUUID().slice(0, 12)}@example.org`;
const ask = ({ headers }: TestUser, email: string, password = PASSWORD) =>
  post('/me/email', { email, password }, headers);
const confirm = (token: string) => post('/auth/email-change/confirm', { token });
const undo = (token: string) => post('/auth/email-change/undo', { token });
const login = (email: string, password = PASSWORD) => post('/auth/login', { email, password });

/** Signs in with a new password, which a code that is mailed to the address sets; returns the status. */
async function loginAfterReset(email: string): Promise<number> {
  const password = 'violet harbour 93 lantern';
  await post('/auth/password-reset', { email });
  await context.server.mails.deliver();
  const token = mailbox.codeTo(email);
  expect((await post('/auth/password-reset/confirm', { token, password })).statusCode).toBe(204);
  return (await login(email, password)).statusCode;
}

async function codeFor(user: TestUser, email: string): Promise<string> {
  expect((await ask(user, email)).statusCode).toBe(204);
  await context.server.mails.deliver();
  return mailbox.codeTo(email);
}

async function changeAgain(from: string, to: string): Promise<void> {
  const { token } = await signIn(context.server.app, { email: from });
  const headers = { authorization: `Bearer ${token}` };
  expect((await post('/me/email', { email: to, password: PASSWORD }, headers)).statusCode).toBe(204);
  await context.server.mails.deliver();
  expect((await confirm(mailbox.codeTo(to))).statusCode).toBe(204);
}

describe('changing the e-mail address', () => {
  it('needs the password, an address, a session, and mail', async () => {
    const user = await signUp(context.server.app);
    const other = await signUp(withoutMail.server.app);

    const wrong = await ask(user, newAddress(), 'not my password');
    const nonsense = await ask(user, 'nonsense');
    const anonymous = await post('/me/email', { email: newAddress(), password: PASSWORD });
    const off = await withoutMail.server.app.inject({
      method: 'POST',
      url: '/api/v1/me/email',
      headers: other.headers,
      payload: { email: newAddress(), password: PASSWORD },
    });

    expect([wrong, nonsense, anonymous, off].map(({ statusCode }) => statusCode)).toEqual([
      403, 400, 401, 503,
    ]);
    expect((await login(user.email)).statusCode).toBe(200);
  });

  it('happens when the new address sends its code, ends all sessions, and is reported to the old one', async () => {
    const user = await signUp(context.server.app);
    const other = await signIn(context.server.app, user);
    const email = newAddress();
    expect((await ask(user, email.toUpperCase())).statusCode).toBe(204);
    await context.server.mails.deliver();
    const code = mailbox.codeTo(email);
    expect((await login(email)).statusCode).toBe(401);

    const [changed, again] = [await confirm(code), await confirm(code)];
    await context.server.mails.deliver();

    expect([changed.statusCode, again.statusCode]).toEqual([204, 422]);
    for (const token of [user.token, other.token]) {
      const headers = { authorization: `Bearer ${token}` };
      expect((await context.server.app.inject({ url: '/api/v1/me', headers })).statusCode).toBe(401);
    }
    expect([(await login(email)).statusCode, (await login(user.email)).statusCode]).toEqual([200, 401]);
    expect((await login(email)).json().user.emailVerifiedAt).toEqual(expect.any(String));
    expect(mailbox.to(user.email, 'Your e-mail address was changed')[0]?.text).toContain(email);
  });

  it('is undone by the old address, which ends sessions, API keys and the password', async () => {
    const user = await signUp(context.server.app);
    const email = newAddress();
    await confirm(await codeFor(user, email));
    await context.server.mails.deliver();
    const thief = await signIn(context.server.app, { email });
    const headers = { authorization: `Bearer ${thief.token}` };
    const key = (await post('/api-keys', { name: 'bot', scope: 'read', password: PASSWORD }, headers)).json()
      .token;
    const code = mailbox.codeTo(user.email);

    expect([(await undo(code)).statusCode, (await undo(code)).statusCode]).toEqual([204, 422]);

    expect([(await login(email)).statusCode, (await login(user.email)).statusCode]).toEqual([401, 401]);
    expect(await loginAfterReset(user.email)).toBe(200);
    for (const token of [thief.token, key]) {
      const answer = await context.server.app.inject({
        url: '/api/v1/me',
        headers: { authorization: `Bearer ${token}` },
      });
      expect(answer.statusCode).toBe(401);
    }
    const events = await context.server.database
      .selectFrom('events')
      .select('type')
      .where('user_id', '=', user.id)
      .where('type', 'like', 'email-change%')
      .execute();
    expect(events.map(({ type }) => type).toSorted()).toEqual([
      'email-change-requested',
      'email-change-undone',
      'email-changed',
    ]);
  });

  it.each([
    ['is not left with', 'since', 3_600_000, false],
    ['keeps', 'long before', -2 * 86_400_000, true],
  ])('%s a second factor that was set up %s, when it is undone', async (_does, _when, afterMs, isKept) => {
    const { server } = context;
    const user = await signUp(server.app);
    await confirm(await codeFor(user, newAddress()));
    const factor = { ciphertext: 'sealed', keyId: 'k' };
    await server.stores.secondFactors.prepare(user.id, randomUUID(), factor, server.clock.now);
    const confirmedAt = new Date(server.clock.now + afterMs);
    await server.database
      .updateTable('second_factors')
      .set({ confirmed_at: confirmedAt })
      .where('user_id', '=', user.id)
      .execute();
    await server.mails.deliver();

    expect((await undo(mailbox.codeTo(user.email))).statusCode).toBe(204);

    expect((await server.stores.secondFactors.find(user.id)) !== undefined).toBe(isKept);
  });

  it('cannot be undone after three days', async () => {
    const user = await signUp(context.server.app);
    await confirm(await codeFor(user, newAddress()));
    await context.server.mails.deliver();
    context.server.clock.now += 3 * 86_400_000;

    expect((await undo(mailbox.codeTo(user.email))).statusCode).toBe(422);
  });

  it('makes codes that were sent before worth nothing', async () => {
    const user = await signUp(context.server.app);
    await post('/auth/password-reset', { email: user.email });
    await context.server.mails.deliver();
    const former = mailbox.codeTo(user.email);
    await confirm(await codeFor(user, newAddress()));

    const payload = { token: former, password: 'another long secret' };
    expect((await post('/auth/password-reset/confirm', payload)).statusCode).toBe(422);
  });

  it('cannot be completed after the password was changed: who knew the former one may have asked for it', async () => {
    const user = await signUp(context.server.app);
    const [sent, late] = [newAddress(), newAddress()];
    const code = await codeFor(user, sent);
    await ask(user, late);
    const payload = { currentPassword: PASSWORD, newPassword: 'another long secret' };
    expect((await post('/me/password', payload, user.headers)).statusCode).toBe(204);
    await context.server.mails.deliver();

    expect((await confirm(code)).statusCode).toBe(422);
    expect(mailbox.to(late)).toEqual([]);
  });

  it('is undone by the first address though it was changed twice, and changed back, since', async () => {
    const { mails, clock } = context.server;
    const user = await signUp(context.server.app);
    const [second, third] = [newAddress(), newAddress()];
    await confirm(await codeFor(user, second));
    await mails.deliver();
    clock.now += 1_000;
    await changeAgain(second, third);
    await mails.deliver();
    expect((await undo(mailbox.codeTo(second))).statusCode).toBe(204);

    expect((await undo(mailbox.codeTo(user.email))).statusCode).toBe(204);
    expect(await loginAfterReset(user.email)).toBe(200);
  });

  it('that was undone cannot be brought back by a later code, sent or not', async () => {
    const { mails, clock } = context.server;
    const user = await signUp(context.server.app);
    const [second, third, fourth] = [newAddress(), newAddress(), newAddress()];
    await confirm(await codeFor(user, second));
    await mails.deliver();
    clock.now += 1_000;
    await changeAgain(second, third);
    await mails.deliver();
    const later = mailbox.codeTo(second);
    clock.now += 1_000;
    await changeAgain(third, fourth);

    expect((await undo(mailbox.codeTo(user.email))).statusCode).toBe(204);
    await mails.deliver();

    expect((await undo(later)).statusCode).toBe(422);
    expect(mailbox.to(third, 'Your e-mail address was changed')).toEqual([]);
    expect(await loginAfterReset(user.email)).toBe(200);
  });

  it('leaves no mail to the former address behind when the person is deleted', async () => {
    const { mails, database, peopleAdmin } = context.server;
    const user = await signUp(context.server.app);
    await mails.deliver();
    await confirm(await codeFor(user, newAddress()));
    await peopleAdmin.change(user.id, { isActive: false }, {});
    const left = () =>
      database
        .selectFrom('outgoing_mails')
        .select('kind')
        .where('recipient', '=', user.email)
        .where('kind', '!=', 'verify-email')
        .execute();
    expect(await left()).toEqual([{ kind: 'email-changed' }]);

    await peopleAdmin.delete(user.id, {});

    expect(await left()).toEqual([]);
  });

  it('does not show whether an address is taken, and is refused when it was taken meanwhile', async () => {
    const [user, other] = [await signUp(context.server.app), await signUp(context.server.app)];
    const email = newAddress();
    const code = await codeFor(user, email);
    await post('/auth/register', { email, username: randomUUID().slice(0, 13), password: PASSWORD });

    expect((await ask(user, other.email)).statusCode).toBe(204);
    await context.server.mails.deliver();
    expect(mailbox.to(other.email, 'Confirm your new e-mail address')).toEqual([]);
    const late = await confirm(code);
    expect([late.statusCode, late.json().code]).toEqual([409, 'email-taken']);
    expect((await login(user.email)).statusCode).toBe(200);
  });
});
