/** A net position as people see it. */

import { Type } from 'typebox';
import type { Static } from 'typebox';
import {
  Decimal,
  InstrumentName,
  moneyTextOrNull,
  orNull,
  priceTextOrNull,
  Units,
} from '../../http/values.ts';
import { namedObject } from '../../http/schemas.ts';
import type { NetPosition } from './net-positions.ts';

export const NetPositionView = namedObject('NetPosition', {
  instrument: InstrumentName,
  netUnits: Type.Number({ description: 'Long less short.' }),
  longUnits: Units,
  shortUnits: Units,
  averagePrice: orNull(Decimal),
  price: orNull(
    Type.String({
      ...Decimal,
      description: 'Where the side that outweighs would close now. Null when it is not known.',
    }),
  ),
  unrealizedPnl: orNull(
    Type.String({
      ...Decimal,
      description:
        "What closing all of it would bring, in the account's currency. Null when it is not known.",
    }),
  ),
});

export function netPositionView({
  averagePrice,
  price,
  unrealizedPnl,
  pricePrecision,
  ...position
}: NetPosition): Static<typeof NetPositionView> {
  return {
    ...position,
    averagePrice: priceTextOrNull({ pricePrecision }, averagePrice),
    price: priceTextOrNull({ pricePrecision }, price),
    unrealizedPnl: moneyTextOrNull(unrealizedPnl),
  };
}
