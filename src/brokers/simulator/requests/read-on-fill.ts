/** Reads the details of the orders that protect a trade: those of an entry, and those of a change. */

import { wirePrice } from '../wire/decimals.ts';
import { WireTime } from '../wire/time.ts';
import { readExtensions } from './read-extensions.ts';
import { readLifetime } from './read-lifetime.ts';
import { checkTrailingDistance, readPoints } from './read-price.ts';
import type { Instrument } from '../../../core/domain/instrument.ts';
import type { Lifetime, ProtectiveOrderType } from '../../../core/domain/order.ts';
import type { OnFillDetails } from '../order-details.ts';
import type { BodyReader } from './body-reader.ts';
import type { Rejection } from './rejection.ts';

/** What a protective order is to be; `details` is how the log shows it. */
export interface ReadProtection {
  readonly price: number | undefined;
  readonly distance: number | undefined;
  readonly lifetime: Lifetime;
  readonly details: OnFillDetails;
}

/** What the reading of details depends on. `isOnFill` says which reasons a wrong value has. */
export interface DetailsContext {
  readonly instrument: Instrument | undefined;
  readonly now: number;
  readonly rejection: Rejection;
  readonly isOnFill: boolean;
  /** What is inherited from the order that is replaced. */
  readonly inherited?: Inherited | undefined;
}

/** The parts of an order that a replacement takes over when it does not name them. */
export interface Inherited {
  readonly price?: number | undefined;
  readonly distance?: number | undefined;
  readonly lifetime?: Lifetime | undefined;
}

const NAMES: Readonly<Record<ProtectiveOrderType, string>> = {
  take_profit: 'TAKE_PROFIT',
  stop_loss: 'STOP_LOSS',
  trailing_stop: 'TRAILING_STOP_LOSS',
};

/** Returns the details of a protective order of one type. */
export function readProtection(
  reader: BodyReader,
  orderType: ProtectiveOrderType,
  context: DetailsContext,
): ReadProtection {
  const { instrument, now, rejection, isOnFill, inherited = {} } = context;
  const name = NAMES[orderType];
  const onFill = isOnFill ? `${name}_ON_FILL_` : '';
  const isTrailing = orderType === 'trailing_stop';
  const distanceName = isOnFill && !isTrailing ? `${onFill}DISTANCE` : `${onFill}PRICE_DISTANCE`;
  const reading = { reader, instrument, rejection };
  let price = isTrailing ? undefined : readPoints('price', { ...reading, prefix: `${onFill}PRICE` });
  // A take profit by distance is known of entries only.
  const hasDistance = isOnFill || orderType !== 'take_profit';
  let distance = hasDistance ? readPoints('distance', { ...reading, prefix: distanceName }) : undefined;
  if (isTrailing) {
    if (reader.text('distance') === undefined) distance ??= inherited.distance;
    checkTrailingDistance(distance, { ...reading, prefix: distanceName });
    rejection.unless(distance !== undefined, `${distanceName}_MISSING`);
  } else {
    if (reader.text('price') === undefined && reader.text('distance') === undefined) price = inherited.price;
    checkOneLevel(orderType, { price, distance }, { rejection, onFill });
  }
  const prefix = isOnFill ? `${onFill}CLIENT_ORDER` : 'CLIENT_ORDER';
  rejection.unless(
    orderType !== 'stop_loss' || reader.flag('guaranteed') !== true,
    isOnFill ? 'STOP_LOSS_ON_FILL_GUARANTEED_NOT_ALLOWED' : 'STOP_LOSS_ORDER_GUARANTEED_NOT_ALLOWED',
  );
  const lifetime = readLifetime(reader, orderType, {
    now,
    rejection,
    prefix: onFill,
    fallback: inherited.lifetime,
  });
  return {
    price,
    distance,
    lifetime,
    details: {
      price: isTrailing ? undefined : levelText(instrument, price, reader.text('price')),
      distance: levelText(instrument, distance, reader.text('distance')),
      timeInForce: lifetime.timeInForce,
      gtdTime: lifetime.expiresAt === undefined ? undefined : new WireTime(lifetime.expiresAt),
      clientExtensions: readExtensions(reader, 'clientExtensions', prefix, rejection),
    },
  };
}

/** What was understood is shown with the instrument's digits, and what was not as it was sent. */
function levelText(
  instrument: Instrument | undefined,
  points: number | undefined,
  sent: string | undefined,
): string | undefined {
  return instrument && points !== undefined ? wirePrice(instrument, points) : sent;
}

/** A price or a distance, not both. OANDA has names for the mistake only with stop losses. */
function checkOneLevel(
  orderType: ProtectiveOrderType,
  { price, distance }: Pick<ReadProtection, 'price' | 'distance'>,
  { rejection, onFill }: { readonly rejection: Rejection; readonly onFill: string },
): void {
  const isStop = orderType === 'stop_loss';
  const stop = onFill === '' ? 'STOP_LOSS_ORDER_' : onFill;
  if (price !== undefined && distance !== undefined)
    rejection.add(isStop ? `${stop}PRICE_AND_DISTANCE_BOTH_SPECIFIED` : `${onFill}PRICE_INVALID`);
  if (price === undefined && distance === undefined)
    rejection.add(isStop ? `${stop}PRICE_AND_DISTANCE_BOTH_MISSING` : `${onFill}PRICE_MISSING`);
}
