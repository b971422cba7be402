/** What the simulated exchange knows beyond the log of its account. */

import { present } from '../shared/assert.ts';
import { tradingDayEnd } from '../domain/trading-calendar.ts';
import { trailingDistanceOf } from './resting-order.ts';
import type { Quote } from '../domain/quote.ts';
import type { SimulatedAccount } from './simulated-account.ts';

/** The level of a trailing stop in points, after all the prices that it has followed. */
export interface TrailingLevel {
  readonly orderId: number;
  readonly level: number;
  /** The best price of the candle that the price is inside of, which the stop follows at the candle's end. */
  readonly unfollowed?: number;
}

/** A candle that the price is inside of: orders with a higher number wait for its end. */
export interface EnteredCandle {
  readonly instrument: string;
  readonly heldAfter: number;
}

/** The units of an instrument that orders took of its newest quote. */
export interface TakenUnits {
  readonly instrument: string;
  readonly buy: number;
  readonly sell: number;
}

/** Plain data: market time (UTC ms), the newest quotes, and where trailing stops stand. */
export interface ExchangeState {
  readonly at: number;
  readonly quotes: readonly Quote[];
  readonly trailingLevels: readonly TrailingLevel[];
  /** The candles that the price is inside of; left out when there are none, as always where quotes are real. */
  readonly candles?: readonly EnteredCandle[];
  /** What was bought and sold of the depth of the newest quotes; left out when nothing was. */
  readonly taken?: readonly TakenUnits[];
  /** Left out by an exchange that did not charge for holding positions. */
  readonly chargesFinancing?: boolean;
}

/** Returns the state as plain data, in an order that does not depend on how the account came to it. */
export function saveExchange({ clock, value, marketsByName }: SimulatedAccount): ExchangeState {
  const trailingLevels = [...marketsByName.values()]
    .flatMap(({ restingById }) => [...restingById.values()])
    // A trailing stop that has seen no price has no level yet.
    .filter((resting) => trailingDistanceOf(resting) !== undefined && Number.isFinite(resting.trigger))
    .map(({ order, trigger, unfollowed }) => ({
      orderId: order.orderId,
      level: trigger,
      ...(unfollowed !== undefined && { unfollowed }),
    }))
    .sort((a, b) => a.orderId - b.orderId);
  const quotes = [...value.quotes()].sort((a, b) => (a.instrument < b.instrument ? -1 : 1));
  const candles = [...marketsByName]
    .map(([instrument, { heldAfter }]) => ({ instrument, heldAfter }))
    .filter(({ heldAfter }) => heldAfter < Infinity)
    .sort((a, b) => (a.instrument < b.instrument ? -1 : 1));
  const taken = quotes
    .map((quote) => {
      const { instrument } = quote;
      const market = marketsByName.get(instrument);
      return {
        instrument,
        buy: market?.takenUnits('buy', quote) ?? 0,
        sell: market?.takenUnits('sell', quote) ?? 0,
      };
    })
    .filter(({ buy, sell }) => buy + sell > 0);
  return {
    at: clock.now,
    quotes,
    trailingLevels,
    ...(taken.length > 0 && { taken }),
    ...(candles.length > 0 && { candles }),
    chargesFinancing: true,
  };
}

/** Takes over a saved state, after the log was replayed. Levels of orders that are gone since are left out. */
export function restoreExchange(
  account: SimulatedAccount,
  { at, quotes, trailingLevels, candles = [], taken = [], chargesFinancing = false }: ExchangeState,
): void {
  account.clock.advance(at);
  // Days that ended before financing was charged at all stay free.
  if (!chargesFinancing) account.timers.set('day-end', tradingDayEnd(account.clock.now));
  const levelsByOrder = new Map(trailingLevels.map((level) => [level.orderId, level]));
  for (const quote of quotes) account.value.setQuote(quote);
  for (const market of account.marketsByName.values()) {
    for (const resting of market.restingById.values()) {
      const saved = levelsByOrder.get(resting.order.orderId);
      if (!saved) continue;
      resting.trigger = saved.level;
      if (saved.unfollowed !== undefined) resting.unfollowed = saved.unfollowed;
    }
  }
  for (const { instrument, buy, sell } of taken) {
    const quote = present(account.value.quoteOf(instrument), `quote of ${instrument}`);
    account.marketOf(instrument).restoreTaken({ quote, buy, sell });
  }
  for (const { instrument, heldAfter } of candles) account.marketOf(instrument).enterCandle(heldAfter);
  account.loseSightOfMargin();
}
