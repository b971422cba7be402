/** The history of an account's equity, for charts. */

import { Type } from 'typebox';
import {
  dailyPoints,
  EQUITY_RESOLUTIONS,
  EQUITY_STEP_MS,
  equityStepStart,
} from '../../core/domain/equity-point.ts';
import { formatMoney } from '../../core/domain/money.ts';
import { principalOf } from '../../http/authenticate.ts';
import { refusedQuery } from '../../http/refused-query.ts';
import { IdParams, namedObject } from '../../http/schemas.ts';
import { Decimal, Instant, instantText } from '../../http/values.ts';
import type { EquityPoint, EquityResolution } from '../../core/domain/equity-point.ts';
import type { App } from '../../http/route.ts';
import type { Accounts } from '../accounts/accounts.ts';
import type { EquityStore } from './equity-store.ts';

export interface EquityRouteDependencies {
  readonly accounts: Accounts;
  readonly stores: { readonly equity: EquityStore };
}

/** A chart has fewer; an answer of these is some hundred kilobytes. */
const MOST_POINTS = 5_000;
const USUAL_POINTS = 500;

const Query = Type.Object(
  {
    from: Type.Optional({
      ...Instant,
      description: `The first point is of the minute, hour or day that holds it; ${USUAL_POINTS} steps before \`to\` when left out.`,
    }),
    to: Type.Optional({ ...Instant, description: 'Before this; with the newest point when left out.' }),
    resolution: Type.Optional(
      Type.Enum(EQUITY_RESOLUTIONS, {
        default: 'H1',
        description: 'M1: a minute, kept for 90 days. H1: an hour. D: a trading day, from 17:00 New York.',
      }),
    ),
  },
  { additionalProperties: false },
);

const EquityView = namedObject('EquityHistory', {
  resolution: Type.Enum(EQUITY_RESOLUTIONS),
  points: Type.Array(
    Type.Object({
      at: Type.String({ ...Instant, description: 'The start of the minute, hour or trading day.' }),
      balance: Decimal,
      nav: Type.String({ ...Decimal, description: 'The equity.' }),
    }),
    {
      description:
        'The last values seen in each step, oldest first. A step without a point is as the one before it.',
    },
  ),
});

export function registerEquityRoutes(app: App, { accounts, stores }: EquityRouteDependencies): void {
  app.get('/accounts/:id/equity', {
    config: { access: 'user', problems: ['not-found'] },
    schema: {
      operationId: 'getEquityHistory',
      summary: 'Balance and equity of an account over time',
      tags: ['accounts'],
      params: IdParams,
      querystring: Query,
      response: { 200: EquityView },
    },
    handler: async (request) => {
      const { id } = await accounts.get(principalOf(request).userId, request.params.id);
      const { from, to, resolution = 'H1' } = request.query;
      const until = to === undefined ? await endOf(stores.equity, id) : Date.parse(to);
      const stepMs = EQUITY_STEP_MS[resolution];
      const wanted = { from: from === undefined ? until - USUAL_POINTS * stepMs : Date.parse(from), until };
      refuseBadRange(wanted, stepMs);
      const points = await pointsOf(stores.equity, { accountId: id, resolution, ...wanted });
      return { resolution, points: points.map(pointView) };
    },
  });
}

/** A moment after the newest point. */
async function endOf(equity: EquityStore, accountId: string): Promise<number> {
  return ((await equity.newestAt(accountId)) ?? 0) + 1;
}

interface WantedPoints {
  readonly accountId: string;
  readonly resolution: EquityResolution;
  readonly from: number;
  readonly until: number;
}

async function pointsOf(
  equity: EquityStore,
  { resolution, from, ...wanted }: WantedPoints,
): Promise<readonly EquityPoint[]> {
  const start = equityStepStart(resolution, from);
  if (resolution !== 'D') return equity.find({ ...wanted, resolution, from: start });
  return dailyPoints(await equity.find({ ...wanted, resolution: 'H1', from: start }));
}

function refuseBadRange(
  { from, until }: { readonly from: number; readonly until: number },
  stepMs: number,
): void {
  if (from >= until)
    throw refusedQuery('/from', 'must be before `to`, and not after the newest point without one');
  if (until - from > MOST_POINTS * stepMs)
    throw refusedQuery(
      '/resolution',
      `has more than ${MOST_POINTS} steps in that time: take a coarser one, or ask for less time`,
    );
}

function pointView({ at, balance, nav }: EquityPoint) {
  return { at: instantText(at), balance: formatMoney(balance), nav: formatMoney(nav) };
}
