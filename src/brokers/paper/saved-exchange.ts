/** The simulated exchange's state as it is kept between two starts. */

import Type from 'typebox';
import { Value } from 'typebox/value';
import { assert } from '../../core/shared/assert.ts';
import type { Json } from '../../core/shared/json.ts';
import type { ExchangeState } from '../../core/simulation/exchange.ts';

const SavedExchange = Type.Object({
  at: Type.Number(),
  quotes: Type.Array(
    Type.Object({ instrument: Type.String(), at: Type.Number(), bid: Type.Number(), ask: Type.Number() }),
  ),
  trailingLevels: Type.Array(
    Type.Object({ orderId: Type.Number(), level: Type.Number(), unfollowed: Type.Optional(Type.Number()) }),
  ),
  chargesFinancing: Type.Optional(Type.Boolean()),
});

export function toJson({ at, quotes, trailingLevels, chargesFinancing = false }: ExchangeState): Json {
  return {
    at,
    quotes: quotes.map((quote) => ({ ...quote })),
    trailingLevels: trailingLevels.map((level) => ({ ...level })),
    chargesFinancing,
  };
}

/** Returns the state that `toJson` made; InvariantError when it is something else. */
export function fromJson(saved: Json): ExchangeState {
  assert(Value.Check(SavedExchange, saved), 'the saved state of a paper exchange cannot be read');
  return saved;
}
