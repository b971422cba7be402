/** The market: newest quotes, and whether it is open. */

import { Type } from 'typebox';
import { PAPER_INSTRUMENTS } from '../core/domain/paper-instruments.ts';
import { sessionAt } from '../core/domain/trading-hours.ts';
import { principalOf } from '../http/authenticate.ts';
import type { PriceHub } from './feeds/price-hub.ts';
import type { AccountPrices } from './newest-quotes.ts';
import { QuoteView, quoteView } from './quote-view.ts';
import { Id, Instant, instantText, instantTextOrNull, orNull } from '../http/values.ts';
import type { App } from '../http/route.ts';
import { InstrumentText, MOST_INSTRUMENTS, refuseUnknownInstruments } from './market-input.ts';
import { namedObject } from '../http/schemas.ts';
import { listSchema } from '../http/pagination.ts';

export interface MarketRouteDependencies {
  readonly hub: PriceHub;
  readonly accounts: {
    /** Refuses an account that is not the person's, or that does not run here. */
    readonly pricesOf: (userId: string, accountId: string) => Promise<AccountPrices>;
  };
}

const QuotesQuery = Type.Object(
  {
    accountId: Type.Optional(Id),
    instrument: Type.Optional(
      Type.Array(InstrumentText, {
        minItems: 1,
        maxItems: MOST_INSTRUMENTS,
        description: 'One instrument or several; all when left out.',
      }),
    ),
  },
  { additionalProperties: false },
);

const ClockView = namedObject('MarketClock', {
  marketTime: Type.String({
    format: 'date-time',
    description: "The market's time; on a recorded or sped-up market not the time on the wall.",
  }),
  isOpen: Type.Boolean({
    description:
      'Whether forex trades: from Sunday 17:03 to Friday 16:58, New York time, without 25 December and 1 January and the pause from 16:58 to 17:03 of each day. Gold and silver open at 18:03.',
  }),
  nextOpenAt: orNull(Instant),
});

export function registerMarketRoutes(app: App, { hub, accounts }: MarketRouteDependencies): void {
  const paperPrices = { instruments: PAPER_INSTRUMENTS, quotes: hub };

  app.get('/quotes', {
    config: { access: 'user', problems: ['not-found', 'account-not-trading'] },
    schema: {
      operationId: 'listQuotes',
      summary: 'The newest quote of each instrument',
      description:
        'Of an account as its broker sends them; without `accountId` those of the paper market. Instruments without a price yet are left out.',
      tags: ['market'],
      querystring: QuotesQuery,
      response: { 200: listSchema(QuoteView) },
    },
    handler: async (request) => {
      const { accountId, instrument: wanted } = request.query;
      const { instruments, quotes } =
        accountId === undefined
          ? paperPrices
          : await accounts.pricesOf(principalOf(request).userId, accountId);
      refuseUnknownInstruments(wanted ?? [], instruments);
      const items = quotes
        .latestQuotes()
        .filter(({ instrument }) => wanted?.includes(instrument) ?? true)
        .map((quote) => quoteView(quote, instruments));
      return { items };
    },
  });

  app.get('/market/clock', {
    config: { access: 'user' },
    schema: {
      operationId: 'getMarketClock',
      summary: "The market's time, and whether it is open",
      tags: ['market'],
      response: { 200: ClockView },
    },
    handler: () => {
      const at = hub.marketTime();
      const { opensAt } = sessionAt('forex', at);
      const isOpen = at >= opensAt;
      return {
        marketTime: instantText(at),
        isOpen,
        nextOpenAt: instantTextOrNull(isOpen ? undefined : opensAt),
      };
    },
  });
}
