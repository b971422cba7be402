/** Reads what candles are asked for. */

import type { FastifyRequest } from 'fastify';
import { GRANULARITIES, granularityMs } from '../../../core/domain/candle.ts';
import { queryFlag, queryText, queryTime, queryWhole, queryWord } from '../read-query.ts';
import { invalidValue, V20Error } from '../v20-error.ts';
import { alignmentOf, WEEKDAYS } from './candle-alignment.ts';
import type { Granularity } from '../../../core/domain/candle.ts';
import type { CandleAlignment } from './candle-alignment.ts';

/** The prices of candles that are wanted: middle, bid, ask. */
export interface CandlePrices {
  readonly mid: boolean;
  readonly bid: boolean;
  readonly ask: boolean;
}

/** How candles are to be made, whatever their time. */
export interface CandleStyle {
  readonly alignment: CandleAlignment;
  /** Whether each opens at the close of the one before. */
  readonly isSmooth: boolean;
  /** Bid and ask are those of a trade of so many units. */
  readonly units: number;
}

/** Which candles are wanted. `from` and `to` are UTC ms. */
export interface CandleQuery extends CandleStyle {
  readonly granularity: Granularity;
  readonly prices: CandlePrices;
  readonly count: number;
  readonly from: number | undefined;
  readonly to: number | undefined;
  /** Whether the candle in which `from` lies is one of them. */
  readonly hasFirst: boolean;
}

// All defaults and limits: OANDA v20.
const DEFAULT_COUNT = 500;
const LARGEST_COUNT = 5_000;
const DEFAULT_GRANULARITY = 'S5';
const DEFAULT_HOUR = 17;
const DEFAULT_ZONE = 'America/New_York';
const DEFAULT_WEEKDAY = 'Friday';

/** Returns what a request for the candles of one instrument wants; refuses a time in the future of the market. */
export function candleQuery(request: FastifyRequest, now: number): CandleQuery {
  const [from, to] = [queryTime(request, 'from'), queryTime(request, 'to')];
  for (const [name, at] of Object.entries({ from, to }))
    if (at !== undefined && at > now) throw invalidValue(name, 'Time is in the future');
  if (from !== undefined && to !== undefined && from > to) throw invalidValue('to', "It is before 'from'");
  const count = queryWhole(request, 'count');
  if (count !== undefined && from !== undefined && to !== undefined)
    throw invalidValue('count', "It cannot be specified together with both 'from' and 'to'");
  if (count !== undefined && count > LARGEST_COUNT)
    throw new V20Error(400, "Maximum value for 'count' exceeded");
  if (count === 0) throw invalidValue('count');
  const granularity = queryWord(request, 'granularity', GRANULARITIES) ?? DEFAULT_GRANULARITY;
  if (from !== undefined && to !== undefined && (to - from) / granularityMs(granularity) > LARGEST_COUNT)
    throw new V20Error(400, "Maximum value for 'count' exceeded");
  return {
    ...candleStyle(request),
    granularity,
    prices: readPrices(queryText(request, 'price') ?? 'M') ?? refusePrices(),
    // A range of time may hold as many as one answer can.
    count: count ?? (from !== undefined && to !== undefined ? LARGEST_COUNT : DEFAULT_COUNT),
    from,
    to,
    hasFirst: queryFlag(request, 'includeFirst', true),
  };
}

/** Returns how a request wants its candles made. */
export function candleStyle(request: FastifyRequest): CandleStyle {
  const hour = queryWhole(request, 'dailyAlignment') ?? DEFAULT_HOUR;
  if (hour > 23) throw invalidValue('dailyAlignment');
  const weekday = queryWord(request, 'weeklyAlignment', WEEKDAYS) ?? DEFAULT_WEEKDAY;
  const zone = queryText(request, 'alignmentTimezone') ?? DEFAULT_ZONE;
  const alignment = alignmentOf(hour, WEEKDAYS.indexOf(weekday), zone);
  if (!alignment) throw invalidValue('alignmentTimezone');
  const units = Number(queryText(request, 'units') ?? 1);
  if (!Number.isSafeInteger(units) || units < 1) throw invalidValue('units');
  return { alignment, isSmooth: queryFlag(request, 'smooth', false), units };
}

/** What `candleSpecifications` names. */
export interface CandleSpecification {
  readonly instrument: string;
  readonly granularity: Granularity;
  readonly prices: CandlePrices;
}

/** Returns the parts of `EUR_USD:S10:BM`; the price may be left out. Undefined when it is nothing like it. */
export function readSpecification(text: string): CandleSpecification | undefined {
  const [instrument = '', granularityText = '', pricesText = 'M', ...rest] = text.split(':');
  const granularity = GRANULARITIES.find((known) => known === granularityText);
  const prices = readPrices(pricesText);
  return granularity && prices && rest.length === 0 ? { instrument, granularity, prices } : undefined;
}

function readPrices(text: string): CandlePrices | undefined {
  if (!/^[MBA]+$/.test(text)) return undefined;
  return { mid: text.includes('M'), bid: text.includes('B'), ask: text.includes('A') };
}

function refusePrices(): never {
  throw invalidValue('price');
}
