/** Reads how long an order is good for. */

import { TIMES_IN_FORCE, TIMES_IN_FORCE_OF } from '../../../core/domain/order.ts';
import type { Lifetime, OrderType, TimeInForce } from '../../../core/domain/order.ts';
import type { BodyReader } from './body-reader.ts';
import type { Rejection } from './rejection.ts';

const TIMES = Object.fromEntries(TIMES_IN_FORCE.map((word) => [word, word])) as Readonly<
  Record<string, TimeInForce>
>;

/** Returns the lifetime of an order of a type, or its `fallback`. `prefix` begins the reasons. */
export function readLifetime(
  reader: BodyReader,
  orderType: OrderType,
  {
    now,
    rejection,
    prefix = '',
    fallback,
  }: {
    readonly now: number;
    readonly rejection: Rejection;
    readonly prefix?: string | undefined;
    readonly fallback?: Lifetime | undefined;
  },
): Lifetime {
  const timeInForce =
    reader.word('timeInForce', TIMES) ?? fallback?.timeInForce ?? (orderType === 'market' ? 'FOK' : 'GTC');
  const expiresAt = reader.time('gtdTime') ?? fallback?.expiresAt;
  rejection.unless(TIMES_IN_FORCE_OF[orderType].includes(timeInForce), `${prefix}TIME_IN_FORCE_INVALID`);
  if (timeInForce !== 'GTD') return { timeInForce };
  const timestamp = prefix === '' ? 'TIME_IN_FORCE_GTD_TIMESTAMP' : `${prefix}GTD_TIMESTAMP`;
  rejection.unless(expiresAt !== undefined, `${timestamp}_MISSING`);
  rejection.unless((expiresAt ?? Infinity) > now, `${timestamp}_IN_PAST`);
  return { timeInForce, expiresAt };
}
