/** What strategies keep over a restart: schemas of the indicators' states. */

import { Type } from 'typebox';

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
