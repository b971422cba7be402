/** Takes a quote or the time: what is due is done first, then rules and strategies see the new price. */

import { renewLeases } from './entry-leases.ts';
import { beginWeekend, checkEquity, checkRules } from './halting.ts';
import { followMissing } from './missing-protection.ts';
import { learnSpread } from './skimming.ts';
import { watchStops } from './stop-watch.ts';
import type { Candle } from '../domain/candle.ts';
import type { Quote } from '../domain/quote.ts';
import type { ClockEvent } from './engine-event.ts';
import type { EngineParts } from './engine-parts.ts';

/** A quote of a closed market only passes time: no one can trade on its price, so it is none. */
export function takeQuote(parts: EngineParts, quote: Quote, isInsideCandle: boolean): void {
  const { state, unwinding, strategies } = parts;
  // Something is due here only when the caller left out the clock event.
  while (quote.at >= state.timers.nextAt) passTime(parts, state.timers.nextAt);
  state.advance(quote.at);
  if (!state.isTradable(quote.instrument, quote.at)) return;
  state.hasPricesBegun = true;
  state.areRestoredPricesOld = false;
  // A fill, or what a person asked for, may have shown a newer price: what it opened is not worth what came before it.
  state.portfolio.value.setNewestQuote(quote);
  if (state.limits.maxSpreadRatio !== undefined) learnSpread(state, quote);
  if (state.periods.isUnmeasured) state.periods.measure(quote.at);
  if (state.watchesEquity && state.portfolio.hasOpenPositions) checkEquity(parts);
  if (isInsideCandle) return strategies.enterCandle(quote);
  if (state.enteredCandles.isAny) strategies.leaveCandle(quote.instrument);
  if (unwinding.isWaiting) unwinding.closeWaiting(quote);
  if (state.wantedProtection.isWaiting) followMissing(state, unwinding, quote);
  if (state.missingStops.size > 0) watchStops(parts);
  if (strategies.hasWaiting) strategies.runWaiting(quote.instrument);
  strategies.showQuote(quote);
}

/** Takes note of a price that waits for its turn. A price from after the market closes is none. */
export function foreseeQuote({ state }: EngineParts, quote: Quote): void {
  const { instrument, at } = quote;
  if (state.isTradable(instrument, at) && at < state.tradableUntil(instrument))
    state.portfolio.value.setNewestQuote(quote);
}

export function takeClock(parts: EngineParts, { at, pricesAliveAt, seenAt }: ClockEvent): void {
  noteAlive(parts, pricesAliveAt);
  parts.strategies.showTime(at);
  passTime(parts, at, seenAt);
  followTime(parts);
}

/** Takes the time at which a candle ends while nothing else is due, as `takeClock` does; the candle is given instead of built. */
export function takeCandleEnd(parts: EngineParts, candle: Candle): void {
  noteAlive(parts, candle.endsAt);
  parts.state.advance(candle.endsAt);
  parts.strategies.showCandle(candle);
  followTime(parts);
}

function noteAlive({ state }: EngineParts, pricesAliveAt: number): void {
  state.hasPricesBegun = true;
  state.areRestoredPricesOld = false;
  state.notePricesAlive(pricesAliveAt);
}

function followTime(parts: EngineParts): void {
  checkRules(parts);
  renewLeases(parts);
}

function passTime(parts: EngineParts, at: number, seenAt = at): void {
  parts.state.advance(at);
  if (at >= parts.state.timers.of('weekend')) beginWeekend(parts, seenAt);
  parts.strategies.passTime(at);
}
