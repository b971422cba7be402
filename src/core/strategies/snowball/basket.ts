/** One basket of a snowball, long or short: layers of a head and counter slots, filled against the price and closed from the deepest. */

import { Type } from 'typebox';
import type { Static } from 'typebox';
import { pointsPerPip } from '../../domain/instrument.ts';
import type { Instrument } from '../../domain/instrument.ts';
import { directionOf, exitPriceAt } from '../../domain/position.ts';
import type { Position, PositionSide } from '../../domain/position.ts';
import type { Quote } from '../../domain/quote.ts';
import { exactUnits } from '../../domain/units.ts';
import type { UnitsPrecision } from '../../domain/units.ts';
import { MINUTE_MS } from '../../domain/trading-calendar.ts';
import { NO_INTENTS } from '../strategy.ts';
import type { Intent, StrategyView } from '../strategy.ts';
import { slotDistancePips } from './spacing.ts';
import type { SnowballParameters } from './parameters.ts';

const SLOT_STATUSES = ['asked', 'open', 'closing', 'free', 'sealed', 'stopped'] as const;

/**
 * A slot: the price (points) at which it was or is to be filled, and what it is. `free` may be filled again, `sealed` may not,
 * `stopped` becomes free at `freeAt` (UTC ms).
 */
const SLOT = Type.Object({
  level: Type.Number(),
  status: Type.Enum([...SLOT_STATUSES]),
  freeAt: Type.Number(),
});
type Slot = Static<typeof SLOT>;

/** The state of a basket: its layers, the oldest first; the first slot of each is its head. */
export const BASKET_STATE = Type.Array(Type.Array(SLOT));

/** A place in a basket. */
interface Place {
  readonly layer: number;
  readonly slot: number;
}

/** Where the basket would add next, and the price at which it would. */
interface Entry {
  readonly place: Place;
  readonly level: number;
}

/** What follows from the slots while the same positions are open. */
interface Found {
  readonly positions: readonly Position[];
  readonly deepest: Place | undefined;
  readonly target: number;
  readonly next: Entry | undefined;
}

/** The states of slots that become others without a position opening or closing. */
const PASSING: ReadonlySet<Slot['status']> = new Set(['asked', 'closing', 'stopped']);

/** What a basket is made for. */
export interface BasketOptions {
  readonly side: PositionSide;
  readonly parameters: SnowballParameters;
  readonly instrument: Instrument;
}

/** At most one entry or close is asked for at a quote, and nothing while one is under way. */
export class Basket {
  readonly #side: PositionSide;
  readonly #direction: 1 | -1;
  readonly #parameters: SnowballParameters;
  readonly #instrument: Instrument;
  readonly #pip: number;
  #layers: Slot[][] = [];
  /** What the last look at the account found; most quotes change nothing, and are only compared with two prices. */
  #found: Found | undefined;

  constructor({ side, parameters, instrument }: BasketOptions) {
    this.#side = side;
    this.#direction = directionOf(side);
    this.#parameters = parameters;
    this.#instrument = instrument;
    this.#pip = pointsPerPip(instrument);
  }

  /** When the next stopped slot may be filled again (UTC ms), Infinity when none is stopped. */
  get freesAt(): number {
    const stopped = this.#layers.flat().filter(({ status }) => status === 'stopped');
    return Math.min(...stopped.map(({ freeAt }) => freeAt), Infinity);
  }

  save(): Static<typeof BASKET_STATE> {
    return this.#layers.map((layer) => layer.map((slot) => ({ ...slot })));
  }

  restore(layers: Static<typeof BASKET_STATE>): void {
    this.#layers = layers.map((layer) => layer.map((slot) => ({ ...slot })));
    this.#found = undefined;
  }

