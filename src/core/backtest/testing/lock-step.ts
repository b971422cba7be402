/** Engine and simulated exchange in lock step, as backtest and paper account run them, on Tuesday 5 March 2024 from 10:00 UTC. */

import { PAPER_INSTRUMENTS } from '../../domain/paper-instruments.ts';
import { Exchange } from '../../simulation/exchange.ts';
import type { Depth } from '../../simulation/depth.ts';
import type { Travel } from '../../simulation/exchange.ts';
import { Engine } from '../../engine/engine.ts';
import { countIds, TEN_O_CLOCK } from '../../engine/testing/account.ts';
import type { OrderTerms } from '../../domain/order.ts';
import type { Transaction } from '../../domain/transaction.ts';
import type { Strategy } from '../../strategies/strategy.ts';
import type { Effect } from '../../engine/effect.ts';
import type { EngineEvent } from '../../engine/engine-event.ts';
import type { EngineOptions } from '../../engine/engine-options.ts';

/** What the engine is made from, and what the account starts with. */
export interface LockStepOptions extends Partial<EngineOptions> {
  readonly balance?: number;
  readonly startsAt?: number;
  /** Whether the exchange charges for holding overnight; it does when left out. */
  readonly financing?: boolean;
  /** How much the market takes at which price; any size at the best one when left out. */
  readonly depth?: Depth;
}

/** What a quote has besides its price: a spread of ten points, EUR_USD, and no time since the last one, when left out. */
export interface QuoteOptions {
  readonly ask?: number;
  readonly instrument?: string;
  readonly at?: number;
  readonly travel?: Travel;
}

/** A US dollar account of 10,000.00 unless said otherwise. Money is ten-thousandths. */
export class LockStep {
  readonly exchange: Exchange;
  readonly engine: Engine;
  /** What the engine wanted that does not concern the exchange: denials and halts, oldest first. */
  readonly notes: Effect[] = [];
  readonly log: Transaction[] = [];
  readonly #newId = countIds('p');

  constructor({
    balance = 100_000_000,
    startsAt = TEN_O_CLOCK,
    financing = true,
    depth,
    ...options
  }: LockStepOptions = {}) {
    const terms = {
      currency: 'USD',
      hedging: false,
      conversionMarkup: 0.005,
      limits: {},
      newId: countIds('e'),
      instruments: PAPER_INSTRUMENTS,
      ...options,
    } as const;
    const { currency, hedging, conversionMarkup, instruments } = terms;
    const costs = { slippagePoints: 0, commissionPerMillion: 0, conversionMarkup, financing, depth };
    this.exchange = new Exchange({ currency, hedging, costs, instruments });
    this.engine = new Engine(terms);
    this.#show(this.exchange.openAccount(balance, startsAt));
  }

  /** The codes of what was denied or halted. */
  get codes(): readonly string[] {
    return codesOf(this.notes);
  }

  /** Side and units of the open positions. */
  get positions(): readonly string[] {
    return [...this.engine.ledger.openPositions.values()].map(
      ({ side, openUnits }) => `${side} ${openUnits}`,
    );
  }

  /** Shows a quote to both; what is due before it comes first. */
  quote(
    bid: number,
    { ask = bid + 10, instrument = 'EUR_USD', at = this.engine.at, travel = 'jump' }: QuoteOptions = {},
  ): void {
    for (let next = this.#nextClockAt(); next <= at; next = this.#nextClockAt()) this.clock(next);
    const quote = { instrument, at, bid, ask };
    const onStop = (written: readonly Transaction[]): void => this.#perform(this.#show(written));
    onStop(this.exchange.onQuote(quote, travel, onStop));
    this.#perform(this.engine.step({ type: 'quote', quote }));
  }

  clock(at: number, pricesAliveAt = at): void {
    this.#perform(this.#show(this.exchange.onClock(at)));
    this.#perform(this.engine.step({ type: 'clock', at, pricesAliveAt }));
  }

  /**
   * A person's order: at the market until cancelled or filled, unless a price says that it rests, in the place of another where it
   * names one, or for a position. Returns what came of it.
   */
  order(
    terms: Pick<OrderTerms, 'side' | 'units'> & Partial<OrderTerms>,
    replaces?: number,
    protects?: number,
  ): readonly string[] {
    const [notes, written] = [this.notes.length, this.log.length];
    const rests = terms.price !== undefined;
    const request = {
      id: this.#newId(),
      terms: {
        instrument: 'EUR_USD',
        orderType: rests ? 'limit' : 'market',
        timeInForce: rests ? 'GTC' : 'FOK',
        ...terms,
      } as const,
      replaces,
      protects,
      decidedAt: this.engine.at,
    };
    this.#perform(this.engine.step({ type: 'order-requested', request }));
    return [
      ...codesOf(this.notes.slice(notes)),
      ...this.log
        .slice(written)
        .map((entry) => ('reason' in entry && entry.type === 'order-cancelled' ? entry.reason : entry.type)),
    ];
  }

  attach(strategy: Strategy): void {
    const instrument = PAPER_INSTRUMENTS.named('EUR_USD');
    this.#perform(
      this.engine.step({ type: 'strategy-attached', strategyId: 's', instrument, strategy, paused: false }),
    );
  }

  /** Sets the account's own margin rate; returns whether the exchange took it. */
  setMarginRate(marginRate: number): boolean {
    const written = this.exchange.setMarginRate(marginRate, this.engine.at);
    if (written) this.#perform(this.#show(written));
    return written !== undefined;
  }

  /** Steps what a person asks for, and returns the codes of what was denied. */
  ask(event: EngineEvent): readonly string[] {
    const notes = this.notes.length;
    this.#perform(this.engine.step(event));
    return codesOf(this.notes.slice(notes));
  }

  /** Closes the oldest open position. */
  closeOldest(): void {
    const [brokerPositionId = 0] = this.engine.ledger.openPositions.keys();
    const request = { id: this.#newId(), brokerPositionId, decidedAt: this.engine.at };
    this.#perform(this.engine.step({ type: 'close-requested', request }));
  }

  #nextClockAt(): number {
    return Math.min(this.engine.nextClockAt, this.exchange.nextClockAt);
  }

  #show(transactions: readonly Transaction[]): readonly Effect[] {
    this.log.push(...transactions);
    return this.engine.absorb(transactions).effects;
  }

  #perform(effects: readonly Effect[]): void {
    const queue = [...effects];
    for (let effect = queue.shift(); effect; effect = queue.shift()) {
      const written = this.#answer(effect);
      if (written) queue.push(...this.#show(written));
      else this.notes.push(effect);
    }
  }

  #answer(effect: Effect): readonly Transaction[] | undefined {
    switch (effect.type) {
      case 'submit-order':
        return this.exchange.submitOrder(effect.request);
      case 'close-position':
        return this.exchange.closePosition(effect.request);
      case 'cancel-order':
        return this.exchange.cancelOrder(effect.brokerOrderId, effect.decidedAt);
      case 'change-protection':
        return this.exchange.changeProtection(effect.request);
      case 'renew-order':
      case 'deny':
      case 'halt':
      case 'halt-ended':
      case 'limit-near':
      case 'stop-missing':
      case 'weekend-missed':
      case 'strategy-failed':
        return undefined;
    }
  }
}

function codesOf(notes: readonly Effect[]): readonly string[] {
  return notes.flatMap((effect) => ('code' in effect ? [effect.code] : []));
}
