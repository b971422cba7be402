/** Orders as people request them. */

import { Type } from 'typebox';
import type { Static } from 'typebox';
import type { Instrument } from '../../core/domain/instrument.ts';
import { ENTRY_ORDER_TYPES, ORDER_SIDES, TIMES_IN_FORCE } from '../../core/domain/order.ts';
import type { OrderTerms, TimeInForce } from '../../core/domain/order.ts';
import { Id } from '../../http/values.ts';
import { BodyFieldReader, instrumentFrom, InstrumentText, priceText } from '../../prices/market-input.ts';

/** A number of units on its way in; how many an instrument allows is said where the instrument is known. */
export const UnitsInput = Type.Integer({
  minimum: 1,
  description: 'Whole units of the base currency.',
  examples: [1000],
});

export const OrderBody = Type.Object(
  {
    accountId: Id,
    instrument: InstrumentText,
    side: Type.Enum(ORDER_SIDES),
    type: Type.Enum(ENTRY_ORDER_TYPES),
    units: UnitsInput,
    price: Type.Optional(priceText('Where a limit or stop order waits.')),
    priceBound: Type.Optional(priceText('The worst price at which a market or stop order may fill.')),
    takeProfit: Type.Optional(priceText('Closes the position with a profit here.')),
    stopLoss: Type.Optional(priceText('Closes the position with a loss here.')),
    trailingDistance: Type.Optional(priceText('Closes the position when the price falls back by this much.')),
    timeInForce: Type.Optional(
      Type.Enum(TIMES_IN_FORCE, {
        description: 'FOK for market orders; for others GTC, or GTD when there is an expiry.',
      }),
    ),
    expiresAt: Type.Optional(Type.String({ format: 'date-time', description: 'When a GTD order ends.' })),
  },
  { additionalProperties: false },
);
type OrderInput = Static<typeof OrderBody>;

/** Returns what the order asks for, or throws `invalid-request` with every field that is wrong. */
export function orderTerms(body: OrderInput): OrderTerms {
  const instrument = instrumentFrom(body.instrument);
  const reader = new BodyFieldReader();
  checkUnits(reader, instrument, body.units);
  checkPriceIsThere(reader, body);
  const price = (name: 'price' | 'priceBound' | 'takeProfit' | 'stopLoss' | 'trailingDistance') =>
    reader.price(instrument, `/${name}`, body[name]);
  const terms = {
    instrument: instrument.name,
    orderType: body.type,
    side: body.side,
    units: body.units,
    price: price('price'),
    priceBound: price('priceBound'),
    takeProfit: price('takeProfit'),
    stopLoss: price('stopLoss'),
    trailingDistance: price('trailingDistance'),
    timeInForce: body.timeInForce ?? usualTimeInForce(body),
    expiresAt: readInstant(reader, '/expiresAt', body.expiresAt),
  };
  reader.finish();
  return terms;
}

/** Notes when there are more units than one order of the instrument may have. */
function checkUnits(reader: BodyFieldReader, { name, maximumOrderUnits }: Instrument, units: number): void {
  if (units > maximumOrderUnits)
    reader.refuse('/units', `must be at most ${maximumOrderUnits}, as ${name} allows`);
}

function checkPriceIsThere(reader: BodyFieldReader, { type, price, priceBound }: OrderInput): void {
  if (type !== 'market' && price === undefined) reader.refuse('/price', `is required for ${type} orders`);
  if (type === 'market' && price !== undefined)
    reader.refuse('/price', 'must be left out of market orders; see priceBound');
  if (type === 'limit' && priceBound !== undefined)
    reader.refuse('/priceBound', 'must be left out of limit orders; their price is the worst');
}

function usualTimeInForce({ type, expiresAt }: OrderInput): TimeInForce {
  if (type === 'market') return 'FOK';
  return expiresAt === undefined ? 'GTC' : 'GTD';
}

function readInstant(reader: BodyFieldReader, pointer: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const at = Date.parse(text);
  if (Number.isFinite(at)) return at;
  // A format allows leap seconds, which no clock here has.
  reader.refuse(pointer, 'must be a time such as 2026-01-31T12:00:00Z (RFC 3339)');
  return undefined;
}
