/** Orders as people request them. */

import { Type } from 'typebox';
import type { Static } from 'typebox';
import type { Instrument } from '../../core/domain/instrument.ts';
import type { Instruments } from '../../core/domain/instruments.ts';
import {
  isProtective,
  LONGEST_OCO_GROUP,
  LONGEST_TAG,
  ORDER_SIDES,
  ORDER_TYPES,
  POSITION_FILLS,
  TIMES_IN_FORCE,
  TRIGGER_CONDITIONS,
} from '../../core/domain/order.ts';
import { closingSide } from '../../core/domain/position.ts';
import { unitsFault } from '../../core/domain/units.ts';
import type { OrderTerms, TimeInForce } from '../../core/domain/order.ts';
import { SENTENCE } from '../../http/field-errors.ts';
import { EXAMPLE_ID, Id, lineOfText } from '../../http/values.ts';
import { BodyFieldReader, instrumentFrom, InstrumentText, priceText } from '../../prices/market-input.ts';
import { namedObject } from '../../http/schemas.ts';
import type { StoredPosition } from '../positions/position-store.ts';

/** A number of units on its way in; how many an instrument allows is said where the instrument is known. */
export const UnitsInput = Type.Number({
  exclusiveMinimum: 0,
  description: 'Units of the base currency, with no more digits after the point than the instrument has.',
  examples: [1000, 0.1],
});

const Words = lineOfText(LONGEST_TAG, 'Words of your own, which stay with the order.');

type PriceField =
  | 'price'
  | 'priceBound'
  | 'takeProfit'
  | 'stopLoss'
  | 'takeProfitDistance'
  | 'stopLossDistance'
  | 'trailingDistance';

export const OrderBody = namedObject(
  'NewOrder',
  {
    accountId: Id,
    type: Type.Enum(ORDER_TYPES),
    positionId: Type.Optional({
      ...Id,
      description:
        'The position that a stop_loss, take_profit or trailing_stop order protects; not for others.',
    }),
    instrument: Type.Optional({ ...InstrumentText, description: 'Not for orders that protect a position.' }),
    side: Type.Optional(Type.Enum(ORDER_SIDES, { description: 'Not for orders that protect a position.' })),
    units: Type.Optional({
      ...UnitsInput,
      description:
        'Units of the base currency, with no more digits after the point than the instrument has. Not for orders that protect a ' +
        'position: they close all of it.',
    }),
    price: Type.Optional(priceText('Where an order waits; not for market orders and trailing stops.')),
    priceBound: Type.Optional(
      priceText('The worst price at which a market, stop or market_if_touched order may fill.'),
    ),
    takeProfit: Type.Optional(priceText('Closes the position with a profit here.')),
    stopLoss: Type.Optional(priceText('Closes the position with a loss here.')),
    takeProfitDistance: Type.Optional(priceText('Instead of takeProfit: so far from the price of the fill.')),
    stopLossDistance: Type.Optional(
      priceText(
        'Instead of stopLoss: so far from the price of the fill. For a stop_loss order instead of its price: so far from the present ' +
          'ask of a long position, or bid of a short one.',
      ),
    ),
    trailingDistance: Type.Optional(priceText('Closes the position when the price falls back by this much.')),
    timeInForce: Type.Optional(
      Type.Enum(TIMES_IN_FORCE, {
        description:
          'FOK for market orders; for others GTC, or GTD when there is an expiry. GFD ends at 17:00 New York.',
      }),
    ),
    expiresAt: Type.Optional(Type.String({ format: 'date-time', description: 'When a GTD order ends.' })),
    triggerCondition: Type.Optional(
      Type.Enum(TRIGGER_CONDITIONS, {
        description: 'Which price triggers an order that waits. It fills at its own side in any case.',
      }),
    ),
    positionFill: Type.Optional(
      Type.Enum(POSITION_FILLS, { description: 'What a fill may do to open positions.' }),
    ),
    tag: Type.Optional(Words),
    comment: Type.Optional(Words),
    ocoGroup: Type.Optional(
      Type.String({
        pattern: `^[\\w.:-]{1,${LONGEST_OCO_GROUP}}$`,
        description:
          'One cancels the other: as soon as an order of the group fills, even in part, the others are cancelled. The name is used up then. ' +
          'For orders that wait and protect no position.',
        [SENTENCE]: 'must be 1 to 64 letters, digits or . _ : -',
      }),
    ),
  },
  {
    additionalProperties: false,
    examples: [
      {
        accountId: EXAMPLE_ID,
        type: 'market',
        instrument: 'EUR_USD',
        side: 'buy',
        units: 1000,
      },
    ],
  },
);
type OrderInput = Static<typeof OrderBody>;

