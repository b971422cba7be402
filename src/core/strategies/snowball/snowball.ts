/** `snowball`: baskets that grow against the price and close with it; two on an account that hedges, one on an account that nets. */

import { Type } from 'typebox';
import type { Static } from 'typebox';
import type { Candle, Granularity } from '../../domain/candle.ts';
import { pointsPerPip } from '../../domain/instrument.ts';
import type { Instrument } from '../../domain/instrument.ts';
import type { Quote } from '../../domain/quote.ts';
import { sumUnits } from '../../domain/units.ts';
import { Atr } from '../../indicators/atr.ts';
import { Ema } from '../../indicators/ema.ts';
import { defineStrategyType } from '../define-strategy-type.ts';
import type { TypedStrategy } from '../define-strategy-type.ts';
import { midClose, midHigh, midLow } from '../mid-prices.ts';
import { ATR_STATE, EMA_STATE } from '../saved-state.ts';
import { NO_INTENTS } from '../strategy.ts';
import type { Intent, StrategyView } from '../strategy.ts';
import { Basket, BASKET_STATE } from './basket.ts';
import { NET_STATE, NetBasket } from './net-basket.ts';
import { checkParameters, PARAMETERS } from './parameters.ts';
import type { NetSignals } from './net-basket.ts';
import type { SnowballParameters } from './parameters.ts';

const ATR_PERIOD = 14;

const STATE = Type.Object({
  fast: EMA_STATE,
  slow: EMA_STATE,
  atr: ATR_STATE,
  long: BASKET_STATE,
  short: BASKET_STATE,
  net: NET_STATE,
  // Margin went above the one limit and not yet below the other.
  isShrinking: Type.Boolean(),
  // Margin came to the emergency limit: all is closed, and nothing is opened until the strategy is started again.
  isEnded: Type.Boolean(),
});

/** Decides at every quote. Candles only say which way a net basket goes and how far prices swing. */
class Snowball implements TypedStrategy<Static<typeof STATE>> {
  readonly granularities: readonly Granularity[];
  readonly #parameters: SnowballParameters;
  readonly #pip: number;
  readonly #long: Basket;
  readonly #short: Basket;
  readonly #net: NetBasket;
  #fast: Ema;
  #slow: Ema;
  #atr = new Atr(ATR_PERIOD);
  #isShrinking = false;
  #isEnded = false;

  constructor(parameters: SnowballParameters, instrument: Instrument) {
    this.granularities = [parameters.granularity];
    this.#parameters = parameters;
    this.#pip = pointsPerPip(instrument);
    const shared = { parameters, instrument };
    this.#long = new Basket({ ...shared, side: 'long' });
    this.#short = new Basket({ ...shared, side: 'short' });
    this.#net = new NetBasket(parameters, instrument);
    this.#fast = new Ema(parameters.emaFast);
    this.#slow = new Ema(parameters.emaSlow);
  }

