/** What strategies keep over a restart: schemas of the indicators' states, and the check of a state that comes back. */

import { Type } from 'typebox';
import type { Static, TObject, TProperties, TString } from 'typebox';
import { Value } from 'typebox/value';
import { assert } from '../shared/assert.ts';
import type { Json } from '../shared/json.ts';

const AVERAGE_STATE = Type.Object({ period: Type.Integer(), seen: Type.Integer(), total: Type.Number() });
const PREVIOUS = Type.Union([Type.Number(), Type.Null()]);

export const EMA_STATE = AVERAGE_STATE;
export const ATR_STATE = Type.Object({ previousClose: PREVIOUS, average: AVERAGE_STATE });
export const RSI_STATE = Type.Object({ previous: PREVIOUS, gain: AVERAGE_STATE, loss: AVERAGE_STATE });
export const EXTREME_STATE = Type.Object({
  kind: Type.Enum(['maximum', 'minimum']),
  period: Type.Integer(),
  seen: Type.Integer(),
  candidates: Type.Immutable(Type.Array(Type.Immutable(Type.Tuple([Type.Number(), Type.Number()])))),
});

/** Returns the key that a state is saved under: it names the type, its state version, and the parameters that the state depends on. */
export function stateKey(
  type: { readonly name: string; readonly stateVersion: number },
  shape: readonly Json[],
): string {
  return JSON.stringify([type.name, type.stateVersion, ...shape]);
}

/** Returns the schema of a state that is saved under a key. */
export function savedState<Parts extends TProperties>(parts: Parts): TObject<Parts & { key: TString }> {
  return Type.Object({ ...parts, key: Type.String() });
}

/** Returns the state with its types; throws InvariantError when it was saved under another key or is not what `schema` says. */
export function checkedState<Schema extends TObject<{ key: TString }>>(
  schema: Schema,
  key: string,
  state: Json,
): Static<Schema> {
  assert(Value.Check(schema, state), `a saved state ${key} was expected, was ${JSON.stringify(state)}`);
  assert(state.key === key, `a saved state ${key} was expected, was ${state.key}`);
  return state;
}
