/** Setting a new password with a code from an e-mail: `/auth/password-reset`. */
import { describe, expect, it } from 'vitest';
import { codeAt } from '../../src/people/second-factor/totp.ts';
import { openMailbox } from '../support/mailbox.ts';
import { PASSWORD, signIn, signUp, useServer } from '../support/test-server.ts';
import type { TestUser } from '../support/test-server.ts';

const mailbox = await openMailbox();
const context = useServer({ smtpUrl: mailbox.url });
const SUBJECT = 'Set a new password';
const NEW_PASSWORD = 'another long secret';

function post(url: string, payload: object, headers: Readonly<Record<string, string>> = {}) {
  return context.server.app.inject({ method: 'POST', url: `/api/v1${url}`, payload, headers });
}

const ask = (email: string) => post('/auth/password-reset', { email });
const reset = (token: string, password = NEW_PASSWORD) =>
  post('/auth/password-reset/confirm', { token, password });
const login = (email: string, password: string) => post('/auth/login', { email, password });

async function codeFor({ email }: Pick<TestUser, 'email'>): Promise<string> {
  expect((await ask(email)).statusCode).toBe(202);
  await context.server.mails.deliver();
  return mailbox.codeTo(email);
}

function waiting(recipient: string) {
  return context.server.database
    .selectFrom('outgoing_mails')
    .selectAll()
    .where('recipient', '=', recipient)
    .execute();
}

describe('asking for a new password', () => {
  it('is answered the same, and does the same, whether or not a person has the address', async () => {
    const user = await signUp(context.server.app);

    const known = await ask(user.email.toUpperCase());
    const unknown = await ask('no.one@example.org');

    expect([known.statusCode, known.body]).toEqual([202, '']);
    expect([unknown.statusCode, unknown.body]).toEqual([202, '']);
    const ofKnown = (await waiting(user.email)).filter(({ kind }) => kind !== 'verify-email');
    const ofUnknown = await waiting('no.one@example.org');
    expect(ofKnown.map(({ kind, attempts }) => [kind, attempts])).toEqual(
      ofUnknown.map(({ kind, attempts }) => [kind, attempts]),
    );
    await context.server.mails.deliver();
    expect([mailbox.to(user.email, SUBJECT).length, mailbox.to('no.one@example.org').length]).toEqual([1, 0]);
  });

  it('sends at most five mails an hour to one address', async () => {
    const user = await signUp(context.server.app);

    for (let count = 0; count < 8; count += 1) expect((await ask(user.email)).statusCode).toBe(202);
    await context.server.mails.deliver();
    expect(mailbox.to(user.email, SUBJECT)).toHaveLength(5);

    context.server.clock.now += 3_600_000;
    await codeFor(user);
    expect(mailbox.to(user.email, SUBJECT)).toHaveLength(6);
  });

  it('sends more to who asks from a device of theirs, whatever strangers asked for', async () => {
    const [user, other] = [await signUp(context.server.app), await signUp(context.server.app)];
    const deviceOf = async ({ email }: TestUser) =>
      (await login(email, PASSWORD)).cookies.find(({ name }) => name === 'device')?.value ?? '';
    const [own, another] = [await deviceOf(user), await deviceOf(other)];
    for (let count = 0; count < 6; count += 1) await ask(user.email);
    const askFrom = (device: string) =>
      post('/auth/password-reset', { email: user.email }, { cookie: `device=${device}` });

    await askFrom(another);
    await context.server.mails.deliver();
    expect(mailbox.to(user.email, SUBJECT)).toHaveLength(5);
    for (let count = 0; count < 6; count += 1) expect((await askFrom(own)).statusCode).toBe(202);
    await context.server.mails.deliver();

    expect(mailbox.to(user.email, SUBJECT)).toHaveLength(10);
  });

  it('makes the devices strangers that were known before', async () => {
    const user = await signUp(context.server.app);
    await login(user.email, PASSWORD);
    const devices = () =>
      context.server.database
        .selectFrom('known_devices')
        .select('id')
        .where('user_id', '=', user.id)
        .execute();
    expect((await devices()).length).toBeGreaterThan(0);

    expect((await reset(await codeFor(user))).statusCode).toBe(204);

    expect(await devices()).toEqual([]);
  });

  it('sends nothing to those who are disabled', async () => {
    const user = await signUp(context.server.app);
    await context.server.peopleAdmin.change(user.id, { isActive: false }, {});

    await ask(user.email);
    await context.server.mails.deliver();

    expect(mailbox.to(user.email, SUBJECT)).toEqual([]);
  });

  it('keeps the code out of the database, the journal and the log', async () => {
    const user = await signUp(context.server.app);
    const code = await codeFor(user);

    const { database, log } = context.server;
    const kept = JSON.stringify([
      await database.selectFrom('outgoing_mails').selectAll().execute(),
      await database.selectFrom('user_tokens').selectAll().execute(),
      await database.selectFrom('events').selectAll().where('user_id', '=', user.id).execute(),
      log,
    ]);
    expect(code).toMatch(/^[\w-]{43}$/);
    expect(kept).not.toContain(code);
    expect(kept).toContain('password-reset-requested');
  });
});

