/** All strategies of the account: who is told what, and what becomes of their answers. */

import { assert, present } from '../shared/assert.ts';
import { offerIntents, runIntents } from './intents.ts';
import { Markets } from './markets.ts';
import { StrategySeat } from './strategy-seat.ts';
import type { Candle } from '../domain/candle.ts';
import type { Quote } from '../domain/quote.ts';
import type { Json } from '../shared/json.ts';
import type { Intent } from '../strategies/strategy.ts';
import type { SavedBuilder } from './candle-builder.ts';
import type { PriceGap } from './markets.ts';
import type { StrategyAttachedEvent } from './engine-event.ts';
import type { EngineState } from './engine-state.ts';
import type { NotedFill, Settlement } from './transaction-batch.ts';
import type { Unwinding } from './unwinding.ts';

/** The seats in the order in which they were taken, and the markets they watch. */
export class SeatedStrategies {
  readonly #state: EngineState;
  readonly #unwinding: Unwinding;
  readonly #markets = new Markets();
  readonly #seatsById = new Map<string, StrategySeat>();

  constructor(state: EngineState, unwinding: Unwinding) {
    this.#state = state;
    this.#unwinding = unwinding;
  }

  /** The earliest end of a candle under construction, Infinity when there is none. */
  get nextCandleEndsAt(): number {
    return this.#markets.nextEndsAt;
  }

  /** Seats a strategy; InvariantError when it has a seat. */
  attach(event: StrategyAttachedEvent): void {
    assert(!this.#seatsById.has(event.strategyId), `strategy ${event.strategyId} is attached already`);
    const seat = new StrategySeat(event, this.#state);
    this.#seatsById.set(event.strategyId, seat);
    this.#markets.seat(seat);
  }

  /** Takes the strategy's seat away, if it has one, and with it the intents that wait. */
  detach(strategyId: string): void {
    const seat = this.#seatsById.get(strategyId);
    if (!seat) return;
    this.#seatsById.delete(strategyId);
    this.#markets.unseat(seat);
  }

  /** Pauses or resumes a strategy; pausing drops the intents that wait. */
  setPaused(strategyId: string, isPaused: boolean): void {
    const seat = present(this.#seatsById.get(strategyId), `attached strategy ${strategyId}`);
    seat.isPaused = isPaused;
    if (isPaused) seat.dropQueue();
  }

  /** Shows a quote to the candles and to the strategies that want quotes. */
  tellQuote(quote: Quote): void {
    const market = this.#markets.of(quote.instrument);
    this.#markets.addQuote(market, quote);
    const seats = market.quoteSeats;
    for (let index = 0; index < seats.length; index += 1) {
      const seat = seats[index];
      if (seat) this.#offer(seat, seat.askQuote(quote));
    }
  }

  /** Whether quotes of an instrument before {@link nextCandleEndsAt} concern no strategy. */
  isCalm(instrumentName: string): boolean {
    return this.#markets.isCalm(this.#markets.of(instrumentName));
  }

  /** Shows a quote to the candles only. */
  lengthenCandles(quote: Quote): void {
    this.#markets.addQuote(this.#markets.of(quote.instrument), quote);
  }

  /** Tells the candle builders what time it is. */
  tellTime(at: number): void {
    this.#markets.watchFrom(at);
  }

  /** Closes the candles that end at or before `at`, the earliest first, and shows them to the strategies that want them. */
  closeCandles(at: number): void {
    while (this.#markets.nextEndsAt <= at) {
      const candle = this.#markets.closeNext();
      if (candle) this.#tellCandle(candle);
    }
  }

  /** Tells the strategies whom a fill concerns. */
  tellFill({ fill, strategyIds }: NotedFill): void {
    for (const strategyId of strategyIds) {
      const seat = this.#seatsById.get(strategyId);
      if (seat) this.#offer(seat, seat.askFill(fill));
    }
  }

  /** Puts right what the strategies see of the ledger. */
  refresh(): void {
    for (const seat of this.#seatsById.values()) seat.refresh();
  }

  /** Tells the strategy that asked for it that a request has settled. */
  settle(strategyId: string, { id, outcome }: Settlement): void {
    this.#seatsById.get(strategyId)?.settle(id, outcome);
  }

  /** Carries out the intents whose turn has come. */
  run(): void {
    for (const seat of this.#seatsById.values()) runIntents(this.#state, seat);
  }

  /** Drops all intents that wait. */
  dropQueues(): void {
    for (const seat of this.#seatsById.values()) seat.dropQueue();
  }

  /** The state of one strategy as plain data, or undefined when it has no seat. */
  saveStrategy(strategyId: string): Json | undefined {
    return this.#seatsById.get(strategyId)?.strategy.save();
  }

  saveCandles(): readonly SavedBuilder[] {
    return this.#markets.save();
  }

  /** Takes over candles under construction; InvariantError when a strategy is seated: its candles are being built already. */
  restoreCandles(candles: readonly SavedBuilder[], gap: PriceGap): void {
    assert(this.#seatsById.size === 0, 'candles must be restored before strategies are attached');
    this.#markets.restore(candles, gap);
  }

  #tellCandle(candle: Candle): void {
    const { seats } = this.#markets.of(candle.instrument);
    for (let index = 0; index < seats.length; index += 1) {
      const seat = seats[index];
      if (seat?.wants(candle.granularity) === true) this.#offer(seat, seat.askCandle(candle));
    }
  }

  #offer(seat: StrategySeat, intents: readonly Intent[]): void {
    if (seat.failure !== undefined) this.#fail(seat, seat.failure.error);
    else if (intents.length > 0) offerIntents(this.#state, seat, intents);
  }

  #fail({ strategyId }: StrategySeat, error: unknown): void {
    this.detach(strategyId);
    const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    this.#state.emit({ type: 'strategy-failed', strategyId, reason, error, at: this.#state.at });
    this.#unwinding.endEntries('cancel', strategyId);
  }
}