/** An order that protects a position: what it names besides that. */
export type ProtectiveInput = OrderInput & { readonly positionId: string };

/** Returns whether the order is one that protects a position, which it must name then; throws `invalid-request` when it does not. */
export function isProtectiveInput(body: OrderInput): body is ProtectiveInput {
  const reader = new BodyFieldReader();
  const protects = isProtective({ orderType: body.type });
  if (protects && body.positionId === undefined)
    reader.refuse('/positionId', `is required for ${body.type} orders`);
  if (!protects && body.positionId !== undefined)
    reader.refuse('/positionId', `must be left out of ${body.type} orders; they concern no position`);
  reader.finish();
  return protects;
}

/** Returns what the order asks for, or throws `invalid-request` with every field that is wrong. */
export function orderTerms(body: OrderInput, instruments: Instruments): OrderTerms {
  const reader = new BodyFieldReader();
  const { instrument: name = '', side = 'buy', units = 0 } = body;
  for (const field of ['instrument', 'side', 'units'] as const)
    if (body[field] === undefined) reader.refuse(`/${field}`, 'is required');
  if (body.instrument === undefined) reader.finish();
  const instrument = instrumentFrom(instruments, name);
  if (body.units !== undefined) checkUnits(reader, instrument, units);
  checkPriceIsThere(reader, body);
  const terms = { ...readTerms(reader, instrument, body), side, units };
  reader.finish();
  return terms;
}

/** What follows from the position, or has no meaning for an order that closes one. */
const NOT_OF_PROTECTION = [
  'instrument',
  'side',
  'units',
  'priceBound',
  'takeProfit',
  'stopLoss',
  'takeProfitDistance',
  'positionFill',
  'ocoGroup',
] as const;

/** Returns what an order that protects a position asks for, or throws `invalid-request` with every field that is wrong. */
export function protectiveTerms(
  body: ProtectiveInput,
  position: StoredPosition,
  instrument: Instrument,
): OrderTerms {
  const reader = new BodyFieldReader();
  for (const field of NOT_OF_PROTECTION)
    if (body[field] !== undefined) reader.refuse(`/${field}`, `must be left out of ${body.type} orders`);
  checkLevelIsThere(reader, body);
  const terms = {
    ...readTerms(reader, instrument, body),
    side: closingSide(position.side),
    units: position.openUnits,
  };
  reader.finish();
  return terms;
}

function readTerms(
  reader: BodyFieldReader,
  instrument: Instrument,
  body: OrderInput,
): Omit<OrderTerms, 'side' | 'units'> {
  const price = (name: PriceField) => reader.price(instrument, `/${name}`, body[name]);
  return {
    instrument: instrument.name,
    orderType: body.type,
    price: price('price'),
    priceBound: price('priceBound'),
    takeProfit: price('takeProfit'),
    stopLoss: price('stopLoss'),
    takeProfitDistance: price('takeProfitDistance'),
    stopLossDistance: price('stopLossDistance'),
    trailingDistance: price('trailingDistance'),
    timeInForce: body.timeInForce ?? usualTimeInForce(body),
    expiresAt: readInstant(reader, '/expiresAt', body.expiresAt),
    triggerCondition: body.triggerCondition,
    positionFill: body.positionFill,
    tag: body.tag,
    comment: body.comment,
    ocoGroup: body.ocoGroup,
  };
}

