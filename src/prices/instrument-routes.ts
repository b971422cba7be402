/** The instruments that can be traded. */

import { Type } from 'typebox';
import { Problem } from '../core/shared/problem.ts';
import { formatDecimal } from '../core/shared/decimal.ts';
import { formatPrice } from '../core/domain/instrument.ts';
import { PAPER_INSTRUMENTS } from '../core/domain/paper-instruments.ts';
import type { Instrument } from '../core/domain/instrument.ts';
import type { App } from '../http/route.ts';
import { Decimal, Units } from '../http/values.ts';

/** Margin rates have four decimal places: 0.0333 is 30 to 1. */
const MARGIN_RATE_PLACES = 4;

const InstrumentView = Type.Object({
  name: Type.String({ examples: ['EUR_USD'] }),
  baseCurrency: Type.String(),
  quoteCurrency: Type.String(),
  pricePrecision: Type.Integer({ description: 'Digits after the point in a price.' }),
  pipLocation: Type.Integer({ description: 'One pip is ten to this power.' }),
  minimumUnits: Units,
  maximumOrderUnits: Units,
  marginRate: Decimal,
  minimumTrailingDistance: Decimal,
  maximumTrailingDistance: Decimal,
});

export function registerInstrumentRoutes(app: App): void {
  const viewsByName = new Map(
    PAPER_INSTRUMENTS.list.map((instrument) => [instrument.name, instrumentView(instrument)]),
  );

  app.get('/instruments', {
    schema: {
      operationId: 'listInstruments',
      summary: 'All instruments',
      tags: ['market'],
      response: { 200: Type.Object({ items: Type.Array(InstrumentView) }) },
    },
    handler: () => ({ items: [...viewsByName.values()] }),
  });

  app.get('/instruments/:name', {
    config: { problems: ['not-found'] },
    schema: {
      operationId: 'getInstrument',
      summary: 'One instrument',
      tags: ['market'],
      params: Type.Object({ name: Type.String({ maxLength: 32 }) }),
      response: { 200: InstrumentView },
    },
    handler: (request) => {
      const view = viewsByName.get(request.params.name);
      if (!view) throw new Problem('not-found', 'There is no such instrument.');
      return view;
    },
  });
}

function instrumentView(instrument: Instrument) {
  return {
    name: instrument.name,
    baseCurrency: instrument.base,
    quoteCurrency: instrument.quote,
    pricePrecision: instrument.pricePrecision,
    pipLocation: instrument.pipLocation,
    minimumUnits: instrument.minimumUnits,
    maximumOrderUnits: instrument.maximumOrderUnits,
    marginRate: formatDecimal(
      Math.round(instrument.marginRate * 10 ** MARGIN_RATE_PLACES),
      MARGIN_RATE_PLACES,
    ),
    minimumTrailingDistance: formatPrice(instrument, instrument.minimumTrailingPoints),
    maximumTrailingDistance: formatPrice(instrument, instrument.maximumTrailingPoints),
  };
}
