/** The instruments that a request names. */

import type { FastifyRequest } from 'fastify';
import { requiredText } from '../read-query.ts';
import { invalidValue } from '../v20-error.ts';
import type { Currency, Instrument } from '../../../core/domain/instrument.ts';
import type { Simulator } from '../simulator.ts';

/** Returns the instruments of the parameter `instruments`, each once, in the order in which they are named. */
export function requestedInstruments(simulator: Simulator, request: FastifyRequest): readonly Instrument[] {
  const names = new Set(requiredText(request, 'instruments').split(','));
  return [...names].map((name) => {
    const instrument = simulator.instruments.find(name);
    if (!instrument) throw invalidValue('instruments');
    return instrument;
  });
}

/** Returns the base and quote currencies of instruments, each once. */
export function currenciesOf(instruments: readonly Instrument[]): ReadonlySet<Currency> {
  return new Set(instruments.flatMap(({ base, quote }) => [base, quote]));
}
