/** The security overview: `GET /admin/security` and `manage security`. */
import { describe, expect, it } from 'vitest';
import { runCommand } from '../../src/commands/command.ts';
import { securityCommand } from '../../src/people/security-overview/security-command.ts';
import { codeAt } from '../../src/people/second-factor/totp.ts';
import { PASSWORD, signUp, useServer } from '../support/test-server.ts';

const context = useServer();
const HOUR_MS = 3_600_000;

async function overview(query = '') {
  const { app } = context.server;
  const { headers } = await context.server.addUser('admin');
  const answer = await app.inject({ url: `/api/v1/admin/security${query}`, headers });
  return { status: answer.statusCode, body: answer.json() };
}

const failedLogin = (email: string, remoteAddress: string) =>
  context.server.app.inject({
    method: 'POST',
    url: '/api/v1/auth/login',
    payload: { email, password: 'not-the-right-one' },
    remoteAddress,
  });

/** Entries are written by the database's clock. */
async function setAge(email: string, ageMs: number): Promise<void> {
  const { database } = context.server;
  const { id } = await database
    .selectFrom('users')
    .select('id')
    .where('email', '=', email)
    .executeTakeFirstOrThrow();
  await database
    .updateTable('events')
    .set({ occurred_at: new Date(Date.now() - ageMs) })
    .where('user_id', '=', id)
    .execute();
}

async function run(...argv: string[]) {
  const written = { out: '', err: '' };
  const io = {
    stdout: { write: (text: string) => (written.out += text) },
    stderr: { write: (text: string) => (written.err += text) },
  };
  const open = async () => ({ url: context.server.databaseUrl, close: async () => undefined });
  const code = await runCommand(io, () => securityCommand.run(argv, io, open));
  return { code, ...written };
}

describe('the security overview', () => {
  it.each(['?hours=0', '?hours=169', '?hours=1.5', '?hours=x', '?days=1'])('refuses %s', async (query) => {
    const { status, body } = await overview(query);

    expect([status, body.code]).toEqual([400, 'invalid-request']);
  });

  it('counts failed sign-ins by address and person, and nothing that is older', async () => {
    context.server.clock.now = Date.now();
    const [user, old] = [await signUp(context.server.app), await signUp(context.server.app)];
    await failedLogin(user.email, '192.0.2.10');
    await failedLogin(user.email, '192.0.2.10');
    await failedLogin('no-one@example.org', '192.0.2.10');
    await failedLogin(old.email, '192.0.2.11');
    await setAge(old.email, 25 * HOUR_MS);
    context.server.clock.now = Date.now() + 1_000;

    const lastDay = (await overview()).body;
    const lastWeek = (await overview('?hours=168')).body;

    expect(lastDay.failedSignIns.byAddress).toEqual([{ ipAddress: '192.0.2.10', count: 3, people: 1 }]);
    expect(lastDay.failedSignIns.byPerson).toEqual([{ userId: user.id, username: user.username, count: 2 }]);
    expect(lastDay.failedSignIns.count).toBe(3);
    expect(lastWeek.failedSignIns.count).toBe(4);
    expect(lastWeek.failedSignIns.byAddress).toContainEqual({ ipAddress: '192.0.2.11', count: 1, people: 1 });
  });

  it('shows who waits, what is blocked and by whom, what changed, and what administrators did', async () => {
    const { app, clock } = context.server;
    clock.now = Date.now();
    const before = (await overview()).body;
    const [user, administrator] = [await signUp(app), await context.server.addUser('admin')];
    const post = (url: string, payload: object, { headers } = user) =>
      app.inject({ method: 'POST', url: `/api/v1${url}`, headers, payload });
    const key = await post('/api-keys', { name: 'bot', scope: 'read', password: PASSWORD });
    await app.inject({
      method: 'DELETE',
      url: `/api/v1/api-keys/${key.json().id}`,
      headers: user.headers,
    });
    const block = { ipAddress: '192.0.2.99', reason: 'by hand' };
    expect((await post('/admin/blocked-ips', block, administrator)).statusCode).toBe(201);
    await post(`/admin/users/${user.id}/verify-email`, {}, administrator);
    const { secret } = (await post('/me/second-factor', { password: PASSWORD }, administrator)).json();
    await post('/me/second-factor/confirm', { code: codeAt(secret, clock.now) }, administrator);
    for (let count = 0; count < 10; count += 1) {
      clock.now += 16_000;
      await failedLogin(user.email, '198.51.100.7');
    }
    await context.server.blockedIps.blockAfterFailures('198.51.100.8', 30);
    const after = (await overview()).body;

    const grown = Object.fromEntries(
      Object.entries<number>(after.changes).map(([name, count]) => [name, count - before.changes[name]]),
    );
    expect(grown).toMatchObject({ apiKeysMade: 1, apiKeysRevoked: 1, secondFactorsAdded: 1, newPeople: 1 });
    expect(grown['newDevices']).toBeGreaterThan(0);
    expect(grown['delays']).toBe(1);
    expect(after.delayed).toMatchObject([{ userId: user.id, username: user.username }]);
    expect(after.blocks).toMatchObject({ automatic: expect.any(Number), manual: 1 });
    expect(after.blocks.newest).toContainEqual(
      expect.objectContaining({ ipAddress: '198.51.100.8', isAutomatic: true }),
    );
    expect(after.blocks.newest).toContainEqual(
      expect.objectContaining({ ...block, isAutomatic: false, blockedUntil: null }),
    );
    expect(after.interventions[0]).toMatchObject({
      type: 'email-verified',
      userId: user.id,
      administratorId: administrator.id,
    });
    expect(after.administrators).toContainEqual({
      userId: administrator.id,
      username: administrator.username,
      hasSecondFactor: true,
    });
    // The administrator who asked, and the trader.
    expect(after.peopleWithoutSecondFactor - before.peopleWithoutSecondFactor).toBe(2);
  });

  it('is shown by a command, which refuses other hours', async () => {
    const { code, out } = await run();
    const wrong = await run('--hours', '169');

    expect(code).toBe(0);
    expect(out).toMatch(/sign-ins failed\n.* from 192\.0\.2\.10; /s);
    expect(out).toContain('192.0.2.99 for ever: by hand');
    expect(out).toMatch(/administrator \S+, with a second factor/);
    expect(wrong).toMatchObject({ code: 2, err: expect.stringContaining('from 1 to 168') });
  });
});
