/** The instruments that can be traded. */

import { Type } from 'typebox';
import type { Static } from 'typebox';
import { Problem } from '../core/shared/problem.ts';
import { formatDecimal } from '../core/shared/decimal.ts';
import { formatPrice, marginRateOf, TRADING_HOURS } from '../core/domain/instrument.ts';
import { PAPER_INSTRUMENTS } from '../core/domain/paper-instruments.ts';
import { principalOf } from '../http/authenticate.ts';
import { Decimal, Id, orNull, Units } from '../http/values.ts';
import { namedObject } from '../http/schemas.ts';
import { listSchema } from '../http/pagination.ts';
import type { Instrument } from '../core/domain/instrument.ts';
import type { Instruments } from '../core/domain/instruments.ts';
import type { App } from '../http/route.ts';

/** Rates are stated to the hundredth of a percent; one that a leverage makes, such as a thirtieth, has more digits. */
const RATE_PLACES = 8;
const USUAL_RATE_PLACES = 4;

const FinancingView = namedObject('InstrumentFinancing', {
  longRate: Type.String({ description: "Part of a long position's value per year; negative is paid." }),
  shortRate: Decimal,
  daysCharged: Type.Array(Type.Integer(), {
    description: 'Days charged at 17:00 New York, by the weekday there: seven numbers, Sunday first.',
  }),
});

const InstrumentView = namedObject('Instrument', {
  name: Type.String({ examples: ['EUR_USD'] }),
  baseCurrency: Type.String(),
  quoteCurrency: Type.String(),
  pricePrecision: Type.Integer({ description: 'Digits after the point in a price.' }),
  pipLocation: Type.Integer({ description: 'One pip is ten to this power.' }),
  unitsPrecision: Type.Integer({
    description: 'Digits after the point in units; one with more than six cannot be traded here.',
  }),
  minimumUnits: Units,
  maximumOrderUnits: Units,
  maximumPositionUnits: orNull(Units),
  marginRate: Type.String({
    description:
      "The part of a position's value that it binds; with `accountId` as the account's leverage raises it.",
  }),
  minimumTrailingDistance: Decimal,
  maximumTrailingDistance: Decimal,
  financing: FinancingView,
  tradingHours: Type.Enum(TRADING_HOURS),
});

/** What an account can trade, and the least margin rate that it wants of any of it. */
export interface AccountOffer {
  readonly instruments: Instruments;
  readonly marginRate: number;
}

export interface InstrumentRouteDependencies {
  readonly accounts: {
    /** Refuses an account that is not the person's. */
    readonly offerOf: (userId: string, accountId: string) => Promise<AccountOffer>;
  };
}

/** What is offered to who names no account. */
const PAPER_OFFER: AccountOffer = { instruments: PAPER_INSTRUMENTS, marginRate: 0 };

const InstrumentsQuery = Type.Object(
  { accountId: Type.Optional(Id) },
  {
    additionalProperties: false,
    description: 'With an account its instruments and margin rates; without one those of paper accounts.',
  },
);

export function registerInstrumentRoutes(app: App, { accounts }: InstrumentRouteDependencies): void {
  const offerTo = async (userId: string, accountId: string | undefined): Promise<AccountOffer> =>
    accountId === undefined ? PAPER_OFFER : accounts.offerOf(userId, accountId);

  app.get('/instruments', {
    config: { access: 'user', problems: ['not-found'] },
    schema: {
      operationId: 'listInstruments',
      summary: 'All instruments',
      tags: ['market'],
      querystring: InstrumentsQuery,
      response: { 200: listSchema(InstrumentView) },
    },
    handler: async (request) => {
      const offer = await offerTo(principalOf(request).userId, request.query.accountId);
      return { items: offer.instruments.list.map((instrument) => instrumentView(instrument, offer)) };
    },
  });

  app.get('/instruments/:name', {
    config: { access: 'user', problems: ['not-found'] },
    schema: {
      operationId: 'getInstrument',
      summary: 'One instrument',
      tags: ['market'],
      params: Type.Object({ name: Type.String({ maxLength: 32 }) }),
      querystring: InstrumentsQuery,
      response: { 200: InstrumentView },
    },
    handler: async (request) => {
      const offer = await offerTo(principalOf(request).userId, request.query.accountId);
      const instrument = offer.instruments.find(request.params.name);
      if (!instrument) throw new Problem('not-found', 'There is no such instrument.');
      return instrumentView(instrument, offer);
    },
  });
}

function instrumentView(instrument: Instrument, { marginRate }: AccountOffer): Static<typeof InstrumentView> {
  const { name, base, quote, financing } = instrument;
  return {
    name,
    baseCurrency: base,
    quoteCurrency: quote,
    pricePrecision: instrument.pricePrecision,
    pipLocation: instrument.pipLocation,
    unitsPrecision: instrument.unitsPrecision,
    minimumUnits: instrument.minimumUnits,
    maximumOrderUnits: instrument.maximumOrderUnits,
    maximumPositionUnits: instrument.maximumPositionUnits ?? null,
    marginRate: rateText(marginRateOf(instrument, marginRate)),
    minimumTrailingDistance: formatPrice(instrument, instrument.minimumTrailingPoints),
    maximumTrailingDistance: formatPrice(instrument, instrument.maximumTrailingPoints),
    financing: {
      longRate: rateText(financing.longRate),
      shortRate: rateText(financing.shortRate),
      daysCharged: [...financing.daysCharged],
    },
    tradingHours: instrument.tradingHours,
  };
}

/** A rate with four digits, and more only where it has more. */
function rateText(rate: number): string {
  const text = formatDecimal(Math.round(rate * 10 ** RATE_PLACES), RATE_PLACES);
  const extra = RATE_PLACES - USUAL_RATE_PLACES;
  return text.endsWith('0'.repeat(extra)) ? text.slice(0, -extra) : text;
}
