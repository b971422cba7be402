/** Every route for everyone who may not use it, and for the things of others: refused, and nothing is changed. */

import { randomUUIDv7 } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { listRoutes } from '../support/requests/listed-routes.ts';
import { addOwner, administeredThings } from '../support/requests/owned-things.ts';
import { limitedTokens, tokensThatOpenNothing } from '../support/requests/refused-people.ts';
import { idOfKind, placeName, placesOf, requestAt, requestOf } from '../support/requests/route-requests.ts';
import { changedTables, tablePrinter } from '../support/requests/table-prints.ts';
import { useServer } from '../support/test-server.ts';
import type { LimitedToken } from '../support/requests/refused-people.ts';
import type { ListedRoute } from '../support/requests/listed-routes.ts';
import type { OwnedThings } from '../support/requests/owned-things.ts';
import type { IdsByKind } from '../support/requests/route-requests.ts';
import type { TablePrints } from '../support/requests/table-prints.ts';

const { routes, register } = listRoutes();
const UNLIMITED = 1_000_000;
const context = useServer({
  routes: [register],
  rateLimits: { requestsOfPerson: UNLIMITED, requestsOfAddress: UNLIMITED },
});

let owner: OwnedThings;
let stranger: OwnedThings;
let administrator: { readonly token: string };
/** Things that belong to no one: only administrators ask for them. */
let administered: IdsByKind;
let print: () => Promise<TablePrints>;

beforeAll(async () => {
  const { server } = context;
  owner = await addOwner(server);
  stranger = await addOwner(server);
  administrator = await server.addUser('admin');
  const block = await server.app.inject({
    method: 'POST',
    url: '/api/v1/admin/blocked-ips',
    headers: { authorization: `Bearer ${administrator.token}` },
    payload: { ipAddress: '192.0.2.77', reason: 'for the test' },
  });
  administered = administeredThings(stranger, block.json().id);
  print = await tablePrinter(server.orm);
});

interface Answer {
  readonly status: number;
  readonly body: string;
}

async function send(request: ReturnType<typeof requestAt>, token: string | undefined): Promise<Answer> {
  const headers = { ...request.headers, ...(token !== undefined && { authorization: `Bearer ${token}` }) };
  const { statusCode, body } = await context.server.app.inject({ ...request, headers });
  return { status: statusCode, body };
}

/** An answer without what differs between any two requests. */
const withoutTrace = ({ status, body }: Answer, id: string) =>
  `${status} ${body.replace(/"requestId":"[^"]*"/, '').replaceAll(id, 'ID')}`;

const problemOf = ({ status, body }: Answer) =>
  status < 400 ? String(status) : `${status} ${JSON.parse(body).code}`;

/** Runs what finds wrong answers and must change nothing; expects that there are none, and that every table is as it was. */
async function expectNothingWrong(findWrong: () => Promise<readonly string[]>): Promise<void> {
  const before = await print();
  const wrong = await findWrong();
  expect({ wrong, changed: changedTables(before, await print()) }).toEqual({ wrong: [], changed: [] });
}

const closedRoutes = () => routes.filter(({ access }) => access !== 'public');
const allThings = (): IdsByKind => new Map([...owner.idsByKind, ...administered]);

describe('who is not let in', () => {
  it('gets the same 401 everywhere, whatever opens nothing, and changes nothing', async () => {
    const tokens = await tokensThatOpenNothing(context.server);

    await expectNothingWrong(async () => {
      const answers: string[] = [];
      for (const [whose, token] of tokens)
        for (const route of closedRoutes()) {
          const problem = problemOf(await send(requestOf(route, allThings()), token));
          if (problem !== '401 unauthenticated') answers.push(`${whose}: ${route.name} → ${problem}`);
        }
      return answers;
    });

    expect([tokens.size, closedRoutes().length > 75]).toEqual([11, true]);
  });
});

/** Why a route refuses a token, undefined when it does not. */
function refusalOf(route: ListedRoute, { mayChange, isAdmin, isSession }: LimitedToken): string | undefined {
  if (route.needsSession && !isSession) return '403 session-needed';
  if (route.access === 'admin' && !isAdmin)
    return isSession ? '403 forbidden' : '403 (scope-missing|forbidden)';
  return route.method === 'GET' || mayChange ? undefined : '403 scope-missing';
}

