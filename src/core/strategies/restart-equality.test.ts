/** Every strategy type trades the same when it is saved and made again before each call, on an exchange and over random prices. */

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LockStep } from '../backtest/testing/lock-step.ts';
import { PAPER_INSTRUMENTS } from '../domain/paper-instruments.ts';
import { TEN_O_CLOCK } from '../engine/testing/account.ts';
import { checkStrategyParameters, findStrategyType, STRATEGY_TYPES } from './registry.ts';
import { livelyInput } from './testing/lively-inputs.ts';
import type { Strategy } from './strategy.ts';
import type { Json } from '../shared/json.ts';

/** Its parameters are checked once: a new instance is made before each call. */
function creatorOf(name: string): () => Strategy {
  const type = findStrategyType(name);
  const checked = type && checkStrategyParameters(type, { ...livelyInput(name), granularity: 'S30' });
  if (!type || !checked || 'errors' in checked) throw new Error(`${name} cannot be made`);
  return () => type.create(checked.parameters, PAPER_INSTRUMENTS.named('EUR_USD'));
}

/** Before each call, what it remembers is written as text and given to a new instance. */
function reborn(create: () => Strategy): Strategy {
  let current = create();
  const next = (): Strategy => {
    const memory = JSON.stringify(current.save());
    current = create();
    current.restore(JSON.parse(memory) as Json);
    return current;
  };
  const { granularities, onQuote, onFill, onClock } = current;
  return {
    granularities,
    onCandle: (candle, view) => next().onCandle(candle, view),
    onQuote: onQuote && ((quote, view) => next().onQuote?.(quote, view) ?? []),
    onFill: onFill && ((fill, view) => next().onFill?.(fill, view) ?? []),
    onClock: onClock && ((at, view) => next().onClock?.(at, view) ?? []),
    get wakesAt() {
      return current.wakesAt;
    },
    save: () => current.save(),
    restore: (state) => current.restore(state),
  };
}

function logOf(strategy: Strategy, steps: readonly number[], hedging: boolean): LockStep {
  const account = new LockStep({ hedging });
  account.attach(strategy);
  let bid = 110_000;
  for (const [index, step] of steps.entries()) {
    bid += step;
    account.quote(bid, { at: TEN_O_CLOCK + (index + 1) * 10_000 });
  }
  return account;
}

const walks = fc.array(fc.integer({ min: -25, max: 25 }), { minLength: 150, maxLength: 250 });

describe.each(STRATEGY_TYPES.map(({ name }) => name))('%s', (name) => {
  const create = creatorOf(name);

  it.each([true, false])('trades the same however often it is made again; hedging: %s', (hedging) => {
    let fills = 0;
    fc.assert(
      fc.property(walks, (steps) => {
        const whole = logOf(create(), steps, hedging);
        const interrupted = logOf(reborn(create), steps, hedging);

        expect(interrupted.log).toEqual(whole.log);
        expect(interrupted.notes).toEqual(whole.notes);
        fills += whole.log.filter(({ type }) => type === 'order-filled').length;
      }),
      { numRuns: 12 },
    );
    expect(fills).toBeGreaterThan(10);
  });
});
