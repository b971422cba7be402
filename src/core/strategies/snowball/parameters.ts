/** The parameters of `snowball`. */

import { Type } from 'typebox';
import type { Static } from 'typebox';
import { parametersSchema } from '../define-strategy-type.ts';
import { GRANULARITY, unitsSchema } from '../parameters.ts';
import type { ParameterFault } from '../strategy.ts';

/** How the distance from slot to slot changes on the way from the head to the tail. */
const SPACINGS = ['constant', 'additive', 'subtractive', 'multiplicative', 'divisive', 'manual'] as const;

const pips = (value: number, description: string): ReturnType<typeof Type.Number> =>
  Type.Number({ default: value, minimum: 0.1, maximum: 10_000, description });
const pipsOrOff = (value: number, description: string): ReturnType<typeof Type.Number> =>
  Type.Number({ default: value, minimum: 0, maximum: 10_000, description });
const part = (value: number, description: string): ReturnType<typeof Type.Number> =>
  Type.Number({ default: value, minimum: 0.01, maximum: 1, description });

export const PARAMETERS = parametersSchema({
  granularity: GRANULARITY,
  baseUnits: unitsSchema({
    default: 1000,
    maximum: 10_000_000,
    description: 'Units of a head; slot k has k + 1 times as many.',
  }),
  trendTakeProfitPips: pips(50, 'Move in favour of a head that closes it; on a net account, of the average.'),
  maxSlots: Type.Integer({
    default: 7,
    minimum: 1,
    maximum: 20,
    description: 'Counter slots of a layer; on a net account, of the basket.',
  }),
  maxLayers: Type.Integer({
    default: 3,
    minimum: 1,
    maximum: 3,
    description: 'Layers of a basket; a full one opens the next. A net account has one.',
  }),
  spacing: Type.Enum([...SPACINGS], {
    default: 'subtractive',
    description: 'How the distance between slots goes from the head to the tail.',
  }),
  headPips: pips(30, 'Distance of the first slots.'),
  tailPips: pips(14, 'Distance of the last slot.'),
  flatSteps: Type.Integer({
    default: 2,
    minimum: 0,
    maximum: 20,
    description: 'Slots at the distance of the head before it changes.',
  }),
  gamma: Type.Number({
    default: 1.4,
    minimum: 0.1,
    maximum: 10,
    description: 'Above 1 the distance changes late, below 1 early.',
  }),
  manualPips: Type.Array(Type.Number({ minimum: 0.1, maximum: 10_000 }), {
    default: [30, 30, 25, 20, 16, 14, 12],
    minItems: 1,
    maxItems: 20,
    description: 'Distances of manual spacing, slot by slot; the last one is repeated.',
  }),
  counterTarget: Type.Enum(['average', 'fixed'], {
    default: 'average',
    description: 'Where a slot closes: at the average price of its layer, or at counterTakeProfitPips.',
  }),
  counterTakeProfitPips: pips(25, 'Move in favour of a slot that closes it, with the fixed target.'),
  refillSlots: Type.Integer({
    default: 2,
    minimum: 0,
    maximum: 20,
    description: 'Slots up to this one may be filled again after they closed at their target.',
  }),
  stopLossPips: pipsOrOff(0, 'Distance of the stop loss of each entry; 0 means none.'),
  rebuildMinutes: Type.Integer({
    default: 60,
    minimum: 1,
    maximum: 10_080,
    description: 'Minutes after which a slot that was stopped may be filled again.',
  }),
  shrinkAboveMargin: part(0.7, 'Margin used, as a part of equity, from which positions are closed.'),
  shrinkToMargin: part(0.5, 'Margin used, as a part of equity, down to which positions are closed.'),
  emergencyMargin: part(
    0.95,
    'Margin used, as a part of equity, from which all is closed and nothing is opened.',
  ),
  maxSpreadPips: pipsOrOff(3, 'No entry while the spread is wider; 0 means any.'),
  emaFast: Type.Integer({
    default: 12,
    minimum: 1,
    maximum: 500,
    description: 'Net account: candles of the fast EMA of the direction.',
  }),
  emaSlow: Type.Integer({
    default: 26,
    minimum: 2,
    maximum: 1000,
    description: 'Net account: candles of the slow EMA of the direction.',
  }),
  partialClosePips: pips(25, 'Net account: move in favour of the average that closes half.'),
  maxAtrPips: pipsOrOff(0, 'Net account: no slot is added while ATR(14) is above this; 0 means any.'),
  addWithTrendOnly: Type.Boolean({
    default: false,
    description: 'Net account: no slot is added while the direction is against the basket.',
  }),
  maxMarginToAdd: part(0.5, 'Net account: no slot is added from this margin used, as a part of equity.'),
  lossCut: Type.Enum(['none', 'full', 'staged'], {
    default: 'none',
    description: 'Net account: close all at lossCutPips, or half of it there and the rest at twice that.',
  }),
  lossCutPips: pips(300, 'Net account: move against the average at which the loss is cut.'),
});

export type SnowballParameters = Static<typeof PARAMETERS>;

/** Returns what is wrong with parameters together. */
export function checkParameters(parameters: SnowballParameters): readonly ParameterFault[] {
  const { spacing, headPips, tailPips, emaFast, emaSlow, shrinkToMargin, shrinkAboveMargin } = parameters;
  const faults: ParameterFault[] = [];
  const fault = (isRight: boolean, parameter: string, detail: string): void => {
    if (!isRight) faults.push({ parameter, detail });
  };
  const isNarrowing = spacing === 'subtractive' || spacing === 'divisive';
  const isWidening = spacing === 'additive' || spacing === 'multiplicative';
  fault(
    !isNarrowing || tailPips <= headPips,
    'tailPips',
    `must be at most headPips (${headPips}), was ${tailPips}`,
  );
  fault(
    !isWidening || tailPips >= headPips,
    'tailPips',
    `must be at least headPips (${headPips}), was ${tailPips}`,
  );
  fault(emaFast < emaSlow, 'emaFast', `must be less than emaSlow (${emaSlow}), was ${emaFast}`);
  fault(
    shrinkToMargin < shrinkAboveMargin,
    'shrinkToMargin',
    `must be less than shrinkAboveMargin (${shrinkAboveMargin}), was ${shrinkToMargin}`,
  );
  fault(
    shrinkAboveMargin < parameters.emergencyMargin,
    'shrinkAboveMargin',
    `must be less than emergencyMargin (${parameters.emergencyMargin}), was ${shrinkAboveMargin}`,
  );
  return faults;
}
