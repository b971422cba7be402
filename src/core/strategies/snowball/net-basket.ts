/** The one basket of a snowball on an account that nets: it grows against the price and closes its oldest lots first (FIFO). */

import { Type } from 'typebox';
import type { Static } from 'typebox';
import { directionOf, exitPriceAt } from '../../domain/position.ts';
import { pointsPerPip } from '../../domain/instrument.ts';
import type { Instrument } from '../../domain/instrument.ts';
import type { Position, PositionSide } from '../../domain/position.ts';
import type { Quote } from '../../domain/quote.ts';
import { exactUnits, floorUnits, subtractUnits, sumUnits, unitStep } from '../../domain/units.ts';
import { NO_INTENTS } from '../strategy.ts';
import type { CloseIntent, Intent, StrategyView } from '../strategy.ts';
import { averagePrice } from './basket.ts';
import { slotDistancePips } from './spacing.ts';
import type { SnowballParameters } from './parameters.ts';

/** For which deepest slot half was taken in profit, and cut at a loss; −1 for none. The next slot makes both possible again. */
export const NET_STATE = Type.Object({ halvedAtSlot: Type.Integer(), cutAtSlot: Type.Integer() });

/** What closed candles say. */
export interface NetSignals {
  /** Undefined while the averages are equal or not ready. */
  readonly direction: PositionSide | undefined;
  /** Points; undefined while it is not ready. */
  readonly atr: number | undefined;
}

/** The basket is what is open: its deepest slot is in the tags of its positions. */
interface NetPosition {
  readonly side: PositionSide;
  readonly positions: readonly Position[];
  readonly deepestSlot: number;
  /** How far the price is from the average in points, positive in favour, at the side on which it would close. */
  readonly gain: number;
}

/** Every order has the tag `net.` and its slot, so that what is under way is known by the strategy as a whole. */
export class NetBasket {
  readonly #parameters: SnowballParameters;
  readonly #instrument: Instrument;
  readonly #pip: number;
  #halvedAtSlot = -1;
  #cutAtSlot = -1;

  constructor(parameters: SnowballParameters, instrument: Instrument) {
    this.#parameters = parameters;
    this.#instrument = instrument;
    this.#pip = pointsPerPip(instrument);
  }

  save(): Static<typeof NET_STATE> {
    return { halvedAtSlot: this.#halvedAtSlot, cutAtSlot: this.#cutAtSlot };
  }

  restore({ halvedAtSlot, cutAtSlot }: Static<typeof NET_STATE>): void {
    this.#halvedAtSlot = halvedAtSlot;
    this.#cutAtSlot = cutAtSlot;
  }

  /** Returns the close of the oldest lot, if any: the one that is closed first when margin is short. */
  shrink(view: StrategyView): readonly Intent[] {
    return view.positions.slice(0, 1).map(({ brokerPositionId }) => ({ type: 'close', brokerPositionId }));
  }

  /** Returns what the basket wants at a quote, while nothing of it is under way. */
  decide(
    quote: Quote,
    view: StrategyView,
    { direction, atr }: NetSignals,
    mayEnter: boolean,
  ): readonly Intent[] {
    const net = this.#netPosition(quote, view);
    if (!net) {
      this.#halvedAtSlot = -1;
      this.#cutAtSlot = -1;
      return mayEnter && direction !== undefined ? this.#open(direction, 0, quote) : NO_INTENTS;
    }
    const closes = this.#exits(net);
    if (closes.length > 0 || !mayEnter) return closes;
    return this.#mayAdd(net, { direction, atr }, view)
      ? this.#open(net.side, net.deepestSlot + 1, quote)
      : NO_INTENTS;
  }

  #netPosition(quote: Quote, { positions }: StrategyView): NetPosition | undefined {
    const [oldest] = positions;
    if (!oldest) return undefined;
    const { side } = oldest;
    const deepestSlot = Math.max(...positions.map(({ tag }) => slotOf(tag)));
    const average = averagePrice(this.#instrument, positions);
    const gain = (exitPriceAt(side, quote) - average) * directionOf(side);
    return { side, positions, deepestSlot, gain };
  }

  #exits({ positions, gain, deepestSlot }: NetPosition): readonly Intent[] {
    const { trendTakeProfitPips, partialClosePips, lossCut, lossCutPips } = this.#parameters;
    if (gain >= trendTakeProfitPips * this.#pip) return this.#closes(positions, 1);
    if (gain >= partialClosePips * this.#pip && deepestSlot > this.#halvedAtSlot) {
      this.#halvedAtSlot = deepestSlot;
      return this.#closes(positions, 0.5);
    }
    const cut = lossCutPips * this.#pip;
    if (lossCut === 'none' || gain > -cut) return NO_INTENTS;
    if (lossCut === 'full' || gain <= -2 * cut) return this.#closes(positions, 1);
    if (deepestSlot <= this.#cutAtSlot) return NO_INTENTS;
    this.#cutAtSlot = deepestSlot;
    return this.#closes(positions, 0.5);
  }

  #mayAdd(
    { side, gain, deepestSlot }: NetPosition,
    { direction, atr }: NetSignals,
    view: StrategyView,
  ): boolean {
    const { maxSlots, maxAtrPips, addWithTrendOnly, maxMarginToAdd } = this.#parameters;
    const slot = deepestSlot + 1;
    if (slot > maxSlots || gain > -slotDistancePips(slot, this.#parameters) * this.#pip) return false;
    if (maxAtrPips > 0 && (atr === undefined || atr > maxAtrPips * this.#pip)) return false;
    if (addWithTrendOnly && direction !== side) return false;
    return view.marginUsed < maxMarginToAdd * view.equity;
  }

  #open(side: PositionSide, slot: number, { bid, ask }: Quote): readonly Intent[] {
    const { baseUnits, stopLossPips } = this.#parameters;
    const distance = Math.round(stopLossPips * this.#pip);
    const price = side === 'long' ? ask : bid;
    const stopLoss = distance > 0 ? price - directionOf(side) * distance : undefined;
    const size = { units: exactUnits(baseUnits * (slot + 1)) };
    return [{ type: 'open', side, size, orderType: 'market', stopLoss, tag: `net.${slot}` }];
  }

  /** Closes a part of all units, the oldest lots first; at least the least that units can differ by. */
  #closes(positions: readonly Position[], fraction: number): readonly CloseIntent[] {
    const total = sumUnits(positions.map(({ openUnits }) => openUnits));
    let left = Math.max(unitStep(this.#instrument), floorUnits(this.#instrument, total * fraction));
    const closes: CloseIntent[] = [];
    for (const { brokerPositionId, openUnits } of positions) {
      if (left === 0) break;
      const units = Math.min(left, openUnits);
      closes.push({ type: 'close', brokerPositionId, units: units === openUnits ? undefined : units });
      left = subtractUnits(left, units);
    }
    return closes;
  }
}

/** A position without a tag of ours is taken for a head. */
function slotOf(tag: string | undefined): number {
  const slot = Number(tag?.split('.').at(-1));
  return Number.isInteger(slot) ? slot : 0;
}
