/** The engine's state as plain data, and the check of one that comes back from storage. */

import { assert } from '../shared/assert.ts';
import { GRANULARITIES } from '../domain/candle.ts';
import { PROTECTIVE_ORDER_TYPES } from '../domain/order.ts';
import { EQUITY_RULES } from './equity-halts.ts';
import { PERIODS } from './period-starts.ts';
import { UNWIND_MODES } from './unwind-mode.ts';
import type { Quote } from '../domain/quote.ts';
import type { Json } from '../shared/json.ts';
import type { SavedBuilder, SavedCandle } from './candle-builder.ts';
import type { SavedHalts } from './equity-halts.ts';
import type { SavedLoss } from './period-loss.ts';
import type { SavedPeriod } from './period-starts.ts';
import type { SavedQueue } from './saved-queue.ts';
import type { SavedSpreads } from './usual-spreads.ts';
import type { SavedEnding } from './unwind-mode.ts';
import type { SavedProtection } from './wanted-protection.ts';

/** A quote with the market time until which it was known to be right. */
export type SavedQuote = { readonly [key in keyof Quote]: Quote[key] } & { readonly seenAt: number };

/**
 * What an engine cannot learn from the account's log: prices, candles under construction, the trading day, a person's halt, what
 * strategies wanted while the market was closed, the numbers of the positions that a person wants closed, the orders that are to
 * be ended, and what is to protect positions and is not in the log.
 */
export type SavedEngine = {
  readonly version: 1;
  readonly at: number;
  readonly isHalted: boolean;
  readonly day: SavedLoss | null;
  readonly week: SavedLoss | null;
  readonly equityHalts: SavedHalts | null;
  readonly periods: readonly SavedPeriod[];
  readonly spreads: readonly SavedSpreads[];
  readonly quotes: readonly SavedQuote[];
  readonly candles: readonly SavedBuilder[];
  readonly queues: readonly SavedQueue[];
  readonly closings: readonly number[];
  readonly endings: readonly SavedEnding[];
  readonly protections: readonly SavedProtection[];
};

type JsonObject = { readonly [key: string]: Json };

/** Returns the state when it is one of this version; otherwise InvariantError names what is wrong. */
export function checkSavedEngine(state: Json): SavedEngine {
  const saved = objectIn(state, 'state');
  assert(saved['version'] === 1, `a state of version 1 was wanted, was ${JSON.stringify(saved['version'])}`);
  assert(typeof saved['isHalted'] === 'boolean', 'isHalted is no boolean');
  return {
    version: 1,
    at: numberIn(saved, 'at'),
    isHalted: saved['isHalted'],
    day: objectOrNone(saved, 'day', checkLoss),
    week: objectOrNone(saved, 'week', checkLoss),
    equityHalts: objectOrNone(saved, 'equityHalts', checkHalts),
    periods: listOrNone(saved, 'periods').map((period) => checkPeriod(objectIn(period, 'period'))),
    spreads: listOrNone(saved, 'spreads').map((spreads) => checkSpreads(objectIn(spreads, 'spreads'))),
    quotes: listIn(saved, 'quotes').map((quote) => checkQuote(objectIn(quote, 'quote'))),
    candles: listIn(saved, 'candles').map((candle) => checkBuilder(objectIn(candle, 'candle'))),
    queues: listOrNone(saved, 'queues').map(checkQueue),
    closings: listOrNone(saved, 'closings').map(checkNumber),
    endings: listOrNone(saved, 'endings').map((ending) => checkEnding(objectIn(ending, 'ending'))),
    protections: listOrNone(saved, 'protections').map((order) =>
      checkProtection(objectIn(order, 'protection')),
    ),
  };
}

function checkQueue(value: Json): SavedQueue {
  const queue = objectIn(value, 'queue');
  return {
    strategyId: textIn(queue, 'strategyId'),
    intents: listIn(queue, 'intents').map((intent) => objectIn(intent, 'intent')),
  };
}

function checkEnding(ending: JsonObject): SavedEnding {
  const mode = UNWIND_MODES.find((name) => name === ending['mode']);
  assert(mode !== undefined, `there is no way ${JSON.stringify(ending['mode'])} to end an order`);
  return { order: textIn(ending, 'order'), mode };
}

function checkProtection(order: JsonObject): SavedProtection {
  const orderType = PROTECTIVE_ORDER_TYPES.find((name) => name === order['orderType']);
  assert(orderType !== undefined, `no order of type ${JSON.stringify(order['orderType'])} protects`);
  return {
    brokerPositionId: numberIn(order, 'brokerPositionId'),
    orderType,
    level: numberOrNullIn(order, 'level'),
    distance: numberOrNullIn(order, 'distance'),
  };
}