  /** Brings the slots into agreement with what is open and under way; returns whether anything of the basket is under way. */
  follow(view: StrategyView): boolean {
    if (this.#found?.positions === view.positions) return false;
    const isBusy = this.#look(view);
    const isSettled = this.#layers.every((layer) => layer.every(({ status }) => !PASSING.has(status)));
    this.#found = isSettled && !isBusy ? this.#find(view) : undefined;
    return isBusy;
  }

  #look(view: StrategyView): boolean {
    const held = this.#held(view);
    if (this.#layers.length === 0) this.#adopt(held);
    let isBusy = false;
    for (const [layer, slots] of this.#layers.entries()) {
      for (const [slot, state] of slots.entries()) {
        const tag = this.#tagOf({ layer, slot });
        const isUnderWay = view.isUnderWay(tag);
        if (isUnderWay) isBusy = true;
        else this.#followSlot(slot, state, held.get(tag), view.at);
      }
    }
    this.#forgetEmptyLayers();
    return isBusy;
  }

  /** Returns the close of the deepest open slot, if any: the one that is closed first when margin is short. It is not filled again. */
  shrink(view: StrategyView): readonly Intent[] {
    const place = this.#deepestOpen();
    return place ? this.#close(place, view) : NO_INTENTS;
  }

  /** Returns what the basket wants at a quote, once {@link follow} has found nothing under way. */
  decide(quote: Quote, view: StrategyView, mayEnter: boolean): readonly Intent[] {
    const { deepest, target, next } = this.#found ?? this.#find(view);
    const exit = exitPriceAt(this.#side, quote);
    if (deepest && (exit - target) * this.#direction >= 0) return this.#close(deepest, view);
    if (!mayEnter) return NO_INTENTS;
    if (this.#layers.length === 0) return this.#open({ layer: 0, slot: 0 }, quote);
    const isReached = next && (this.#entryPrice(quote) - next.level) * this.#direction <= 0;
    return isReached === true ? this.#open(next.place, quote) : NO_INTENTS;
  }

  #find(view: StrategyView): Found {
    const deepest = this.#deepestOpen();
    const target = deepest ? this.#targetOf(deepest, view) : 0;
    return { positions: view.positions, deepest, target, next: this.#nextEntry() };
  }

  #followSlot(slot: number, state: Slot, position: Position | undefined, at: number): void {
    if (position) {
      state.level = position.entryPrice;
      state.status = 'open';
      return;
    }
    if (state.status === 'closing') {
      const mayRefill = slot > 0 && slot <= this.#parameters.refillSlots;
      state.status = mayRefill ? 'free' : 'sealed';
    } else if (state.status === 'open') {
      // It closed without us: by its stop where it has one, else by a person or the broker.
      const isStopped = this.#parameters.stopLossPips > 0;
      state.status = isStopped ? 'stopped' : 'sealed';
      if (isStopped) state.freeAt = at + this.#parameters.rebuildMinutes * MINUTE_MS;
    } else if (state.status === 'asked') {
      // The entry was denied, rejected or dropped: it may be asked for again.
      state.status = 'free';
    } else if (state.status === 'stopped' && at >= state.freeAt) {
      state.status = 'free';
    }
  }

  /** A layer is over when nothing of it is open, under way or waits for its cool-down. */
  #forgetEmptyLayers(): void {
    while (this.#layers.at(-1)?.every(({ status }) => status === 'free' || status === 'sealed') === true)
      this.#layers.pop();
  }

  /** Finds the positions of an earlier run by their tags. Slots between them that are gone are not filled again. */
  #adopt(held: ReadonlyMap<string, Position>): void {
    for (const [tag, { entryPrice }] of held) {
      const [, layer = 0, slot = 0] = tag.split('.').map(Number);
      while (this.#layers.length <= layer) this.#layers.push([]);
      const slots = this.#layers[layer] ?? [];
      while (slots.length <= slot) slots.push({ level: entryPrice, status: 'sealed', freeAt: 0 });
      slots[slot] = { level: entryPrice, status: 'open', freeAt: 0 };
    }
  }

  #held(view: StrategyView): ReadonlyMap<string, Position> {
    const own = view.positions.filter(({ tag }) => tag?.startsWith(`${this.#side}.`) === true);
    return new Map(own.map((position) => [position.tag ?? '', position]));
  }

  #deepestOpen(): Place | undefined {
    for (let layer = this.#layers.length - 1; layer >= 0; layer -= 1) {
      const slot = this.#layers[layer]?.findLastIndex(({ status }) => status === 'open') ?? -1;
      if (slot >= 0) return { layer, slot };
    }
    return undefined;
  }

  /** The price in points at which the deepest open slot closes. */
  #targetOf({ layer, slot }: Place, view: StrategyView): number {
    const { trendTakeProfitPips, counterTarget, counterTakeProfitPips } = this.#parameters;
    if (slot > 0 && counterTarget === 'average')
      return averagePrice(this.#instrument, this.#ofLayer(layer, this.#held(view)));
    const pips = slot === 0 ? trendTakeProfitPips : counterTakeProfitPips;
    // The level of an open slot is the price at which it was filled.
    return (this.#layers[layer]?.[slot]?.level ?? 0) + this.#direction * pips * this.#pip;
  }

  #ofLayer(layer: number, held: ReadonlyMap<string, Position>): readonly Position[] {
    const slots = this.#layers[layer] ?? [];
    return slots.flatMap((_, slot) => held.get(this.#tagOf({ layer, slot })) ?? []);
  }

  /** The shallowest slot that may be filled again, unless a deeper one is open; else the next new one; else the next layer's head. */
  #nextEntry(): Entry | undefined {
    const layer = this.#layers.length - 1;
    const slots = this.#layers[layer] ?? [];
    if (slots.some(({ status }) => status === 'stopped')) return undefined;
    const free = slots.findIndex(({ status }, slot) => status === 'free' && !this.#isDeeperOpen(layer, slot));
    if (free >= 0) return { place: { layer, slot: free }, level: slots[free]?.level ?? 0 };
    const level = (slots.at(-1)?.level ?? 0) - this.#direction * this.#distance(slots.length);
    if (slots.length <= this.#parameters.maxSlots) return { place: { layer, slot: slots.length }, level };
    const isLast = this.#layers.length >= this.#parameters.maxLayers;
    return isLast ? undefined : { place: { layer: layer + 1, slot: 0 }, level };
  }

  #isDeeperOpen(layer: number, slot: number): boolean {
    return this.#layers[layer]?.some(({ status }, other) => other > slot && status === 'open') === true;
  }

  #distance(slot: number): number {
    return Math.round(slotDistancePips(slot, this.#parameters) * this.#pip);
  }

  #entryPrice({ bid, ask }: Quote): number {
    return this.#side === 'long' ? ask : bid;
  }

  #open({ layer, slot }: Place, quote: Quote): readonly Intent[] {
    const { baseUnits, stopLossPips } = this.#parameters;
    const price = this.#entryPrice(quote);
    const slots = (this.#layers[layer] ??= []);
    this.#found = undefined;
    slots[slot] = { level: slots[slot]?.level ?? price, status: 'asked', freeAt: 0 };
    const stopLoss =
      stopLossPips > 0 ? price - this.#direction * Math.round(stopLossPips * this.#pip) : undefined;
    const size = { units: exactUnits(baseUnits * (slot + 1)) };
    const tag = this.#tagOf({ layer, slot });
    return [{ type: 'open', side: this.#side, size, orderType: 'market', stopLoss, tag }];
  }

  #close(place: Place, view: StrategyView): readonly Intent[] {
    const tag = this.#tagOf(place);
    const position = this.#held(view).get(tag);
    const slot = this.#layers[place.layer]?.[place.slot];
    if (!position || !slot) return NO_INTENTS;
    slot.status = 'closing';
    this.#found = undefined;
    return [{ type: 'close', brokerPositionId: position.brokerPositionId, tag }];
  }

  #tagOf({ layer, slot }: Place): string {
    return `${this.#side}.${layer}.${slot}`;
  }
}

/** Returns the average entry price in points of positions in one instrument, weighted by their units. */
export function averagePrice(
  { unitsPrecision }: UnitsPrecision,
  positions: readonly Pick<Position, 'openUnits' | 'entryPrice'>[],
): number {
  // In whole steps: in parts of units, the average of a single lot would not be its price, and its target be missed by a point.
  const stepsPerUnit = 10 ** unitsPrecision;
  let steps = 0;
  let value = 0;
  for (const { openUnits, entryPrice } of positions) {
    const open = Math.round(openUnits * stepsPerUnit);
    steps += open;
    value += open * entryPrice;
  }
  return value / steps;
}
