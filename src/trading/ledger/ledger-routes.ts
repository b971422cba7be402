/** The money of an account: every booking on its balance, and what each trading day came to. */

import { Type } from 'typebox';
import { principalOf } from '../../http/authenticate.ts';
import { asCsvFile, CSV_MEDIA_TYPE, csvText, wantsCsv } from '../../http/csv.ts';
import {
  badCursor,
  decodeCursor,
  encodeCursor,
  limitOf,
  pageParameters,
  pageSchema,
} from '../../http/pagination.ts';
import { IdParams, namedObject } from '../../http/schemas.ts';
import { accountStatement } from './account-statement.ts';
import { BookingView, bookingView, Day, StatementDayView, statementDayView } from './ledger-views.ts';
import type { Booking } from '../../core/domain/booking.ts';
import type { App } from '../../http/route.ts';
import type { Accounts } from '../accounts/accounts.ts';
import type { RunningAccounts } from '../positions/position-values.ts';
import type { BookingStore } from './booking-store.ts';

export interface LedgerRouteDependencies {
  readonly accounts: Accounts;
  readonly supervisor: RunningAccounts;
  readonly stores: { readonly bookings: BookingStore };
}

const COLUMNS = Object.keys(StatementDayView.properties);

export function registerLedgerRoutes(
  app: App,
  { accounts, supervisor, stores }: LedgerRouteDependencies,
): void {
  app.get('/accounts/:id/ledger', {
    config: { access: 'user', problems: ['not-found'] },
    schema: {
      operationId: 'listBookings',
      summary: 'What moved the balance of an account, newest first',
      description:
        'The log of its broker as money. Fills that only opened a position, free of commission, are left out.',
      tags: ['accounts'],
      params: IdParams,
      querystring: Type.Object(pageParameters, { additionalProperties: false }),
      response: { 200: pageSchema(BookingView) },
    },
    handler: async (request) => {
      const { id } = await accounts.get(principalOf(request).userId, request.params.id);
      const limit = limitOf(request.query);
      const belowTransaction = placeOf(request.query.cursor);
      const read = await take(stores.bookings.newestOf(id, { belowTransaction }), limit + 1);
      const items = read.slice(0, limit);
      const last = items.at(-1);
      return {
        items: items.map(bookingView),
        nextCursor:
          read.length > limit && last ? encodeCursor('booking', [String(last.transactionId)]) : null,
      };
    },
  });

  app.get('/accounts/:id/statement', {
    config: { access: 'user', cost: 'history', problems: ['not-found'] },
    schema: {
      operationId: 'getStatement',
      summary: 'What each trading day booked, oldest first',
      description:
        'The days that are traded, and others with a booking, from where the log of the account begins; the last may not be over. With `Accept: text/csv` as CSV.',
      tags: ['accounts'],
      params: IdParams,
      querystring: Type.Object(
        {
          from: Type.Optional({
            ...Day,
            description: 'The first trading day; 31 days before `to` when left out.',
          }),
          to: Type.Optional({ ...Day, description: 'The last trading day; the present one when left out.' }),
        },
        { additionalProperties: false },
      ),
      response: {
        200: {
          description: 'The days, as JSON or as CSV.',
          content: {
            'application/json': {
              schema: namedObject('Statement', {
                currency: Type.String(),
                days: Type.Array(StatementDayView),
              }),
            },
            [CSV_MEDIA_TYPE]: { schema: Type.Unsafe<string>({ type: 'string' }) },
          },
        },
      },
    },
    handler: async (request, reply) => {
      const account = await accounts.get(principalOf(request).userId, request.params.id);
      const { snapshot } = supervisor.find(account.id)?.valuation.summary() ?? account;
      const subject = { accountId: account.id, knownUntil: snapshot?.at };
      const days = (await accountStatement(stores.bookings, subject, request.query)).map(statementDayView);
      if (!wantsCsv(request)) return { currency: account.currency, days };
      asCsvFile(reply, 'statement');
      return reply.send(csvText(COLUMNS, days));
    },
  });
}

function placeOf(cursor: string | undefined): number | undefined {
  if (cursor === undefined) return undefined;
  const [text = ''] = decodeCursor('booking', cursor, 1);
  if (!/^\d{1,15}$/.test(text)) throw badCursor();
  return Number(text);
}

async function take(bookings: AsyncIterable<Booking>, count: number): Promise<readonly Booking[]> {
  const taken: Booking[] = [];
  for await (const booking of bookings) {
    taken.push(booking);
    if (taken.length === count) break;
  }
  return taken;
}
