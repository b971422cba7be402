import { describe, expect, it } from 'vitest';
import { inTransaction } from '../../src/persistence/query-builder.ts';
import { waitingForLocks } from '../support/lock-waits.ts';
import { PASSWORD, signUp, useServer } from '../support/test-server.ts';
import { until } from '../support/until.ts';
import type { QueryBuilder } from '../../src/persistence/query-builder.ts';

const context = useServer();
type Headers = Readonly<Record<string, string>>;

const ask = (method: 'POST' | 'PATCH', path: string, headers: Headers, payload: object) =>
  context.server.app.inject({ method, url: `/api/v1${path}`, headers, payload });

const query = (text: string) => context.server.orm.em.fork().execute(text);

/**
 * Makes a change and commits it only when the request waits for it, or was answered without. Before the commit comes `meanwhile`.
 * Returns the answer.
 */
async function whileChanging<Answer>(
  change: (db: QueryBuilder) => Promise<unknown>,
  request: () => PromiseLike<Answer>,
  meanwhile: () => Promise<unknown> = () => Promise.resolve(),
): Promise<Answer> {
  const { answer } = await inTransaction(context.server.orm, async (db) => {
    await change(db);
    let isAnswered = false;
    const answering = (async () => {
      try {
        return await request();
      } finally {
        isAnswered = true;
      }
    })();
    await until('the request waits', async () => isAnswered || (await waitingForLocks(query)) > 0);
    await meanwhile();
    return { answer: answering };
  });
  return answer;
}

describe('changes at the same time', () => {
  it('do not let who knows the former password take the place of one that an administrator sets', async () => {
    const user = await signUp(context.server.app);
    const wish = { currentPassword: PASSWORD, newPassword: 'another-long-passphrase' };

    const answer = await whileChanging(
      (db) =>
        db
          .updateTable('users')
          .set({ password_hash: 'set-by-an-administrator' })
          .where('id', '=', user.id)
          .execute(),
      () => ask('POST', '/me/password', user.headers, wish),
    );

    expect([answer.statusCode, answer.json().type]).toEqual([403, '/problems/password-wrong']);
    const stored = await context.server.stores.users.findCredentials({ userId: user.id });
    expect(stored?.passwordHash).toBe('set-by-an-administrator');
  });

  it('make no API key for a session that ends', async () => {
    const user = await context.server.addUser();

    const answer = await whileChanging(
      (db) =>
        db
          .updateTable('user_sessions')
          .set({ revoked_at: new Date(context.server.clock.now) })
          .where('id', '=', user.sessionId)
          .execute(),
      () => ask('POST', '/api-keys', user.headers, { name: 'late', scope: 'trade', password: PASSWORD }),
    );

    expect([answer.statusCode, answer.json().type]).toEqual([401, '/problems/unauthenticated']);
    expect(await context.server.apiKeys.listOf(user.id)).toEqual([]);
  });

  it('open no session for a person who is disabled after their password was compared', async () => {
    const user = await signUp(context.server.app);
    const { database, app, clock } = context.server;

    // A sign-in that replaces a session ends that one, after the password was compared and before the new one is opened.
    const answer = await whileChanging(
      (db) =>
        db
          .updateTable('user_sessions')
          .set({ last_seen_at: new Date(clock.now) })
          .where('user_id', '=', user.id)
          .execute(),
      () =>
        app.inject({
          method: 'POST',
          url: '/api/v1/auth/login',
          headers: { cookie: `session=${user.token}` },
          payload: { email: user.email, password: PASSWORD },
        }),
      () => database.updateTable('users').set({ is_active: false }).where('id', '=', user.id).execute(),
    );

    expect([answer.statusCode, answer.json().type]).toEqual([401, '/problems/bad-credentials']);
    expect(await context.server.sessions.listOf(user.id, { limit: 10 })).toEqual([]);
  });

  it('of two server settings keep both', async () => {
    const admin = await context.server.addUser('admin');
    await ask('PATCH', '/admin/settings', admin.headers, { signUp: 'listed' });

    const answer = await whileChanging(
      (db) => db.updateTable('system_settings').set({ sign_up: 'closed' }).execute(),
      () => ask('PATCH', '/admin/settings', admin.headers, { listedSignUps: ['@example.org'] }),
    );

    expect(answer.json()).toMatchObject({ signUp: 'closed', listedSignUps: ['@example.org'] });
    expect(await context.server.serverSettings.get()).toEqual(answer.json());
  });
});
