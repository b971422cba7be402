/** The parts of one engine that events act on. */

import type { AttachedStrategies } from './attached-strategies.ts';
import type { EngineState } from './engine-state.ts';
import type { Unwinding } from './unwinding.ts';

export interface EngineParts {
  readonly state: EngineState;
  readonly unwinding: Unwinding;
  readonly strategies: AttachedStrategies;
}