describe('who may not do everything', () => {
  it('is refused the rest, by role, by scope, and without a session, and changes nothing', async () => {
    const tokens = await limitedTokens(context.server, owner.user);
    let asked = 0;

    await expectNothingWrong(async () => {
      const answers: string[] = [];
      for (const [whose, limited] of tokens)
        for (const route of closedRoutes()) {
          const refusal = refusalOf(route, limited);
          if (refusal === undefined) continue;
          asked += 1;
          const problem = problemOf(await send(requestOf(route, allThings()), limited.token));
          if (!new RegExp(`^${refusal}$`).test(problem))
            answers.push(`${whose}: ${route.name} → ${problem}, wanted was ${refusal}`);
        }
      return answers;
    });

    expect(asked).toBeGreaterThan(150);
  });
});

/** What reads goes before what changes, and what removes comes last. */
const ORDER = ['GET', 'PUT', 'PATCH', 'POST', 'DELETE'];

describe('the things of another person', () => {
  const places = () =>
    routes
      .filter(({ access }) => access === 'user')
      .flatMap(placesOf)
      .toSorted((a, b) => ORDER.indexOf(a.route.method) - ORDER.indexOf(b.route.method));

  it('look like what is not there, and are not changed', async () => {
    await expectNothingWrong(async () => {
      const answers: string[] = [];
      for (const place of places()) {
        const [foreignId, absentId] = [idOfKind(place.kind, owner.idsByKind), randomUUIDv7()];
        const ask = (id: string) => send(requestAt(place, id, stranger.idsByKind), stranger.user.token);
        const foreign = await ask(foreignId);
        const absent = await ask(absentId);
        const isFiltered = place.where === 'query' && foreign.status === 200;
        const isNamed = JSON.parse(foreign.body).errors?.[0].pointer.startsWith(`/${place.field}`) === true;
        if (foreign.status !== 404 && !isFiltered && !isNamed)
          answers.push(`${placeName(place)} → ${foreign.status} ${foreign.body}`);
        if (withoutTrace(foreign, foreignId) !== withoutTrace(absent, absentId))
          answers.push(`${placeName(place)} → ${foreign.body}, and where nothing is → ${absent.body}`);
      }
      return answers;
    });

    expect(places().length).toBeGreaterThan(60);
  });

  it('are in no list', async () => {
    const lists = routes.filter(({ access, method, path }) => {
      return access === 'user' && method === 'GET' && !path.includes('/:id');
    });
    const idsOfOwner = [owner.user.id, ...owner.idsByKind.values()];
    const shownTo = async ({ idsByKind, user }: OwnedThings) => {
      const answers = await Promise.all(
        lists.map((route) => send(requestOf(route, idsByKind), user.token).then(({ body }) => body)),
      );
      return idsOfOwner.filter((id) => answers.some((answer) => answer.includes(id)));
    };

    await expectNothingWrong(() => shownTo(stranger));

    expect(await shownTo(owner)).toEqual(idsOfOwner);
  });

  it('are found by their owner with the same requests', async () => {
    const wrong: string[] = [];
    for (const place of places()) {
      const id = idOfKind(place.kind, owner.idsByKind);
      const foreign = await send(requestAt(place, id, stranger.idsByKind), stranger.user.token);
      const own = await send(requestAt(place, id, owner.idsByKind), owner.user.token);
      if ([401, 403].includes(own.status) || withoutTrace(own, id) === withoutTrace(foreign, id))
        wrong.push(`${placeName(place)} → ${own.status} ${own.body}`);
    }

    expect(wrong).toEqual([]);
  });
});

describe('what administrators ask for', () => {
  it('is not found when it is not there', async () => {
    // A filter by what is not there finds nothing.
    const places = routes
      .filter(({ access }) => access === 'admin')
      .flatMap(placesOf)
      .filter(({ where }) => where !== 'query');

    await expectNothingWrong(async () => {
      const answers: string[] = [];
      for (const place of places) {
        const answer = await send(requestAt(place, randomUUIDv7(), allThings()), administrator.token);
        if (answer.status !== 404) answers.push(`${placeName(place)} → ${answer.status} ${answer.body}`);
      }
      return answers;
    });

    expect(places.length).toBeGreaterThan(5);
  });
});