/** Notes when an order of the instrument may not have such units, or not so many. */
export function checkUnits(reader: BodyFieldReader, instrument: Instrument, units: number): void {
  const { name, maximumOrderUnits } = instrument;
  const fault =
    units > maximumOrderUnits
      ? `must be at most ${maximumOrderUnits}, as ${name} allows`
      : unitsFault(instrument, units);
  if (fault !== undefined) reader.refuse('/units', fault);
}

function checkPriceIsThere(reader: BodyFieldReader, body: OrderInput): void {
  const { type, price, priceBound } = body;
  if (type !== 'market' && price === undefined) reader.refuse('/price', `is required for ${type} orders`);
  if (type === 'market' && price !== undefined)
    reader.refuse('/price', 'must be left out of market orders; see priceBound');
  if (type === 'limit' && priceBound !== undefined)
    reader.refuse('/priceBound', 'must be left out of limit orders; their price is the worst');
  if (type === 'market' && body.triggerCondition !== undefined)
    reader.refuse('/triggerCondition', 'must be left out of market orders; they wait for no price');
  if (type === 'market' && body.ocoGroup !== undefined)
    reader.refuse('/ocoGroup', 'must be left out of market orders; they wait for no price');
  for (const part of ['takeProfit', 'stopLoss'] as const)
    if (body[part] !== undefined && body[`${part}Distance`] !== undefined)
      reader.refuse(`/${part}Distance`, `must be left out where there is a ${part}`);
}

function checkLevelIsThere(reader: BodyFieldReader, body: OrderInput): void {
  const { type, price, stopLossDistance, trailingDistance } = body;
  const level = type === 'trailing_stop' ? 'trailingDistance' : 'price';
  const isThere = type === 'stop_loss' ? (price ?? stopLossDistance) : body[level];
  if (isThere === undefined) reader.refuse(`/${level}`, `is required for ${type} orders`);
  if (type === 'trailing_stop' && price !== undefined)
    reader.refuse('/price', 'must be left out of trailing_stop orders; see trailingDistance');
  if (type !== 'trailing_stop' && trailingDistance !== undefined)
    reader.refuse('/trailingDistance', `must be left out of ${type} orders`);
  if (stopLossDistance !== undefined && (type !== 'stop_loss' || price !== undefined))
    reader.refuse(
      '/stopLossDistance',
      `must be left out of ${type} orders${type === 'stop_loss' ? ' with a price' : ''}`,
    );
}

function usualTimeInForce({ type, expiresAt }: OrderInput): TimeInForce {
  return type === 'market' ? 'FOK' : lasting(expiresAt);
}

/** Returns the time in force of an order that waits, with or without an expiry. */
export function lasting(expiresAt: unknown): TimeInForce {
  return expiresAt === undefined ? 'GTC' : 'GTD';
}

const FIRST_INSTANT = Date.parse('0001-01-01T00:00:00Z');
const LAST_INSTANT = Date.parse('9999-12-31T23:59:59.999Z');

/** Returns the instant in UTC ms; undefined when there is none, or when it is wrong. */
export function readInstant(
  reader: BodyFieldReader,
  pointer: string,
  text: string | undefined,
): number | undefined {
  if (text === undefined) return undefined;
  const at = Date.parse(text);
  if (at >= FIRST_INSTANT && at <= LAST_INSTANT) return at;
  // A format allows leap seconds, which no clock here has, and an offset that leads out of the years that a time is written with.
  reader.refuse(pointer, 'must be a time such as 2026-01-31T12:00:00Z (RFC 3339)');
  return undefined;
}
