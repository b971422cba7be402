/** Verifying an e-mail address at sign-up, and sign-in that asks for it. */
import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { runCommand } from '../../src/commands/command.ts';
import { usersCommand } from '../../src/people/administration/users-command.ts';
import { openMailbox } from '../support/mailbox.ts';
import { PASSWORD, signUp, useServer } from '../support/test-server.ts';

const mailbox = await openMailbox();
const context = useServer({ smtpUrl: mailbox.url });
const withoutMail = useServer();

let admin: Awaited<ReturnType<typeof context.server.addUser>>;

beforeEach(async () => {
  admin = await context.server.addUser('admin');
  await context.server.database.deleteFrom('system_settings').execute();
});

function post(url: string, payload: object, headers: Readonly<Record<string, string>> = {}) {
  return context.server.app.inject({ method: 'POST', url: `/api/v1${url}`, payload, headers });
}

const newName = () => `u${randomUUID().slice(0, 12)}`;
const register = (email: string, username = newName()) =>
  post('/auth/register', { email, username, password: PASSWORD });
const login = (email: string) => post('/auth/login', { email, password: PASSWORD });

async function require(server = context.server, { headers } = admin) {
  return server.app.inject({
    method: 'PATCH',
    url: '/api/v1/admin/settings',
    headers,
    payload: { requireVerifiedEmail: true },
  });
}

describe('signing up where the server sends e-mail', () => {
  it('is answered the same for an address that is new, one that is taken, and a name that is taken', async () => {
    const taken = await signUp(context.server.app);
    const fresh = `${newName()}@example.org`;
    const other = `${newName()}@example.org`;

    const answers = [
      await register(fresh),
      await register(taken.email.toUpperCase()),
      await register(other, taken.username),
    ];
    await context.server.mails.deliver();

    expect(answers.map(({ statusCode, body }) => [statusCode, body])).toEqual(answers.map(() => [202, '']));
    expect(new Set(answers.map(({ headers }) => Object.keys(headers).toSorted().join())).size).toBe(1);
    expect(mailbox.to(fresh).map(({ subject }) => subject)).toEqual(['Confirm your e-mail address']);
    expect(mailbox.to(taken.email).at(-1)?.subject).toBe('You have signed up already');
    expect(mailbox.to(other).map(({ subject }) => subject)).toEqual(['That username is taken']);
    expect((await login(other)).statusCode).toBe(401);
  });

  it('still says at once what is not valid, and who may not sign up', async () => {
    const weak = await post('/auth/register', {
      email: 'a@b.example',
      username: newName(),
      password: 'short',
    });
    await context.server.app.inject({
      method: 'PATCH',
      url: '/api/v1/admin/settings',
      headers: admin.headers,
      payload: { signUp: 'closed' },
    });

    expect([weak.statusCode, (await register('b@b.example')).statusCode]).toEqual([400, 403]);
  });
});

describe('signing up where the server sends no e-mail', () => {
  it('says what is taken, and cannot be followed by a verification', async () => {
    const { app } = withoutMail.server;
    const user = await signUp(app);
    const ask = (url: string, payload: object) =>
      app.inject({ method: 'POST', url: `/api/v1${url}`, payload });

    const again = await ask('/auth/register', { email: user.email, username: newName(), password: PASSWORD });
    const resend = await ask('/auth/verify-email/resend', { email: user.email });

    expect([again.statusCode, again.json().code]).toEqual([409, 'already-registered']);
    expect([resend.statusCode, resend.json().type]).toEqual([503, '/problems/mail-off']);
  });

  it('refuses to ask for verified addresses', async () => {
    const { server } = withoutMail;

    const refused = await require(server, await server.addUser('admin'));

    expect([refused.statusCode, refused.json().code]).toEqual([409, 'mail-off']);
    expect(await server.serverSettings.requiresVerifiedEmail()).toBe(false);
  });
});

