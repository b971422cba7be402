/** OANDA as a simulation: accounts that trade at the prices of one source, and who listens to what happens on them. */

import { PAPER_INSTRUMENTS } from '../../core/domain/paper-instruments.ts';
import { DEFAULT_COSTS } from '../../core/simulation/costs.ts';
import { SimulatorAccount } from './simulator-account.ts';
import type { Instruments } from '../../core/domain/instruments.ts';
import type { Quote } from '../../core/domain/quote.ts';
import type { CostModel } from '../../core/simulation/costs.ts';
import type { PriceSource } from '../price-source.ts';
import type { AccountSpec } from './simulator-account.ts';
import type { WireTransaction } from './wire/translation.ts';

/** Receives what happens, as it happens. Each call is synchronous, after the accounts have seen the quote. */
export interface SimulatorListener {
  readonly onQuote?: ((quote: Quote) => void) | undefined;
  readonly onTransactions?:
    | ((accountId: string, transactions: readonly WireTransaction[]) => void)
    | undefined;
}

/** What is simulated: at least one account. */
export interface SimulatorOptions {
  readonly accounts: readonly AccountSpec[];
  readonly prices: PriceSource;
  /** OANDA's costs when left out. */
  readonly costs?: CostModel | undefined;
  /** Those of a European account when left out. */
  readonly instruments?: Instruments | undefined;
}

/** The accounts and their market. It follows its prices from `start` to `close`. */
export class Simulator {
  readonly instruments: Instruments;
  readonly prices: PriceSource;
  readonly costs: CostModel;
  readonly #accountsById: ReadonlyMap<string, SimulatorAccount>;
  readonly #listeners = new Set<SimulatorListener>();
  #unsubscribe: (() => void) | undefined;

  constructor({
    accounts,
    prices,
    costs = DEFAULT_COSTS,
    instruments = PAPER_INSTRUMENTS,
  }: SimulatorOptions) {
    this.prices = prices;
    this.instruments = instruments;
    this.costs = costs;
    const options = { costs, instruments, openedAt: prices.marketTime() };
    this.#accountsById = new Map(
      accounts.map((spec) => [
        spec.id,
        new SimulatorAccount(spec, options, (written) => this.#publish(spec.id, written)),
      ]),
    );
  }

  /** All accounts, in the order in which they were given. */
  get accounts(): readonly SimulatorAccount[] {
    return [...this.#accountsById.values()];
  }

  /** Returns the account with this id, or undefined. */
  account(id: string): SimulatorAccount | undefined {
    return this.#accountsById.get(id);
  }

  /** Returns the time at which a request that arrives now takes effect, in UTC ms. */
  now(): number {
    return this.prices.marketTime();
  }

  /** Begins to follow the prices. */
  start(): void {
    for (const quote of this.prices.latestQuotes()) this.#onQuote(quote);
    this.#unsubscribe ??= this.prices.subscribe({
      onQuote: (quote) => this.#onQuote(quote),
      onClock: (at) => this.#onClock(at),
    });
  }

  /** Stops following the prices. Idempotent. */
  close(): void {
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
  }

  /** Adds a listener; the function it returns removes it. */
  subscribe(listener: SimulatorListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #onQuote(quote: Quote): void {
    for (const account of this.#accountsById.values()) account.onQuote(quote);
    for (const { onQuote } of this.#listeners) onQuote?.(quote);
  }

  #onClock(at: number): void {
    for (const account of this.#accountsById.values()) {
      // In lock-step the clock runs ahead to announce the next quote; what is decided now still happens before that quote.
      if (!this.prices.isLockStep || at >= account.exchange.nextClockAt) account.onClock(at);
    }
  }

  #publish(accountId: string, transactions: readonly WireTransaction[]): void {
    for (const { onTransactions } of this.#listeners) onTransactions?.(accountId, transactions);
  }
}
