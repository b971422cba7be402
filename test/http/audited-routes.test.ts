/** Every route that changes something leaves an entry in the journal: who, by which request, from where, and what was before and after. */
import { expect, it } from 'vitest';
import { listRoutes } from '../support/requests/listed-routes.ts';
import { addOwner, administeredThings } from '../support/requests/owned-things.ts';
import { requestOf } from '../support/requests/route-requests.ts';
import { PASSWORD, useServer } from '../support/test-server.ts';
import type { ListedRoute } from '../support/requests/listed-routes.ts';

const { routes, register } = listRoutes();
const UNLIMITED = 1_000_000;
const context = useServer({
  routes: [register],
  rateLimits: { requestsOfPerson: UNLIMITED, requestsOfAddress: UNLIMITED },
});

/** Which leave none, and why. */
const REASONS: Readonly<Record<string, string>> = {
  previewOrder: 'it changes nothing',
  markNotificationRead: 'a person reads, many times a day',
  markAllNotificationsRead: 'the same',
};
/** What acts and has no fields before and after, and why. */
const WITHOUT_FIELDS: Readonly<Record<string, string>> = {
  closePosition: 'it makes an order, whose entries say what became of it and of the position',
  closeNetPosition: 'the same',
  closePositions: 'the same',
  cancelOrders: 'the entry of each order says what became of it',
  runJob: 'the job says what it did',
  closeAccountOfPerson: 'it is done later, by the copy of the server that runs the account',
};
/** Of these the journal says only that they changed: no answer shows them. */
const UNSHOWN: ReadonlySet<string> = new Set(['newPassword', 'secondFactor', 'sessions']);
/** It ends the session of the test. */
const LEFT_OUT: ReadonlySet<string> = new Set(['logout']);
const WRITES: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);
/** Bodies that are taken, where a drawn one is refused. */
const BODIES: Readonly<Record<string, object>> = {
  changeMe: { timezone: 'Asia/Tokyo' },
  changeSettings: { preferences: { theme: 'dark' } },
  createApiKey: { name: 'another', scope: 'read', password: PASSWORD },
  blockIp: { ipAddress: '192.0.2.78', reason: 'for the test' },
  changeServerSettings: { journalDays: 400 },
  changeUser: { role: 'admin' },
};

/** They end what others change. */
const ENDS: ReadonlySet<string> = new Set(['cancelOrders', 'closePositions', 'killAccount']);

/** A person's own changes come first, and what removes something last. */
function rankOf({ access, method, name }: ListedRoute): number {
  return (access === 'admin' ? 4 : 0) + (method === 'DELETE' ? 2 : 0) + (ENDS.has(name) ? 1 : 0);
}

/** What makes something has nothing before. */
function actsOnSomething({ method, path }: ListedRoute): boolean {
  return method !== 'POST' || path.includes('/:');
}

it('a change is recorded, whatever the route', async () => {
  const { server } = context;
  const [owner, other] = [await addOwner(server), await addOwner(server)];
  const administrator = await server.addUser('admin');
  const block = await server.app.inject({
    method: 'POST',
    url: '/api/v1/admin/blocked-ips',
    headers: administrator.headers,
    payload: { ipAddress: '192.0.2.77', reason: 'for the test' },
  });
  // So that there is something to unlock.
  await server.app.inject({
    method: 'POST',
    url: '/api/v1/auth/login',
    payload: { email: other.user.email, password: 'not the password' },
  });
  const things = new Map([...owner.idsByKind, ...administeredThings(other, block.json().id)]);
  const changing = routes
    .filter(({ method, access, name }) => WRITES.has(method) && access !== 'public' && !LEFT_OUT.has(name))
    .toSorted((a, b) => rankOf(a) - rankOf(b));

  const answered: string[] = [];
  const refused: string[] = [];
  const wrong: string[] = [];
  for (const route of changing) {
    const request = requestOf(route, things);
    const payload = BODIES[route.name] ?? request.payload;
    const sender = route.access === 'admin' ? administrator : owner.user;
    const { statusCode, headers, body } = await server.app.inject({
      ...request,
      ...(payload !== undefined && { payload }),
      headers: { ...request.headers, ...sender.headers },
    });
    if (statusCode >= 400) {
      refused.push(`${route.name} ${statusCode} ${body}`);
      continue;
    }
    answered.push(route.name);
    const entries = await server.database
      .selectFrom('events')
      .select(['actor_id', 'actor', 'ip_address', 'details'])
      .where('request_id', '=', String(headers['x-request-id']))
      .execute();
    const isSaid = entries.some(
      ({ actor_id: id, actor, ip_address: address }) =>
        id === sender.id && actor?.['name'] === sender.username && address === '127.0.0.1',
    );
    if (isSaid === route.name in REASONS)
      wrong.push(`${route.name} ${statusCode} ${JSON.stringify(entries)}`);
    const hasFields = entries.some(({ details }) => 'before' in details && 'after' in details);
    if (actsOnSomething(route) && !(route.name in REASONS) && hasFields === route.name in WITHOUT_FIELDS)
      wrong.push(`${route.name} without before and after: ${JSON.stringify(entries)}`);
    const unshown = entries
      .flatMap(({ details }) => Object.entries(details['after'] ?? {}))
      .filter(([name, value]) => value === 'changed' && !UNSHOWN.has(name));
    if (unshown.length > 0) wrong.push(`${route.name} changed what is not shown: ${String(unshown)}`);
  }

  expect(wrong).toEqual([]);
  // The others ask for a password, a code or a state that nothing here is in.
  expect(answered.length, refused.join('\n')).toBeGreaterThan(40);
});
