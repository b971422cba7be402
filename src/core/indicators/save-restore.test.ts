/** The law every indicator keeps: saved as JSON at any point and restored, it gives the same outputs as one that ran on. */

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Atr } from './atr.ts';
import { Ema } from './ema.ts';
import { RollingExtreme } from './rolling-extreme.ts';
import { Rsi } from './rsi.ts';
import { Sma } from './sma.ts';

interface Machine<State> {
  readonly value: number | undefined;
  readonly update: (high: number, low: number, close: number) => number | undefined;
  readonly save: () => State;
}

/** Makes a machine, and says how to get another one from what a database would have kept of it. */
interface IndicatorCase {
  readonly name: string;
  readonly create: (period: number) => {
    readonly machine: Machine<unknown>;
    readonly restored: () => Machine<unknown>;
  };
}

function caseOf<State>(
  name: string,
  create: (period: number) => Machine<State>,
  restore: (state: State) => Machine<State>,
): IndicatorCase {
  const throughJson = (state: State): State => JSON.parse(JSON.stringify(state)) as State;
  return {
    name,
    create: (period) => {
      const machine = create(period);
      return { machine, restored: () => restore(throughJson(machine.save())) };
    },
  };
}

const CASES = [
  caseOf(
    'Ema',
    (period) => new Ema(period),
    (state) => Ema.restore(state),
  ),
  caseOf(
    'Sma',
    (period) => new Sma(period),
    (state) => Sma.restore(state),
  ),
  caseOf(
    'Rsi',
    (period) => new Rsi(period),
    (state) => Rsi.restore(state),
  ),
  caseOf(
    'Atr',
    (period) => new Atr(period),
    (state) => Atr.restore(state),
  ),
  caseOf(
    'rolling maximum',
    (period) => new RollingExtreme('maximum', period),
    (state) => RollingExtreme.restore(state),
  ),
  caseOf(
    'rolling minimum',
    (period) => new RollingExtreme('minimum', period),
    (state) => RollingExtreme.restore(state),
  ),
];

const halfPoints = fc.integer({ min: 200_000, max: 200_400 }).map((half) => half / 2);
const candle = fc.tuple(halfPoints, halfPoints, halfPoints);

describe('A restored indicator', () => {
  it.each(CASES)('continues exactly as the saved one: $name', ({ create }) => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 8 }),
        fc.array(candle, { maxLength: 25 }),
        fc.array(candle, { minLength: 1, maxLength: 25 }),
        (period, before, after) => {
          const { machine, restored } = create(period);
          for (const prices of before) machine.update(...prices);

          const other = restored();

          expect(other.value).toBe(machine.value);
          expect(other.save()).toEqual(machine.save());
          for (const prices of after) expect(other.update(...prices)).toBe(machine.update(...prices));
          expect(other.value).toBe(machine.value);
        },
      ),
    );
  });
});
