/** What administrators ask of everyone who signs in, or reads about the API: a second factor, and a session. */
import { randomUUIDv7 } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { codeAt } from '../../src/people/second-factor/totp.ts';
import { listRoutes } from '../support/requests/listed-routes.ts';
import { TestClient } from '../support/stream-server.ts';
import { openTestServer, PASSWORD } from '../support/test-server.ts';
import type { TestServer } from '../support/test-server.ts';

const { routes, register } = listRoutes();
/** What is on the way to a second factor. */
const WAY = ['addSecondFactor', 'confirmSecondFactor', 'getMe', 'getSecondFactor', 'logout'];
/** What needs a second factor, so that anyone who has none gets no further. */
const NEEDS_ONE = ['removeSecondFactor', 'replaceRecoveryCodes'];
const STEP_MS = 30_000;

let server: TestServer;
let url: string;
let admin: Awaited<ReturnType<TestServer['addUser']>>;

beforeAll(async () => {
  server = await openTestServer({ routes: [register] });
  url = `ws://${await server.listen()}/ws`;
  admin = await server.addUser('admin');
});

afterEach(async () => {
  await server.database.deleteFrom('system_settings').execute();
  server.clock.now += 1_000;
});

afterAll(() => server.close());

type Headers = Readonly<Record<string, string>>;

const ask = (method: 'GET' | 'POST' | 'PATCH', path: string, headers: Headers, payload?: object) =>
  server.app.inject({ method, url: path, headers, ...(payload && { payload }) });

const get = async (path: string, headers: Headers) => (await ask('GET', path, headers)).statusCode;

const change = (headers: Headers, payload: object) =>
  ask('PATCH', '/api/v1/admin/settings', headers, payload);

async function addFactor({ headers }: { readonly headers: Headers }): Promise<{ readonly secret: string }> {
  const { secret } = (await ask('POST', '/api/v1/me/second-factor', headers, { password: PASSWORD })).json();
  const confirmed = await ask('POST', '/api/v1/me/second-factor/confirm', headers, {
    code: codeAt(secret, server.clock.now),
  });
  expect(confirmed.statusCode).toBe(200);
  server.clock.now += 2 * STEP_MS;
  return { secret };
}

/** Makes it a duty, past the administrator. */
async function askFor(requireSecondFactor: 'administrators' | 'everyone'): Promise<void> {
  await server.serverSettings.change({ requireSecondFactor }, {});
  server.clock.now += 500;
}

describe('the duty to have a second factor', () => {
  it('leaves a session without one nothing but the way to one, and opens the rest at once when there is one', async () => {
    const user = await server.addUser();
    await askFor('everyone');

    const opened: string[] = [];
    for (const route of routes.filter(({ access }) => access !== 'public')) {
      // What signs out comes last.
      if (route.name === 'logout') continue;
      const { statusCode, body } = await server.app.inject({
        method: route.method,
        url: `/api/v1${route.path.replaceAll(/:\w+/g, randomUUIDv7())}`,
        headers: user.headers,
      });
      if (statusCode !== 403 || JSON.parse(body).code !== 'second-factor-required') opened.push(route.name);
    }

    const expected = [...WAY.filter((name) => name !== 'logout'), ...NEEDS_ONE];
    expect(opened.toSorted()).toEqual(expected.toSorted());
    await addFactor(user);
    expect(await get('/api/v1/accounts', user.headers)).toBe(200);
    expect((await ask('POST', '/api/v1/auth/logout', user.headers)).statusCode).toBe(204);
  });

  it('closes open sockets and opens none, and stops no API key', async () => {
    const user = await server.addUser();
    const owner = { userId: user.id, role: 'trader', credentialId: user.sessionId } as const;
    const { token } = await server.apiKeys.create(owner, { name: 'bot', scope: 'read' }, {});
    const [before, byKey] = [
      await TestClient.signedIn({ url }, user),
      await TestClient.signedIn({ url }, { token }),
    ];

    await askFor('everyone');

    expect(await before.closed).toMatchObject({ code: 4401 });
    const after = new TestClient(url, { cookie: `session=${user.token}`, origin: 'http://forex.test' });
    expect(await after.closed).toEqual({
      code: 4403,
      reason: 'a second factor has to be added first: POST /me/second-factor',
    });
    expect(await get('/api/v1/accounts', { authorization: `Bearer ${token}` })).toBe(200);
    expect(byKey.socket.readyState).toBe(byKey.socket.OPEN);
    byKey.socket.close();
  });

  it('lets a session without one ask no more often than others', async () => {
    const limited = await openTestServer({ rateLimits: { requestsOfPerson: 2 } });
    try {
      const { headers } = await limited.addUser();
      await limited.serverSettings.change({ requireSecondFactor: 'everyone' }, {});
      const accounts = async () =>
        (await limited.app.inject({ url: '/api/v1/accounts', headers })).statusCode;

      expect([await accounts(), await accounts(), await accounts()]).toEqual([403, 403, 429]);
    } finally {
      await limited.close();
    }
  });

  it('of administrators is none of traders', async () => {
    const [user, other] = [await server.addUser(), await server.addUser('admin')];
    await askFor('administrators');

    expect(await get('/api/v1/accounts', user.headers)).toBe(200);
    expect(await get('/api/v1/admin/users', other.headers)).toBe(403);
    expect(await get('/api/v1/me', other.headers)).toBe(200);
  });

  it('is made by an administrator who has one, who cannot remove it then, and by a command', async () => {
    const wish = { requireSecondFactor: 'administrators' };

    const refused = await change(admin.headers, wish);
    const { secret } = await addFactor(admin);
    const made = await change(admin.headers, wish);
    const kept = await ask('POST', '/api/v1/me/second-factor/remove', admin.headers, {
      password: PASSWORD,
      code: codeAt(secret, server.clock.now),
    });

    expect([refused.statusCode, refused.json().code]).toEqual([409, 'second-factor-missing']);
    expect([made.statusCode, made.json().requireSecondFactor]).toEqual([200, 'administrators']);
    expect([kept.statusCode, kept.json().code]).toEqual([409, 'second-factor-required']);
    const entry = await server.database
      .selectFrom('events')
      .select('details')
      .where('type', '=', 'settings-changed')
      .where('user_id', '=', admin.id)
      .executeTakeFirstOrThrow();
    expect(entry.details).toMatchObject({ requireSecondFactor: { from: 'none', to: 'administrators' } });
  });
});

describe('the API’s description', () => {
  it.each(['/api/openapi.json', '/api/docs/json', '/api/docs/'])(
    'is for anyone, or for people who are signed in: %s',
    async (path) => {
      const user = await server.addUser();
      expect(await get(path, {})).toBe(200);

      await server.serverSettings.change({ hideApiDescription: true }, {});
      server.clock.now += 1_000;

      expect(await get(path, {})).toBe(401);
      expect(await get(path, { cookie: `session=${user.token}` })).toBe(200);
      expect(await get(path, user.headers)).toBe(200);
    },
  );
});
