/** An account for tests: an engine in front of a log that is written by hand, on Tuesday 5 March 2024 from 10:00 UTC. */

import { PAPER_INSTRUMENTS } from '../../domain/paper-instruments.ts';
import { Engine } from '../engine.ts';
import { WrittenLog } from './written-log.ts';
import type { Transaction } from '../../domain/transaction.ts';
import type { Strategy } from '../../strategies/strategy.ts';
import type { Effect } from '../effect.ts';
import type { EngineOptions } from '../engine-options.ts';

/** In UTC ms. */
export const TEN_O_CLOCK = 1_709_632_800_000;

/** 10,000.00 US dollars. */
const BALANCE = 100_000_000;

/** Ids that count: `a-1`, `a-2`, … */
export function countIds(prefix = 'a'): () => string {
  let count = 0;
  return () => `${prefix}-${(count += 1)}`;
}

/** A US dollar account that has seen its opening. Times are given in milliseconds after ten o'clock. */
export class TestAccount {
  readonly log = new WrittenLog(TEN_O_CLOCK);
  readonly engine: Engine;

  constructor(options: Partial<EngineOptions> = {}) {
    this.engine = new Engine({
      currency: 'USD',
      limits: {},
      conversionMarkup: 0,
      hedging: false,
      newId: countIds(),
      ...options,
    });
    this.show(this.log.open('USD', BALANCE));
  }

  /** Shows a quote of EUR_USD with a spread of ten points, or of what is given. */
  quote(afterMs: number, bid: number, { ask = bid + 10, instrument = 'EUR_USD' } = {}): readonly Effect[] {
    const at = TEN_O_CLOCK + afterMs;
    this.log.setTime(at);
    return this.engine.step({ type: 'quote', quote: { instrument, at, bid, ask } });
  }

  clock(afterMs: number, pricesAliveAfterMs = afterMs): readonly Effect[] {
    const at = TEN_O_CLOCK + afterMs;
    this.log.setTime(at);
    return this.engine.step({ type: 'clock', at, pricesAliveAt: TEN_O_CLOCK + pricesAliveAfterMs });
  }

  show(transactions: readonly Transaction[]): readonly Effect[] {
    return this.engine.absorb(transactions).effects;
  }

  attach(strategy: Strategy, strategyId = 's', instrumentName = 'EUR_USD'): readonly Effect[] {
    const instrument = PAPER_INSTRUMENTS.named(instrumentName);
    return this.engine.step({ type: 'strategy-attached', strategyId, instrument, strategy, paused: false });
  }
}

/** The effects of one type. */
export function only<T extends Effect['type']>(
  effects: readonly Effect[],
  type: T,
): Extract<Effect, { type: T }>[] {
  return effects.filter((effect): effect is Extract<Effect, { type: T }> => effect.type === type);
}