describe('verifying an address', () => {
  it('needs a code that is good, once, and is shown', async () => {
    const user = await signUp(context.server.app);
    await context.server.mails.deliver();
    const code = mailbox.codeTo(user.email);

    const invented = await post('/auth/verify-email', { token: 'A'.repeat(43) });
    const right = await post('/auth/verify-email', { token: code });
    const again = await post('/auth/verify-email', { token: code });

    expect([invented, right, again].map(({ statusCode }) => statusCode)).toEqual([422, 204, 422]);
    const me = await context.server.app.inject({ url: '/api/v1/me', headers: user.headers });
    expect(me.json().emailVerifiedAt).toBe(new Date(context.server.clock.now).toISOString());
  });

  it('comes before a second factor, which would keep the owner of the address out', async () => {
    const user = await signUp(context.server.app);
    const add = () => post('/me/second-factor', { password: PASSWORD }, user.headers);
    const before = await add();
    await context.server.mails.deliver();
    await post('/auth/verify-email', { token: mailbox.codeTo(user.email) });

    expect(before.statusCode).toBe(409);
    expect(before.json().code).toBe('email-unverified');
    expect((await add()).statusCode).toBeLessThan(300);
  });

  it('is not done by a code for another purpose', async () => {
    const user = await signUp(context.server.app);
    await context.server.mails.deliver();
    const verifying = mailbox.codeTo(user.email);
    await post('/auth/password-reset', { email: user.email });
    await context.server.mails.deliver();
    const resetting = mailbox.codeTo(user.email);

    expect((await post('/auth/verify-email', { token: resetting })).statusCode).toBe(422);
    const payload = { token: verifying, password: 'another long secret' };
    expect((await post('/auth/password-reset/confirm', payload)).statusCode).toBe(422);
    expect((await post('/auth/email-change/confirm', { token: verifying })).statusCode).toBe(422);
  });

  it('has codes sent again, at most five an hour, and none once it is done', async () => {
    const user = await signUp(context.server.app);
    for (let count = 0; count < 8; count += 1)
      expect((await post('/auth/verify-email/resend', { email: user.email })).statusCode).toBe(202);
    await context.server.mails.deliver();
    expect(mailbox.to(user.email)).toHaveLength(5);
    await post('/auth/verify-email', { token: mailbox.codeTo(user.email) });
    context.server.clock.now += 3_600_000;

    const unknown = await post('/auth/verify-email/resend', { email: 'no.one@example.org' });
    await post('/auth/verify-email/resend', { email: user.email });
    await context.server.mails.deliver();

    expect(unknown.statusCode).toBe(202);
    expect(mailbox.to(user.email)).toHaveLength(5);
  });
});

describe('sign-in that asks for a verified address', () => {
  it('answers as to a wrong password until the code was sent, and to administrators as before', async () => {
    const user = await signUp(context.server.app);
    const operator = await signUp(context.server.app);
    await context.server.peopleAdmin.change(operator.id, { role: 'admin' }, {});
    expect((await require()).json().requireVerifiedEmail).toBe(true);

    const refused = await login(user.email);
    const wrong = await post('/auth/login', { email: user.email, password: 'not my password' });
    const { requestId: _first, ...ofRefused } = refused.json();
    const { requestId: _second, ...ofWrong } = wrong.json();
    expect([refused.statusCode, ofRefused]).toEqual([401, ofWrong]);
    expect((await login(operator.email)).statusCode).toBe(200);

    await context.server.mails.deliver();
    await post('/auth/verify-email', { token: mailbox.codeTo(user.email) });
    expect((await login(user.email)).statusCode).toBe(200);
  });

  it('lets those in who set a new password with a code from a mail, or whom an operator verified', async () => {
    const [first, second, third] = [
      await signUp(context.server.app),
      await signUp(context.server.app),
      await signUp(context.server.app),
    ];
    await require();
    await post('/auth/password-reset', { email: first.email });
    await context.server.mails.deliver();
    await post('/auth/password-reset/confirm', { token: mailbox.codeTo(first.email), password: PASSWORD });
    const io = { stdout: { write: () => undefined }, stderr: { write: () => undefined } };
    const open = async () => ({ url: context.server.databaseUrl, close: async () => undefined });
    await runCommand(io, () => usersCommand.run(['verify-email', second.username], io, open));
    const noted = await post(`/admin/users/${third.id}/verify-email`, {}, admin.headers);

    expect(noted.statusCode).toBe(204);
    for (const { email } of [first, second, third]) expect((await login(email)).statusCode).toBe(200);
  });
});
