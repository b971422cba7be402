/** The words of the wire that orders are described with. */

import { POSITION_FILLS, TRIGGER_CONDITIONS } from '../../../core/domain/order.ts';
import { WIRE_ORDER_TYPES } from '../wire/order-fields.ts';
import type { OrderType, PositionFill, TriggerCondition } from '../../../core/domain/order.ts';

/** Trigger conditions. The first versions of the API had a longer word for the usual one. */
export const TRIGGER_WORDS: Readonly<Record<string, TriggerCondition>> = {
  ...Object.fromEntries(TRIGGER_CONDITIONS.map((word) => [word, word])),
  TRIGGER_DEFAULT: 'DEFAULT',
};

/** What a fill may do to positions, in today's words and in earlier ones. */
export const POSITION_FILL_WORDS: Readonly<Record<string, PositionFill>> = {
  ...Object.fromEntries(POSITION_FILLS.map((word) => [word, word])),
  POSITION_DEFAULT: 'DEFAULT',
  POSITION_REDUCE_ONLY: 'REDUCE_ONLY',
};

/** Types of orders that a client can ask for. Guaranteed stop losses are understood, and rejected. */
export const ORDER_TYPE_WORDS: Readonly<Record<string, OrderType | 'guaranteed'>> = {
  ...Object.fromEntries(
    (Object.keys(WIRE_ORDER_TYPES) as OrderType[]).map((orderType) => [
      WIRE_ORDER_TYPES[orderType],
      orderType,
    ]),
  ),
  GUARANTEED_STOP_LOSS: 'guaranteed',
};
