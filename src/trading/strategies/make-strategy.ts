/** Makes what decides for a stored strategy, from its type, parameters and instruments. */

import type { Instrument } from '../../core/domain/instrument.ts';
import type { Instruments } from '../../core/domain/instruments.ts';
import type { Json } from '../../core/shared/json.ts';
import { checkStrategyParameters, findStrategyType } from '../../core/strategies/registry.ts';
import type { Strategy } from '../../core/strategies/strategy.ts';
import type { StoredStrategy } from './strategy-store.ts';

export interface MadeStrategy {
  readonly strategy: Strategy;
  readonly instrument: Instrument;
  readonly otherInstruments: readonly Instrument[];
  readonly stateVersion: number;
}

/** Makes the strategy with what it remembers, if anything, or returns why this version of the server cannot. */
export function tryToMake(
  stored: StoredStrategy,
  memory: Json | undefined,
  instruments: Instruments,
): MadeStrategy | { readonly failure: string } {
  const type = findStrategyType(stored.strategyType);
  if (!type) return { failure: `This version of the server has no strategy type "${stored.strategyType}".` };
  const checked = checkStrategyParameters(type, stored.parameters);
  if ('errors' in checked) {
    return { failure: checked.errors.map(({ pointer, detail }) => `${pointer} ${detail}`).join('; ') };
  }
  try {
    const instrument = instruments.find(stored.instrument);
    if (!instrument) return { failure: missing(stored.instrument) };
    const strategy = type.create(checked.parameters, instrument);
    if (memory !== undefined) strategy.restore(memory);
    const others = strategy.otherInstruments ?? [];
    const lacking = others.find((name) => !instruments.find(name));
    if (lacking !== undefined) return { failure: missing(lacking) };
    const otherInstruments = others.map((name) => instruments.named(name));
    return { strategy, instrument, otherInstruments, stateVersion: type.stateVersion };
  } catch (error) {
    return { failure: error instanceof Error ? error.message : String(error) };
  }
}

function missing(instrument: string): string {
  return `The account does not have the instrument ${instrument}: GET /instruments with its accountId lists those that it has.`;
}
