import { PAPER_INSTRUMENTS } from '../../domain/paper-instruments.ts';
import type { Json } from '../../shared/json.ts';
import { checkStrategyParameters } from '../registry.ts';
import type { Strategy, StrategyType } from '../strategy.ts';

/** Returns a strategy of this type on EUR_USD, with these parameters and the defaults of the others. */
export function createStrategy(type: StrategyType, input: Readonly<Record<string, Json>> = {}): Strategy {
  const checked = checkStrategyParameters(type, input);
  if ('errors' in checked) throw new Error(JSON.stringify(checked.errors));
  return type.create(checked.parameters, PAPER_INSTRUMENTS.named('EUR_USD'));
}
