/** The strategy types as people see them: what each does and which parameters it takes. */

import type { StrategyType } from '../../core/strategies/strategy.ts';

/** One strategy type, described. `parametersSchema` is a JSON schema that a form can be built from. */
export interface StrategyTypeDescription {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly parametersVersion: number;
  readonly parametersSchema: Readonly<Record<string, unknown>>;
}

/** Returns what people may know about strategy types. */
export function describeStrategyTypes(types: readonly StrategyType[]): readonly StrategyTypeDescription[] {
  return types.map(({ name, title, description, parametersVersion, parametersSchema }) => ({
    name,
    title,
    description,
    parametersVersion,
    parametersSchema: { ...parametersSchema },
  }));
}
