/** `/instruments/…/candles`, with and without an account, and `/accounts/…/candles/latest`. */

import type { FastifyInstance, FastifyRequest } from 'fastify';
import { queryList } from '../read-query.ts';
import { pathText, requestedAccount } from '../requested-account.ts';
import { invalidValue, missingParameter } from '../v20-error.ts';
import { candleQuery, candleStyle, readSpecification } from './candle-query.ts';
import { choose, smooth, wireCandle } from './chosen-candles.ts';
import type { Instrument } from '../../../core/domain/instrument.ts';
import type { PriceBoard } from '../prices/price-board.ts';
import type { Simulator } from '../simulator.ts';
import type { Fields } from '../v20-error.ts';

/** The most recent complete candle, and the one in progress. */
const LATEST = 2;

export function registerCandleRoutes(api: FastifyInstance, simulator: Simulator, board: PriceBoard): void {
  const candles = (request: FastifyRequest): Fields => {
    const instrument = namedInstrument(simulator, pathText(request, 'instrument'), 'instrument');
    const now = simulator.now();
    const query = candleQuery(request, now);
    const { granularity, alignment, prices } = query;
    const made = board.candles.candles(instrument.name, granularity, alignment);
    const chosen = choose(query.isSmooth ? smooth(made) : made, query);
    return {
      instrument: instrument.name,
      granularity,
      candles: chosen.map((candle) => wireCandle(candle, { instrument, prices, style: query, now })),
    };
  };

  api.get('/instruments/:instrument/candles', (request) => candles(request));

  api.get('/accounts/:accountID/instruments/:instrument/candles', (request) => {
    requestedAccount(simulator, request);
    return candles(request);
  });

  api.get('/accounts/:accountID/candles/latest', (request) => {
    requestedAccount(simulator, request);
    const name = 'candleSpecifications';
    const texts = queryList(request, name);
    if (!texts) throw missingParameter(name);
    const style = candleStyle(request);
    const now = simulator.now();
    const latestCandles = texts.map((text) => {
      const wanted = readSpecification(text);
      if (!wanted) throw invalidValue(name);
      const { granularity, prices } = wanted;
      const instrument = namedInstrument(simulator, wanted.instrument, name);
      const made = board.candles.candles(instrument.name, granularity, style.alignment);
      const newest = (style.isSmooth ? smooth(made) : made).slice(-LATEST);
      return {
        instrument: instrument.name,
        granularity,
        candles: newest.map((candle) => wireCandle(candle, { instrument, prices, style, now })),
      };
    });
    return { latestCandles };
  });
}

function namedInstrument(simulator: Simulator, name: string, parameter: string): Instrument {
  const instrument = simulator.instruments.find(name);
  if (!instrument) throw invalidValue(parameter);
  return instrument;
}
