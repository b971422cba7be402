/** A position as people see it. */

import { Type } from 'typebox';
import type { Static } from 'typebox';
import { formatPrice } from '../../core/domain/instrument.ts';
import { formatMoney } from '../../core/domain/money.ts';
import { POSITION_SIDES } from '../../core/domain/position.ts';
import {
  Decimal,
  Id,
  Instant,
  instantText,
  instantTextOrNull,
  InstrumentName,
  moneyTextOrNull,
  orNull,
  priceTextOrNull,
  Units,
} from '../../http/values.ts';
import { namedObject } from '../../http/schemas.ts';
import type { PositionValue } from '../../core/domain/position-value.ts';
import type { StoredPosition } from './position-store.ts';

export const PositionView = namedObject('Position', {
  id: Id,
  accountId: Id,
  strategyId: orNull(Id),
  openingOrderId: orNull(Id),
  tag: orNull(Type.String({ description: 'The tag of the order that opened it.' })),
  external: Type.Boolean({
    description:
      'Whether another program or a person at the broker opened it, or it was open before the account was connected.',
  }),
  brokerPositionId: Type.String({ description: 'Its number at the broker.' }),
  instrument: InstrumentName,
  side: Type.Enum(POSITION_SIDES),
  initialUnits: Units,
  openUnits: Units,
  entryPrice: Decimal,
  takeProfit: orNull(Decimal),
  stopLoss: orNull(Decimal),
  trailingDistance: orNull(Decimal),
  price: orNull(
    Type.String({
      ...Decimal,
      description:
        'Where it would close now: the bid of a long one, the ask of a short one. Null when it is closed, while a price is missing, and where this copy of the server does not run the account.',
    }),
  ),
  unrealizedPnl: orNull(
    Type.String({
      ...Decimal,
      description: "What closing it at `price` would bring, in the account's currency.",
    }),
  ),
  realizedPnl: Decimal,
  financing: Decimal,
  openedAt: Instant,
  closedAt: orNull(Instant),
});

/** Returns a position with what it is worth now, if that is known. */
export function positionView(position: StoredPosition, value?: PositionValue): Static<typeof PositionView> {
  return {
    id: position.id,
    accountId: position.accountId,
    strategyId: position.strategyId ?? null,
    openingOrderId: position.openingOrderId ?? null,
    tag: position.tag ?? null,
    external: position.isExternal,
    brokerPositionId: String(position.brokerPositionId),
    instrument: position.instrument,
    side: position.side,
    initialUnits: position.initialUnits,
    openUnits: position.openUnits,
    entryPrice: formatPrice(position, position.entryPrice),
    takeProfit: priceTextOrNull(position, position.takeProfit),
    stopLoss: priceTextOrNull(position, position.stopLoss),
    trailingDistance: priceTextOrNull(position, position.trailingDistance),
    price: priceTextOrNull(position, value?.price),
    unrealizedPnl: moneyTextOrNull(value?.unrealizedPnl),
    realizedPnl: formatMoney(position.realizedPnl),
    financing: formatMoney(position.financing),
    openedAt: instantText(position.openedAt),
    closedAt: instantTextOrNull(position.closedAt),
  };
}
