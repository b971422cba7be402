/** How many units of an order each risk rule lets pass. */

import { mayOpen } from '../domain/order.ts';
import { stepsOfUnits, unitsOfSteps, unitStep } from '../domain/units.ts';
import { RISK_RULES } from './risk-rules.ts';
import type { Denial } from '../domain/denial.ts';
import type { DenialCode } from '../domain/denial-catalogue.ts';
import type { Instrument } from '../domain/instrument.ts';
import type { OrderTerms } from '../domain/order.ts';
import type { RiskFacts } from './risk-facts.ts';

/** The most units that one rule lets pass, and the code with which it denies more. */
export interface UnitsCeiling {
  readonly code: DenialCode;
  readonly units: number;
}

/** Returns the most units that each rule about units lets pass, all else being equal; 0 where it lets none pass. */
export function unitsCeilings(
  terms: OrderTerms,
  facts: RiskFacts,
  instrument: Instrument,
): readonly UnitsCeiling[] {
  if (!mayOpen(terms)) return [];
  const ceilings: UnitsCeiling[] = [];
  for (const rule of RISK_RULES) {
    const judge = (units: number): Denial | undefined => rule({ ...terms, units }, facts);
    const denial = judge(instrument.maximumOrderUnits + unitStep(instrument));
    if (denial?.field !== 'units' || denial.code === 'units-invalid') continue;
    const passes = (steps: number): boolean => judge(unitsOfSteps(instrument, steps))?.field !== 'units';
    const steps = mostPassing(stepsOfUnits(instrument, instrument.maximumOrderUnits), passes);
    ceilings.push({ code: denial.code, units: unitsOfSteps(instrument, steps) });
  }
  return ceilings;
}

/** The largest whole number up to `most` that passes, where all below one that passes do; 0 when none does. */
function mostPassing(most: number, passes: (steps: number) => boolean): number {
  let passing = 0;
  let failing = most + 1;
  while (failing - passing > 1) {
    const middle = Math.floor((passing + failing) / 2);
    if (passes(middle)) passing = middle;
    else failing = middle;
  }
  return passing;
}
