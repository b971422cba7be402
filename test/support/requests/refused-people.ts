/** Everyone whom the server must not let in, or not as far as they wish. */

import { PASSWORD } from '../test-server.ts';
import { randomBytes } from 'node:crypto';
import { askerFor } from '../trading-client.ts';
import type { TestServer, TestUser } from '../test-server.ts';

const DAY_MS = 24 * 3_600_000;
const MONTH_MS = 30 * DAY_MS;

const unknown = () => randomBytes(32).toString('base64url');

async function keyOf(server: TestServer, user: TestUser, wish: object): Promise<string> {
  const answer = await askerFor(server, user)('POST', '/api-keys', {
    name: 'a key',
    password: PASSWORD,
    ...wish,
  });
  if (answer.statusCode !== 201) throw new Error(answer.body);
  return answer.json().token;
}

/** Returns tokens that open nothing, by why they do not. All but the invented ones opened something once. */
export async function tokensThatOpenNothing(
  server: TestServer,
): Promise<ReadonlyMap<string, string | undefined>> {
  const admin = await server.addUser('admin');
  const askAsAdmin = askerFor(server, admin);
  const person = () => server.addUser('admin');

  const now = server.clock.now;
  server.clock.now = now - 2 * MONTH_MS;
  const expired = await person();
  server.clock.now = now - 8 * DAY_MS;
  const idle = await person();
  server.clock.now = now;

  const revoked = await person();
  await server.sessions.revoke(revoked.id, revoked.sessionId, 'ended by the test');

  const disabled = await person();
  const keyOfDisabled = await keyOf(server, disabled, { scope: 'admin' });
  const isDisabled = await askAsAdmin('PATCH', `/admin/users/${disabled.id}`, { isActive: false });
  if (isDisabled.statusCode !== 200) throw new Error(isDisabled.body);

  const owner = await person();
  const over = await keyOf(server, owner, {
    scope: 'admin',
    expiresAt: new Date(server.clock.now + 1).toISOString(),
  });
  server.clock.now += 1_000;
  const elsewhere = await keyOf(server, owner, { scope: 'admin', addressRange: '192.0.2.0/24' });
  const revokedKey = await keyOf(server, owner, { scope: 'admin' });
  for (const { id } of (await askerFor(server, owner)('GET', '/api-keys')).json().items.slice(0, 1))
    await askerFor(server, owner)('DELETE', `/api-keys/${id}`);

  return new Map([
    ['no token', undefined],
    ['an invented token', unknown()],
    ['an invented API key', `afk_${unknown()}`],
    ['an expired session', expired.token],
    ['a session that no one used for a week', idle.token],
    ['a revoked session', revoked.token],
    ['the session of a disabled person', disabled.token],
    ['the API key of a disabled person', keyOfDisabled],
    ['an API key that is over', over],
    ['an API key for other addresses', elsewhere],
    ['a revoked API key', revokedKey],
  ]);
}

/** What a token is not enough for, although it opens something. */
export interface LimitedToken {
  readonly token: string;
  readonly mayChange: boolean;
  readonly isAdmin: boolean;
  readonly isSession: boolean;
}

/** Returns tokens that open some routes and not others, by whose they are. */
export async function limitedTokens(
  server: TestServer,
  trader: TestUser,
): Promise<ReadonlyMap<string, LimitedToken>> {
  const admin = await server.addUser('admin');
  const demoted = await server.addUser('admin');
  const keyOfDemoted = await keyOf(server, demoted, { scope: 'admin' });
  // Past the service, which would end the key: the role alone must be enough.
  await server.stores.peopleAdmin.change(demoted.id, { role: 'trader' }, server.clock.now);
  const key = { mayChange: true, isAdmin: false, isSession: false };
  return new Map<string, LimitedToken>([
    ['a trader', { token: trader.token, mayChange: true, isAdmin: false, isSession: true }],
    [
      'an API key that only reads',
      { ...key, token: await keyOf(server, trader, { scope: 'read' }), mayChange: false },
    ],
    ['an API key that trades', { ...key, token: await keyOf(server, trader, { scope: 'trade' }) }],
    [
      'an administrator’s API key that only reads',
      { ...key, token: await keyOf(server, admin, { scope: 'read' }), mayChange: false },
    ],
    [
      'an administrator’s API key that trades',
      { ...key, token: await keyOf(server, admin, { scope: 'trade' }) },
    ],
    [
      'an administrator’s API key',
      { ...key, token: await keyOf(server, admin, { scope: 'admin' }), isAdmin: true },
    ],
    ['the API key of a former administrator', { ...key, token: keyOfDemoted }],
  ]);
}
