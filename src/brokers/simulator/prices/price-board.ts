/** The newest prices of the simulator and the candles of those before, as every account is shown them. */

import { marketFaultsOf } from '../faults/market-faults.ts';
import { CandleStore } from '../candles/candle-store.ts';
import { ladderOf } from './price-ladder.ts';
import { WireTime } from '../wire/time.ts';
import type { Instrument } from '../../../core/domain/instrument.ts';
import type { Quote } from '../../../core/domain/quote.ts';
import type { QuoteHistory } from '../candles/candle-store.ts';
import type { FaultPlan } from '../faults/fault-plan.ts';
import type { Simulator } from '../simulator.ts';
import type { Fields } from '../v20-error.ts';

/** What a line of a price stream and a price of `/pricing` share. */
export interface Price {
  readonly quote: Quote;
  readonly isTradable: boolean;
  readonly fields: Fields;
}

/** Follows the prices of a simulator from its making on. */
export class PriceBoard {
  readonly candles: CandleStore;
  readonly #simulator: Simulator;
  readonly #faults: FaultPlan;
  readonly #latestByInstrument = new Map<string, Quote>();

  constructor(simulator: Simulator, faults: FaultPlan, history?: QuoteHistory) {
    this.#simulator = simulator;
    this.#faults = faults;
    this.candles = new CandleStore(history);
    for (const quote of simulator.prices.latestQuotes()) this.#take(quote);
    simulator.subscribe({ onQuote: (quote) => this.#take(quote) });
  }

  /** Returns the price of an instrument now; undefined when there was none yet. */
  priceOf(instrument: Instrument): Price | undefined {
    const quote = this.#latestByInstrument.get(instrument.name);
    if (!quote) return undefined;
    const isTradable = this.#isTradable(instrument.name);
    const { emptySides } = marketFaultsOf(this.#faults, instrument.name);
    const { depth } = this.#simulator.costs;
    const ladder = ladderOf(instrument, quote, { emptySides, depth });
    const fields = {
      type: 'PRICE',
      time: new WireTime(quote.at),
      ...ladder,
      status: isTradable ? 'tradeable' : 'non-tradeable',
      tradeable: isTradable,
      instrument: instrument.name,
    };
    return { quote, isTradable, fields };
  }

  #take(quote: Quote): void {
    // While it is halted an instrument has the price it had before.
    if (marketFaultsOf(this.#faults, quote.instrument).isHalted) return;
    this.#latestByInstrument.set(quote.instrument, quote);
    // A price of a closed market is shown, but it is no part of a candle.
    if (this.#isTradable(quote.instrument)) this.candles.add(quote);
  }

  /** All accounts have one market. */
  #isTradable(instrumentName: string): boolean {
    return this.#simulator.accounts.some(({ exchange }) => exchange.isTradable(instrumentName));
  }
}
