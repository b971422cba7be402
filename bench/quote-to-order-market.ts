/** The broker of `quote-to-order` in a thread of its own: the v20 simulator at prices that are moved by messages. */

import { parentPort, workerData } from 'node:worker_threads';
import { openSimulator } from '../src/brokers/open-simulator.ts';
import { PAPER_INSTRUMENTS } from '../src/core/domain/paper-instruments.ts';
import type { PriceListener, PriceSource } from '../src/brokers/price-source.ts';
import type { Quote } from '../src/core/domain/quote.ts';

/** What the thread is started with: the ids of its accounts, and the quotes before the first that comes by message. */
export interface MarketStart {
  readonly accounts: readonly string[];
  readonly history: readonly Quote[];
}

class MessageMarket implements PriceSource {
  readonly isLockStep = false;
  readonly #latest = new Map<string, Quote>();
  readonly #listeners = new Set<PriceListener>();
  #at = 0;

  marketTime(): number {
    return this.#at;
  }

  latestQuotes(): readonly Quote[] {
    return [...this.#latest.values()];
  }

  subscribe(listener: PriceListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  take(quote: Quote): void {
    this.#at = quote.at;
    this.#latest.set(quote.instrument, quote);
    for (const { onQuote } of this.#listeners) onQuote(quote);
  }
}

const { accounts, history } = workerData as MarketStart;
const market = new MessageMarket();
for (const quote of history) market.take(quote);
const simulator = await openSimulator({
  accounts: accounts.map((id) => ({
    id,
    currency: 'USD',
    hedging: false,
    balance: 10_000_000_0000,
    marginRate: 0,
  })),
  prices: market,
  instruments: PAPER_INSTRUMENTS,
  history: (name) => history.filter(({ instrument }) => instrument === name),
  token: undefined,
  host: '127.0.0.1',
  port: 0,
});
parentPort?.on('message', (quote: Quote) => market.take(quote));
parentPort?.postMessage(simulator.url);
