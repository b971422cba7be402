/** The security overview, for administrators. */

import { Type } from 'typebox';
import { Id, Instant, instantText, instantTextOrNull, orNull } from '../../http/values.ts';
import { CHANGE_NAMES, CHANGES } from './security-changes.ts';
import { DEFAULT_HOURS, MOST_HOURS } from './security-overviews.ts';
import { namedObject } from '../../http/schemas.ts';
import type { TInteger } from 'typebox';
import type { App } from '../../http/route.ts';
import type { ChangeCounts } from './security-changes.ts';
import type { SecurityOverview } from './security-overview-store.ts';
import type { SecurityOverviews } from './security-overviews.ts';

export interface SecurityOverviewRouteDependencies {
  readonly securityOverviews: SecurityOverviews;
}

const count = (description: string) => Type.Integer({ description });
const person = { userId: Id, username: Type.String() };

const OverviewView = namedObject('SecurityOverview', {
  from: Instant,
  to: Instant,
  failedSignIns: Type.Object({
    count: count('How many sign-ins failed. Here and below, at most the newest 100,000 entries count.'),
    byAddress: Type.Array(
      Type.Object({
        ipAddress: orNull(Type.String()),
        count: Type.Integer(),
        people: count('How many different people were tried that exist.'),
      }),
      { description: 'The 20 addresses with the most.' },
    ),
    byPerson: Type.Array(Type.Object({ ...person, count: Type.Integer() }), {
      description: 'The 20 people with the most.',
    }),
  }),
  changes: Type.Object({
    ...(Object.fromEntries(CHANGE_NAMES.map((name) => [name, count(`${CHANGES[name].things}.`)])) as Record<
      keyof ChangeCounts,
      TInteger
    >),
    newDevices: count('Sign-ins from a browser or program that was not known.'),
  }),
  delayed: Type.Array(Type.Object({ ...person, until: Instant }), {
    description: 'Who has to wait now after failed sign-ins, from where they never signed in; at most 20.',
  }),
  blocks: Type.Object({
    automatic: count('Blocks that hold now and came from failed sign-ins.'),
    manual: count('Blocks that hold now and came from administrators.'),
    newest: Type.Array(
      Type.Object({
        id: Id,
        ipAddress: Type.String(),
        reason: Type.String(),
        isAutomatic: Type.Boolean(),
        blockedUntil: orNull({ ...Instant, description: 'Null is for ever.' }),
      }),
      { description: 'The newest 20.' },
    ),
  }),
  administrators: Type.Array(Type.Object({ ...person, hasSecondFactor: Type.Boolean() }), {
    description: 'Who may administer now.',
  }),
  peopleWithoutSecondFactor: count('People who may use the server and sign in with the password alone.'),
  interventions: Type.Array(
    Type.Object({
      sequence: Type.Integer({ description: 'The number of the journal entry.' }),
      at: Instant,
      type: Type.String(),
      description: Type.String(),
      userId: orNull({ ...Id, description: 'Whom it is about.' }),
      administratorId: orNull({ ...Id, description: 'Null when the entry does not name one.' }),
    }),
    { description: 'What administrators did, the newest 20.' },
  ),
});

const OverviewQuery = Type.Object(
  {
    hours: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: MOST_HOURS,
        default: DEFAULT_HOURS,
        description: 'How far back.',
      }),
    ),
  },
  { additionalProperties: false },
);

export function registerSecurityOverviewRoutes(
  app: App,
  { securityOverviews }: SecurityOverviewRouteDependencies,
): void {
  app.get('/admin/security', {
    config: { access: 'admin' },
    schema: {
      operationId: 'getSecurityOverview',
      summary: 'What happened to the safety of accounts lately, and what holds now',
      tags: ['admin'],
      querystring: OverviewQuery,
      response: { 200: OverviewView },
    },
    handler: async (request) =>
      overviewView(await securityOverviews.ofLast(request.query.hours ?? DEFAULT_HOURS)),
  });
}

function overviewView(overview: SecurityOverview) {
  const { failedSignIns, delayed, blocks, administrators, interventions } = overview;
  return {
    ...overview,
    from: instantText(overview.from),
    to: instantText(overview.to),
    failedSignIns: {
      ...failedSignIns,
      byAddress: failedSignIns.byAddress.map((row) => ({ ...row, ipAddress: row.ipAddress ?? null })),
      byPerson: [...failedSignIns.byPerson],
    },
    delayed: delayed.map((row) => ({ ...row, until: instantText(row.until) })),
    blocks: {
      ...blocks,
      newest: blocks.newest.map((row) => ({ ...row, blockedUntil: instantTextOrNull(row.blockedUntil) })),
    },
    administrators: [...administrators],
    interventions: interventions.map((row) => ({
      ...row,
      at: instantText(row.at),
      userId: row.userId ?? null,
      administratorId: row.administratorId ?? null,
    })),
  };
}