function checkNumber(value: Json): number {
  assert(typeof value === 'number', `a number was wanted, was ${JSON.stringify(value)}`);
  return value;
}

function checkLoss(loss: JsonObject): SavedLoss {
  assert(typeof loss['isTripped'] === 'boolean', 'isTripped is no boolean');
  return {
    startsAt: numberIn(loss, 'startsAt'),
    startResult: numberOrNullIn(loss, 'startResult'),
    isTripped: loss['isTripped'],
    // States of earlier versions lack it.
    isWarned: loss['isWarned'] === true,
  };
}

function checkHalts(halts: JsonObject): SavedHalts {
  const tripped = listIn(halts, 'tripped').map((value) => {
    const name = EQUITY_RULES.find((known) => known === value);
    assert(name !== undefined, `no rule ${JSON.stringify(value)} halts an account`);
    return name;
  });
  return {
    tripped,
    dayPeak: numberIn(halts, 'dayPeak'),
    highest: numberOrNullIn(halts, 'highest'),
    highestOf: numberOrNullIn(halts, 'highestOf'),
  };
}

function checkPeriod(period: JsonObject): SavedPeriod {
  const name = PERIODS.find((known) => known === period['name']);
  assert(name !== undefined, `there is no period ${JSON.stringify(period['name'])}`);
  return {
    name,
    startsAt: numberIn(period, 'startsAt'),
    measuredAt: numberIn(period, 'measuredAt'),
    equity: numberIn(period, 'equity'),
    result: numberIn(period, 'result'),
  };
}

function checkSpreads(spreads: JsonObject): SavedSpreads {
  return {
    instrument: textIn(spreads, 'instrument'),
    means: listIn(spreads, 'means').map(checkNumber),
    quotes: listIn(spreads, 'quotes').map(checkNumber),
  };
}

function checkQuote(quote: JsonObject): SavedQuote {
  return {
    instrument: textIn(quote, 'instrument'),
    at: numberIn(quote, 'at'),
    bid: numberIn(quote, 'bid'),
    ask: numberIn(quote, 'ask'),
    seenAt: numberIn(quote, 'seenAt'),
  };
}

function checkBuilder(builder: JsonObject): SavedBuilder {
  const granularity = GRANULARITIES.find((name) => name === builder['granularity']);
  assert(granularity !== undefined, `there is no granularity ${JSON.stringify(builder['granularity'])}`);
  const instrument = textIn(builder, 'instrument');
  const candle = builder['candle'] === null ? null : objectIn(builder['candle'], 'candle');
  return {
    instrument,
    granularity,
    startedAt: numberOrNullIn(builder, 'startedAt'),
    closedUntil: numberOrNullIn(builder, 'closedUntil'),
    candle: candle && { instrument, granularity, ...checkCandle(candle) },
  };
}

function checkCandle(candle: JsonObject): Omit<SavedCandle, 'instrument' | 'granularity'> {
  return {
    startsAt: numberIn(candle, 'startsAt'),
    endsAt: numberIn(candle, 'endsAt'),
    bidOpen: numberIn(candle, 'bidOpen'),
    bidHigh: numberIn(candle, 'bidHigh'),
    bidLow: numberIn(candle, 'bidLow'),
    bidClose: numberIn(candle, 'bidClose'),
    askOpen: numberIn(candle, 'askOpen'),
    askHigh: numberIn(candle, 'askHigh'),
    askLow: numberIn(candle, 'askLow'),
    askClose: numberIn(candle, 'askClose'),
    quotes: numberIn(candle, 'quotes'),
  };
}

function objectIn(value: Json | undefined, what: string): JsonObject {
  assert(typeof value === 'object' && value !== null && !isList(value), `${what} is no object`);
  return value;
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function listIn(object: JsonObject, key: string): readonly Json[] {
  const value = object[key];
  assert(value !== undefined && isList(value), `${key} is no list`);
  return value;
}

/** States of earlier versions lack what came later. */
function listOrNone(object: JsonObject, key: string): readonly Json[] {
  return object[key] === undefined ? [] : listIn(object, key);
}

/** States of earlier versions lack what came later. */
function objectOrNone<Checked>(
  object: JsonObject,
  key: string,
  check: (value: JsonObject) => Checked,
): Checked | null {
  return object[key] == null ? null : check(objectIn(object[key], key));
}

function numberIn(object: JsonObject, key: string): number {
  const value = object[key];
  assert(typeof value === 'number' && Number.isFinite(value), `${key} is no number`);
  return value;
}

function numberOrNullIn(object: JsonObject, key: string): number | null {
  return object[key] === null ? null : numberIn(object, key);
}

function textIn(object: JsonObject, key: string): string {
  const value = object[key];
  assert(typeof value === 'string', `${key} is no text`);
  return value;
}
