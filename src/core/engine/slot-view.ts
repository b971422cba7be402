/** What a strategy sees of the account: always the present, so that one object serves for its whole life. */

import type { Instrument } from '../domain/instrument.ts';
import type { Position } from '../domain/position.ts';
import type { Quote } from '../domain/quote.ts';
import type { IntentTag, StrategyOrder, StrategyView } from '../strategies/strategy.ts';
import type { EngineState } from './engine-state.ts';

/** What is the strategy's own. */
export interface OwnThings {
  readonly instrument: Instrument;
  readonly positions: readonly Position[];
  readonly orders: readonly StrategyOrder[];
  readonly isBusy: boolean;
  isUnderWay(tag: IntentTag): boolean;
}

/** The view of one slot. Money is computed only when it is asked for. */
export class SlotView implements StrategyView {
  readonly #own: OwnThings;
  readonly #state: EngineState;

  constructor(own: OwnThings, state: EngineState) {
    this.#own = own;
    this.#state = state;
  }

  get at(): number {
    return this.#state.at;
  }

  get quote(): Quote | undefined {
    return this.#state.quoteToKeep(this.#own.instrument.name);
  }

  readonly quoteOf = (instrument: string): Quote | undefined => this.#state.quoteToKeep(instrument);

  get positions(): readonly Position[] {
    return this.#own.positions;
  }

  get orders(): readonly StrategyOrder[] {
    return this.#own.orders;
  }

  get hasOpenOrder(): boolean {
    return this.#own.isBusy;
  }

  readonly isUnderWay = (tag: IntentTag): boolean => this.#own.isUnderWay(tag);

  get equity(): number {
    return this.#state.equity();
  }

  get marginUsed(): number {
    return this.#state.portfolio.snapshot(this.#state.at).marginUsed;
  }

  get marginAvailable(): number {
    return this.#state.marginAvailable();
  }

  get hedging(): boolean {
    return this.#state.hedging;
  }
}
