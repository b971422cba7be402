import { describe, expect, it } from 'vitest';
import { PASSWORD, signIn, signUp, useServer } from '../support/test-server.ts';

const context = useServer();
const NEW_PASSWORD = 'another-long-passphrase';
type Person = Awaited<ReturnType<typeof signUp>>;

const change = (user: Pick<Person, 'headers'>, payload: object) =>
  context.server.app.inject({ method: 'POST', url: '/api/v1/me/password', headers: user.headers, payload });

async function meStatus(headers: Record<string, string>) {
  return (await context.server.app.inject({ url: '/api/v1/me', headers })).statusCode;
}

async function loginStatus({ email }: Person, password: string) {
  const answer = await context.server.app.inject({
    method: 'POST',
    url: '/api/v1/auth/login',
    payload: { email, password },
  });
  return answer.statusCode;
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

describe('changing a password', () => {
  it('needs a session', async () => {
    expect((await change({ headers: bearer('none') }, {})).statusCode).toBe(401);
  });

  it.each([
    ['the current password again', PASSWORD, 'must differ from the current password'],
    ['a short one', 'elevenchars', 'must have 12 to 128 characters'],
    ['a common one', 'Password1234', 'is one of the most common passwords'],
  ])('refuses %s, and changes nothing', async (_what, newPassword, detail) => {
    const user = await signUp(context.server.app);

    const answer = await change(user, { currentPassword: PASSWORD, newPassword });

    expect([answer.statusCode, answer.json().errors]).toEqual([400, [{ pointer: '/newPassword', detail }]]);
    expect(await loginStatus(user, PASSWORD)).toBe(200);
  });

  it('refuses the own e-mail address', async () => {
    const user = await signUp(context.server.app);

    const answer = await change(user, { currentPassword: PASSWORD, newPassword: user.email.toUpperCase() });

    expect(answer.json().errors).toEqual([
      { pointer: '/newPassword', detail: 'must not be the e-mail address or the username' },
    ]);
  });

  it('refuses a wrong current password, and counts it as a failed sign-in', async () => {
    const user = await signUp(context.server.app);
    const wrong = { currentPassword: 'not-the-right-one', newPassword: NEW_PASSWORD };

    const answer = await change(user, wrong);
    for (let count = 1; count < 5; count += 1) await change(user, wrong);

    expect(answer.statusCode).toBe(403);
    expect(answer.json()).toMatchObject({
      type: '/problems/password-wrong',
      errors: [{ pointer: '/currentPassword', detail: 'is not your password' }],
    });
    const delayed = await change(user, { currentPassword: PASSWORD, newPassword: NEW_PASSWORD });
    expect([delayed.statusCode, delayed.headers['retry-after']]).toEqual([429, '1']);
    const row = await context.server.database
      .selectFrom('users')
      .select('failed_login_attempts')
      .where('id', '=', user.id)
      .executeTakeFirstOrThrow();
    expect(row.failed_login_attempts).toBe(5);
    // Anyone who finds a session must not keep its owner from signing in.
    expect(await loginStatus(user, PASSWORD)).toBe(200);
    expect(await meStatus(user.headers)).toBe(200);
  });

  it('ends the other sessions at once, and leaves the one that asked', async () => {
    const user = await signUp(context.server.app);
    const other = await signIn(context.server.app, user);
    expect(await meStatus(bearer(other.token))).toBe(200);

    const answer = await change(user, { currentPassword: PASSWORD, newPassword: NEW_PASSWORD });

    expect([answer.statusCode, answer.body]).toEqual([204, '']);
    expect(await meStatus(bearer(other.token))).toBe(401);
    expect(await meStatus(user.headers)).toBe(200);
    expect([await loginStatus(user, PASSWORD), await loginStatus(user, NEW_PASSWORD)]).toEqual([401, 200]);
  });

  it('leaves no session to those who sign in with the former password at the same moment', async () => {
    const user = await signUp(context.server.app);
    const attempts = Array.from({ length: 12 }, async () =>
      signIn(context.server.app, user).catch(() => undefined),
    );
    const [changed, ...opened] = await Promise.all([
      change(user, { currentPassword: PASSWORD, newPassword: NEW_PASSWORD }),
      ...attempts,
    ]);

    expect(changed.statusCode).toBe(204);
    const tokens = opened.flatMap((session) => session?.token ?? []);
    expect(await Promise.all(tokens.map((token) => meStatus(bearer(token))))).toEqual(tokens.map(() => 401));
  });

  it('is recorded with the sessions that it ended, and without a password', async () => {
    const user = await signUp(context.server.app);
    await signIn(context.server.app, user);
    await change(user, { currentPassword: PASSWORD, newPassword: NEW_PASSWORD });

    const [entry] = await context.server.database
      .selectFrom('events')
      .selectAll()
      .where('user_id', '=', user.id)
      .where('type', '=', 'password-changed')
      .execute();

    expect(entry).toMatchObject({ category: 'security', severity: 'warning' });
    expect(entry?.details).toEqual({ endedSessions: [expect.any(String)] });
    expect(JSON.stringify(entry)).not.toContain(NEW_PASSWORD);
  });
});
