/** An exchange that outlives the servers in front of it, behind a line on which everything can go wrong, as drawn by a seed. */
import { exchangeSnapshot } from '../../src/brokers/paper/exchange-snapshot.ts';
import { PAPER_INSTRUMENTS } from '../../src/core/domain/paper-instruments.ts';
import { DEFAULT_COSTS } from '../../src/core/simulation/costs.ts';
import { Exchange } from '../../src/core/simulation/exchange.ts';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Broker, BrokerAnswer, BrokerListener } from '../../src/brokers/broker.ts';
import type { Transaction } from '../../src/core/domain/transaction.ts';

/** No request arrives later than this after it left, in ms; the broker promises twice as much. */
const LONGEST_WAY_MS = 40;

/** Numbers from 0 to 1 that follow from a seed. */
export function drawing(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** One account at the exchange. `open` connects the next server to it, and takes the place of the paper broker. */
export class FaultyBroker {
  readonly exchange = new Exchange({
    currency: 'USD',
    hedging: true,
    costs: DEFAULT_COSTS,
    instruments: PAPER_INSTRUMENTS,
  });
  readonly log: Transaction[] = [];
  /** How often a request with an id arrived. */
  readonly arrivals = new Map<string, number>();
  /** What left and what came of it, to be read when a test fails. */
  readonly story: string[] = [];
  /** Whether anything goes wrong. */
  isFaulty = true;
  /** Requests that left and have neither arrived nor been lost. */
  onTheWay = 0;
  #at: number;
  #isConnected = true;
  #listener: BrokerListener | undefined;
  readonly #draw: () => number;

  constructor(at: number, draw: () => number) {
    this.#at = at;
    this.#draw = draw;
    this.log.push(...this.exchange.openAccount(1_000_000_000, at));
  }

  open(prices: Broker): Broker {
    return {
      lateArrivalMs: 2 * LONGEST_WAY_MS,
      instruments: PAPER_INSTRUMENTS,
      nextClockAt: Infinity,
      connect: async (listener) => {
        this.#listener = listener;
        listener.onConnection('connected');
      },
      marketTime: () => this.#at,
      snapshot: async () => exchangeSnapshot(this.exchange, true),
      candles: () => Promise.resolve([]),
      candlePage: () => Promise.resolve({ complete: [], unfinished: undefined }),
      transactionsSince: async (id) => {
        await this.#wait();
        if (this.#happens(0.2)) throw new Error('the log could not be read');
        const read = this.log.filter((transaction) => transaction.id > id);
        await this.#wait();
        return read;
      },
      submitOrder: (request) =>
        this.#send(`submit ${request.id}`, request.id, () => this.exchange.submitOrder(request)),
      closePosition: (request) =>
        this.#send(`close ${request.id} ${request.brokerPositionId}`, request.id, () =>
          this.exchange.closePosition(request),
        ),
      cancelOrder: (id, at) => this.#send(`cancel ${id}`, undefined, () => this.exchange.cancelOrder(id, at)),
      changeProtection: (request) =>
        this.#send(`protect ${request.brokerPositionId}`, undefined, () =>
          this.exchange.changeProtection(request),
        ),
      setMarginRate: () => Promise.resolve(true),
      saveState: () => prices.saveState(),
      close: async () => {
        this.#listener = undefined;
      },
    };
  }

  /** A price some time later. */
  quote(bid: number, afterMs: number): void {
    this.#at += afterMs;
    const quote = { instrument: 'EUR_USD', at: this.#at, bid, ask: bid + 10 };
    this.#write(this.exchange.onQuote(quote));
    this.#listener?.onClock(this.#at, this.#at);
    this.#listener?.onQuote(quote);
    if (this.#isConnected) this.#listener?.onLogEnd(this.exchange.ledger.lastTransactionId);
  }

  /** The stream of transactions breaks, or comes back. */
  connection(isConnected: boolean): void {
    this.#isConnected = isConnected;
    this.#listener?.onConnection(isConnected ? 'connected' : 'disconnected');
  }

  async #send(
    what: string,
    id: string | undefined,
    carryOut: () => readonly Transaction[],
  ): Promise<BrokerAnswer> {
    const arrive = (): readonly Transaction[] => {
      this.story.push(`arrives: ${what}`);
      if (id !== undefined) this.arrivals.set(id, (this.arrivals.get(id) ?? 0) + 1);
      return this.#write(carryOut());
    };
    if (!this.isFaulty) return { outcome: 'answered', transactions: arrive() };
    const fate = this.#draw();
    this.story.push(`leaves (${fate.toFixed(2)}): ${what}`);
    if (fate < 0.07) return { outcome: 'refused', reason: 'units-invalid', detail: 'drawn' };
    this.onTheWay += 1;
    try {
      if (fate < 0.2) {
        await this.#wait();
        return { outcome: 'unknown', cause: new Error('lost on its way') };
      }
      if (fate < 0.3) {
        this.onTheWay += 1;
        void sleep(this.#draw() * LONGEST_WAY_MS).then(() => {
          this.onTheWay -= 1;
          return arrive();
        });
        return { outcome: 'unknown', cause: new Error('it arrives later') };
      }
      await this.#wait();
      const transactions = arrive();
      await this.#wait();
      if (fate < 0.45) return { outcome: 'unknown', cause: new Error('the answer was lost') };
      return { outcome: 'answered', transactions };
    } finally {
      this.onTheWay -= 1;
    }
  }

  #write(transactions: readonly Transaction[]): readonly Transaction[] {
    this.log.push(...transactions);
    if (transactions.length > 0) void this.#stream(transactions);
    return transactions;
  }

  async #stream(transactions: readonly Transaction[]): Promise<void> {
    if (!this.#isConnected || this.#happens(0.2)) return;
    const shown = this.#happens(0.2) ? transactions.slice(1) : transactions;
    await this.#wait();
    if (this.#isConnected) this.#listener?.onTransactions(shown);
    if (this.#happens(0.3)) this.#listener?.onTransactions(transactions);
  }

  #happens(probability: number): boolean {
    return this.isFaulty && this.#draw() < probability;
  }

  /** Nothing to wait for, half of the time. */
  async #wait(): Promise<void> {
    if (this.isFaulty && this.#draw() < 0.5) await sleep((this.#draw() * LONGEST_WAY_MS) / 3);
  }
}