  /** When a slot that was stopped has cooled down. */
  get wakesAt(): number {
    return Math.min(this.#long.freesAt, this.#short.freesAt);
  }

  onCandle(candle: Candle): readonly Intent[] {
    const close = midClose(candle);
    this.#fast.update(close);
    this.#slow.update(close);
    this.#atr.update(midHigh(candle), midLow(candle), close);
    return NO_INTENTS;
  }

  onQuote(quote: Quote, view: StrategyView): readonly Intent[] {
    this.#watchMargin(view);
    const mayEnter = !this.#isShrinking && !this.#isEnded && this.#isSpreadNarrow(quote);
    return view.hedging ? this.#decideBoth(quote, view, mayEnter) : this.#decideNet(quote, view, mayEnter);
  }

  onClock(_at: number, view: StrategyView): readonly Intent[] {
    this.#long.follow(view);
    this.#short.follow(view);
    return NO_INTENTS;
  }

  save(): Static<typeof STATE> {
    return {
      fast: this.#fast.save(),
      slow: this.#slow.save(),
      atr: this.#atr.save(),
      long: this.#long.save(),
      short: this.#short.save(),
      net: this.#net.save(),
      isShrinking: this.#isShrinking,
      isEnded: this.#isEnded,
    };
  }

  restore(saved: Static<typeof STATE>): void {
    this.#fast = Ema.restore(saved.fast);
    this.#slow = Ema.restore(saved.slow);
    this.#atr = Atr.restore(saved.atr);
    this.#long.restore(saved.long);
    this.#short.restore(saved.short);
    this.#net.restore(saved.net);
    this.#isShrinking = saved.isShrinking;
    this.#isEnded = saved.isEnded;
  }

  /** Each basket acts for itself; when margin is short, the larger one closes its deepest slot. */
  #decideBoth(quote: Quote, view: StrategyView, mayEnter: boolean): readonly Intent[] {
    const isLongBusy = this.#long.follow(view);
    const isShortBusy = this.#short.follow(view);
    if (this.#isEnded) return this.#endAll(view);
    if (this.#isShrinking) {
      if (isLongBusy || isShortBusy) return NO_INTENTS;
      return unitsOf('long', view) >= unitsOf('short', view)
        ? this.#long.shrink(view)
        : this.#short.shrink(view);
    }
    return [
      ...(isLongBusy ? NO_INTENTS : this.#long.decide(quote, view, mayEnter)),
      ...(isShortBusy ? NO_INTENTS : this.#short.decide(quote, view, mayEnter)),
    ];
  }

  #decideNet(quote: Quote, view: StrategyView, mayEnter: boolean): readonly Intent[] {
    if (this.#isEnded) return this.#endAll(view);
    if (view.hasOpenOrder) return NO_INTENTS;
    if (this.#isShrinking) return this.#net.shrink(view);
    return this.#net.decide(quote, view, this.#signals(), mayEnter);
  }

  /** Equity that is gone altogether is an emergency like margin that uses all of it. */
  #watchMargin({ marginUsed, equity, positions }: StrategyView): void {
    const { shrinkAboveMargin, shrinkToMargin, emergencyMargin } = this.#parameters;
    if (positions.length === 0) {
      this.#isShrinking = false;
      return;
    }
    if (marginUsed >= equity * emergencyMargin) this.#isEnded = true;
    if (marginUsed >= equity * shrinkAboveMargin) this.#isShrinking = true;
    else if (marginUsed <= equity * shrinkToMargin) this.#isShrinking = false;
  }

  /** The oldest lots first, as FIFO wants it. A close that is under way already is not asked for twice by the engine. */
  #endAll({ positions }: StrategyView): readonly Intent[] {
    return positions.map(({ brokerPositionId }) => ({ type: 'close', brokerPositionId }));
  }

  #signals(): NetSignals {
    const [fast, slow] = [this.#fast.value, this.#slow.value];
    const atr = this.#atr.value;
    if (fast === undefined || slow === undefined || fast === slow) return { direction: undefined, atr };
    return { direction: fast > slow ? 'long' : 'short', atr };
  }

  #isSpreadNarrow({ bid, ask }: Quote): boolean {
    const { maxSpreadPips } = this.#parameters;
    return maxSpreadPips === 0 || ask - bid <= maxSpreadPips * this.#pip;
  }
}

function unitsOf(side: 'long' | 'short', { positions }: StrategyView): number {
  return sumUnits(positions.filter((held) => held.side === side).map(({ openUnits }) => openUnits));
}

/** The strategy type `snowball`. */
export const SNOWBALL = defineStrategyType({
  name: 'snowball',
  title: 'Snowball',
  description:
    'Adds growing slots against the price and closes them from the deepest at the average price: two independent baskets where the ' +
    'account hedges, one net basket where it nets. It can lose all that its margin limits allow.',
  parameters: PARAMETERS,
  state: STATE,
  stateDependsOn: ['granularity', 'emaFast', 'emaSlow', 'maxSlots', 'maxLayers'],
  check: checkParameters,
  warmUp: ({ emaSlow }) => Math.max(emaSlow, ATR_PERIOD),
  create: (parameters, instrument) => new Snowball(parameters, instrument),
});
