/** Changes that people make to orders that rest. */

import { Type } from 'typebox';
import type { Static } from 'typebox';
import type { Instrument } from '../../core/domain/instrument.ts';
import { isProtective } from '../../core/domain/order.ts';
import { subtractUnits } from '../../core/domain/units.ts';
import type { OrderTerms } from '../../core/domain/order.ts';
import { orNull } from '../../http/values.ts';
import { BodyFieldReader, priceText } from '../../prices/market-input.ts';
import { checkUnits, lasting, OrderBody, readInstant, UnitsInput } from './order-schemas.ts';
import { namedObject } from '../../http/schemas.ts';
import type { StoredOrder } from './order-store.ts';

const { price, timeInForce, triggerCondition, positionFill, tag, comment } = OrderBody.properties;

export const OrderPatch = namedObject(
  'OrderChange',
  {
    units: Type.Optional({
      ...UnitsInput,
      description:
        'Units, with no more digits after the point than the instrument has; what has not filled yet when left out. Not for orders ' +
        'that protect a position.',
    }),
    price,
    priceBound: Type.Optional(
      orNull(priceText('The worst price at which a stop or market_if_touched order may fill.')),
    ),
    takeProfit: Type.Optional(orNull(priceText('Closes the position with a profit here.'))),
    stopLoss: Type.Optional(orNull(priceText('Closes the position with a loss here.'))),
    takeProfitDistance: Type.Optional(
      orNull(priceText('Instead of takeProfit: so far from the price of the fill.')),
    ),
    stopLossDistance: Type.Optional(
      orNull(priceText('Instead of stopLoss: so far from the price of the fill.')),
    ),
    trailingDistance: Type.Optional(
      orNull(priceText('Closes the position when the price falls back by this much.')),
    ),
    timeInForce,
    expiresAt: Type.Optional(
      orNull(Type.String({ format: 'date-time', description: 'When a GTD order ends.' })),
    ),
    triggerCondition,
    positionFill,
    tag,
    comment,
  },
  { additionalProperties: false, examples: [{ units: 2000 }], minProperties: 1 },
);

type Patch = Static<typeof OrderPatch>;

const NULLABLE_PRICES = [
  'priceBound',
  'takeProfit',
  'stopLoss',
  'takeProfitDistance',
  'stopLossDistance',
  'trailingDistance',
] as const;

/** What follows from the position, or has no meaning for an order that closes one. */
const NOT_OF_PROTECTION = [
  'units',
  'priceBound',
  'takeProfit',
  'stopLoss',
  'takeProfitDistance',
  'stopLossDistance',
  'positionFill',
] as const;

/** Returns the terms of an order with a change to them, or throws `invalid-request` with every field that is wrong. */
export function changedTerms(
  { terms, filledUnits }: StoredOrder,
  instrument: Instrument,
  patch: Patch,
): OrderTerms {
  const reader = new BodyFieldReader();
  const units = patch.units ?? subtractUnits(terms.units, filledUnits);
  if (patch.units !== undefined) checkUnits(reader, instrument, units);
  for (const field of isProtective(terms) ? NOT_OF_PROTECTION : [])
    if (patch[field] !== undefined)
      reader.refuse(`/${field}`, `must be left out of ${terms.orderType} orders`);
  const prices: Partial<Record<(typeof NULLABLE_PRICES)[number], number | undefined>> = {};
  for (const name of NULLABLE_PRICES) {
    const points = reader.priceOrNull(instrument, `/${name}`, patch[name]);
    prices[name] = points === undefined ? terms[name] : (points ?? undefined);
  }
  const changed = {
    ...terms,
    ...ownWay(patch, prices, terms),
    units,
    price: reader.price(instrument, '/price', patch.price) ?? terms.price,
    ...expiry(reader, patch, terms),
    triggerCondition: patch.triggerCondition ?? terms.triggerCondition,
    positionFill: patch.positionFill ?? terms.positionFill,
    tag: patch.tag ?? terms.tag,
    comment: patch.comment ?? terms.comment,
  };
  reader.finish();
  return changed;
}

type Prices = Partial<Record<(typeof NULLABLE_PRICES)[number], number | undefined>>;

/** A price that is given takes the place of the distance that was there, and the other way round. */
function ownWay(patch: Patch, prices: Prices, { orderType }: OrderTerms): Prices {
  // A stop loss order that was made by distance has a price by now.
  const isPriced = orderType === 'stop_loss';
  return {
    ...prices,
    ...(isGiven(patch.takeProfit) && { takeProfitDistance: undefined }),
    ...(isGiven(patch.takeProfitDistance) && { takeProfit: undefined }),
    ...((isPriced || isGiven(patch.stopLoss)) && { stopLossDistance: undefined }),
    ...(isGiven(patch.stopLossDistance) && { stopLoss: undefined }),
  };
}

/** An expiry that comes or goes changes the time in force with it, unless that is given. */
function expiry(
  reader: BodyFieldReader,
  patch: Patch,
  terms: OrderTerms,
): Pick<OrderTerms, 'timeInForce' | 'expiresAt'> {
  const isKept = patch.expiresAt === undefined && (patch.timeInForce ?? 'GTD') === 'GTD';
  const expiresAt = isKept
    ? terms.expiresAt
    : readInstant(reader, '/expiresAt', patch.expiresAt ?? undefined);
  const usual = patch.expiresAt === undefined ? terms.timeInForce : lasting(expiresAt);
  return { timeInForce: patch.timeInForce ?? usual, expiresAt };
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}
