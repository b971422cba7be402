/** How far the slots of a snowball lie from each other. */

import { unreachable } from '../../shared/assert.ts';
import type { SnowballParameters } from './parameters.ts';

type SpacingParameters = Pick<
  SnowballParameters,
  'spacing' | 'headPips' | 'tailPips' | 'flatSteps' | 'gamma' | 'manualPips' | 'maxSlots'
>;

/**
 * Returns the distance in pips of slot `slot` (1, 2, …) from the one before it: the head's for the flat steps, then on a curve to the
 * tail's at the last slot, and beyond it too. Additive and subtractive change by differences, multiplicative and divisive by ratios.
 */
export function slotDistancePips(slot: number, parameters: SpacingParameters): number {
  const { spacing, headPips, tailPips, manualPips } = parameters;
  switch (spacing) {
    case 'constant':
      return headPips;
    case 'manual':
      return manualPips[Math.min(slot, manualPips.length) - 1] ?? headPips;
    case 'additive':
    case 'subtractive':
      return headPips + (tailPips - headPips) * curve(slot, parameters);
    case 'multiplicative':
    case 'divisive':
      return headPips * (tailPips / headPips) ** curve(slot, parameters);
    default:
      return unreachable(spacing);
  }
}

/** How much of the way from head to tail is behind at a slot, from 0 to 1. */
function curve(slot: number, { flatSteps, gamma, maxSlots }: SpacingParameters): number {
  if (slot <= flatSteps) return 0;
  if (slot >= maxSlots) return 1;
  return ((slot - flatSteps) / (maxSlots - flatSteps)) ** gamma;
}