describe('setting a new password with a code', () => {
  it('takes API keys from who signed up with the address of another, and not from its owner later', async () => {
    const user = await signUp(context.server.app);
    const makeKey = async ({ headers }: Pick<TestUser, 'headers'>) =>
      (await post('/api-keys', { name: 'bot', scope: 'read', password: PASSWORD }, headers)).json().token;
    const statusWith = async (token: string) =>
      (await context.server.app.inject({ url: '/api/v1/me', headers: { authorization: `Bearer ${token}` } }))
        .statusCode;
    const stranger = await makeKey(user);
    expect(await statusWith(stranger)).toBe(200);

    expect((await reset(await codeFor(user), PASSWORD)).statusCode).toBe(204);
    expect(await statusWith(stranger)).toBe(401);

    const { token } = await signIn(context.server.app, user);
    const own = await makeKey({ headers: { authorization: `Bearer ${token}` } });
    expect((await reset(await codeFor(user))).statusCode).toBe(204);
    expect(await statusWith(own)).toBe(200);
  });

  it('refuses a code that is invented, used, replaced or too old, and changes nothing', async () => {
    const user = await signUp(context.server.app);
    const first = await codeFor(user);
    const second = await codeFor(user);
    context.server.clock.now += 30 * 60_000;
    const late = await reset(second);
    const fresh = await codeFor(user);

    const invented = await reset('A'.repeat(43));
    expect((await reset(fresh)).statusCode).toBe(204);
    const used = await reset(fresh);
    const earlier = await reset(first);

    for (const answer of [late, invented, used, earlier])
      expect([answer.statusCode, answer.json().type]).toEqual([422, '/problems/token-invalid']);
    expect((await login(user.email, NEW_PASSWORD)).statusCode).toBe(200);
  });

  it('is refused for a weak password, and the code stays good', async () => {
    const user = await signUp(context.server.app);
    const code = await codeFor(user);

    const weak = await reset(code, 'short');

    expect([weak.statusCode, weak.json().errors[0].pointer]).toEqual([400, '/password']);
    expect((await reset(code)).statusCode).toBe(204);
  });

  it('takes a code once, however often it is sent at the same moment', async () => {
    const user = await signUp(context.server.app);
    const code = await codeFor(user);

    const answers = await Promise.all(
      Array.from({ length: 6 }, (_, index) => reset(code, `${NEW_PASSWORD} ${index}`)),
    );

    expect(answers.filter(({ statusCode }) => statusCode === 204)).toHaveLength(1);
    expect(answers.filter(({ statusCode }) => statusCode === 422)).toHaveLength(5);
  });

  it('ends all sessions, forgets failed sign-ins, is recorded, and is reported to the person', async () => {
    const user = await signUp(context.server.app);
    const other = await signIn(context.server.app, user);
    for (let count = 0; count < 10; count += 1) await login(user.email, 'not my password');
    expect((await login(user.email, PASSWORD)).statusCode).toBe(429);

    expect((await reset(await codeFor(user))).statusCode).toBe(204);

    for (const token of [user.token, other.token]) {
      const answer = await context.server.app.inject({
        url: '/api/v1/me',
        headers: { authorization: `Bearer ${token}` },
      });
      expect(answer.statusCode).toBe(401);
    }
    expect((await login(user.email, NEW_PASSWORD)).statusCode).toBe(200);
    expect((await login(user.email, PASSWORD)).statusCode).toBe(401);
    await context.server.mails.deliver();
    expect(
      mailbox
        .to(user.email)
        .slice(1)
        .map(({ subject }) => subject),
    ).toEqual(['Set a new password', 'Your password was changed']);
    const entry = await context.server.database
      .selectFrom('events')
      .select('details')
      .where('user_id', '=', user.id)
      .where('type', '=', 'password-reset')
      .executeTakeFirstOrThrow();
    expect(entry.details).toEqual({
      endedSessions: expect.arrayContaining([expect.any(String), expect.any(String)]),
    });
  });

  it('does not do without the second factor', async () => {
    const user = await signUp(context.server.app);
    await context.server.database
      .updateTable('users')
      .set({ email_verified_at: new Date(context.server.clock.now) })
      .where('id', '=', user.id)
      .execute();
    const { secret } = (await post('/me/second-factor', { password: PASSWORD }, user.headers)).json();
    await post('/me/second-factor/confirm', { code: codeAt(secret, context.server.clock.now) }, user.headers);

    expect((await reset(await codeFor(user))).statusCode).toBe(204);

    expect((await login(user.email, NEW_PASSWORD)).json().type).toBe('/problems/second-factor-needed');
  });

  it('is not possible with a code from before the password was changed', async () => {
    const user = await signUp(context.server.app);
    const code = await codeFor(user);
    await post(
      '/me/password',
      { currentPassword: PASSWORD, newPassword: 'yet another secret' },
      user.headers,
    );

    expect((await reset(code)).statusCode).toBe(422);
  });
});
