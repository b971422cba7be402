/** A broker whose log the test writes: what is in it, what the stream shows of it, and what a request is answered with. */

import { adoptionOf } from '../../src/core/domain/adoption.ts';
import { Ledger } from '../../src/core/domain/ledger.ts';
import type { Broker, BrokerAnswer, BrokerListener } from '../../src/brokers/broker.ts';
import type { OrderTerms } from '../../src/core/domain/order.ts';
import type {
  AccountAdopted,
  OrderFilled,
  Transaction,
  TransactionHead,
} from '../../src/core/domain/transaction.ts';
import type { Json } from '../../src/core/shared/json.ts';

type Entry<T extends Transaction = Transaction> = T extends Transaction
  ? Omit<T, keyof TransactionHead>
  : never;

type Fill = Partial<OrderFilled> & Pick<OrderFilled, 'orderId' | 'units' | 'price'>;

/** Takes the place of a paper broker, whose prices it passes on. Its account is in dollars and starts with 1,000 of them. */
export class WrittenBroker implements Broker {
  readonly lateArrivalMs = 0;
  readonly instruments: Broker['instruments'];
  readonly nextClockAt = Infinity;
  readonly log: Transaction[] = [];
  /** From which numbers the log was read. */
  readonly reads: number[] = [];
  balance = 10_000_000;
  /** What the broker says of the account instead of what its log comes to. */
  states: (account: AccountAdopted) => AccountAdopted = (account) => account;
  /** How often it was asked what the account is. */
  snapshots = 0;
  /** What an order or close is answered with. */
  answer: (id: string, terms?: OrderTerms) => BrokerAnswer = () => ({
    outcome: 'unknown',
    cause: 'not written',
  });
  readonly #prices: Broker;
  readonly #at: () => number;
  #listener: BrokerListener | undefined;

  constructor(prices: Broker, at: () => number, instruments = prices.instruments) {
    this.#prices = prices;
    this.instruments = instruments;
    this.#at = at;
  }

  /** Starts the log of a new account. */
  open(): void {
    this.write({ type: 'account-opened', currency: 'USD' });
    this.write({ type: 'funds-transferred', amount: this.balance, balance: this.balance });
  }

  /** Writes the next transaction, with a number `skip` higher than the next, and shows it to no one yet. */
  write(entry: Entry, { skip = 0 } = {}): Transaction {
    const id = (this.log.at(-1)?.id ?? 0) + 1 + skip;
    const transaction = { id, batchId: id, at: this.#at(), ...entry } as Transaction;
    this.log.push(transaction);
    return transaction;
  }

  /** Writes that an order was created; it may have any client id. */
  order(terms: Partial<OrderTerms>, clientOrderId?: string): Transaction {
    const usual = { instrument: 'EUR_USD', orderType: 'market', side: 'buy', timeInForce: 'FOK' } as const;
    const created = { type: 'order-created', terms: { ...usual, units: 1_000, ...terms } } as const;
    return this.write({ ...created, clientOrderId, reason: 'client' });
  }

  /** Writes a fill; it opens all its units unless it says otherwise. */
  writeFill(fill: Fill): Transaction {
    return this.write({
      type: 'order-filled',
      instrument: 'EUR_USD',
      side: 'buy',
      bid: fill.price,
      ask: fill.price,
      reason: 'market',
      openedUnits: fill.units,
      closed: [],
      commission: 0,
      spreadCost: 0,
      slippageCost: 0,
      balance: this.balance,
      ...fill,
    });
  }

  /** The stream shows these. */
  show(...transactions: readonly Transaction[]): void {
    this.#listener?.onTransactions(transactions);
  }

  /** The stream shows that it lives, and the number at which the log ends. */
  sayEnd(): void {
    this.#listener?.onLogEnd(this.log.at(-1)?.id ?? 0);
  }

  /** The stream broke and came back. */
  reconnect(): void {
    this.#listener?.onConnection('disconnected');
    this.#listener?.onConnection('connected');
  }

  marketTime(): number {
    return this.#at();
  }

  async connect(listener: BrokerListener, instruments: readonly string[]): Promise<void> {
    this.#listener = listener;
    const pricesOnly = { ...listener, onTransactions: () => undefined, onLogEnd: () => undefined };
    await this.#prices.connect(pricesOnly, instruments);
  }

  async snapshot(): ReturnType<Broker['snapshot']> {
    const ledger = new Ledger();
    for (const transaction of this.log) ledger.apply(transaction);
    this.snapshots += 1;
    return { ...(await this.#prices.snapshot()), account: this.states(adoptionOf(ledger, this.#at())) };
  }

  candles(): ReturnType<Broker['candles']> {
    return Promise.resolve([]);
  }

  candlePage(): ReturnType<Broker['candlePage']> {
    return Promise.resolve({ complete: [], unfinished: undefined });
  }

  async transactionsSince(lastTransactionId: number): Promise<readonly Transaction[]> {
    this.reads.push(lastTransactionId);
    return this.log.filter(({ id }) => id > lastTransactionId);
  }

  async submitOrder({ id, terms }: { id: string; terms: OrderTerms }): Promise<BrokerAnswer> {
    return this.answer(id, terms);
  }

  async closePosition({ id }: { id: string }): Promise<BrokerAnswer> {
    return this.answer(id);
  }

  async cancelOrder(orderId: number): Promise<BrokerAnswer> {
    const reason = 'client-request';
    return { outcome: 'answered', transactions: [this.write({ type: 'order-cancelled', orderId, reason })] };
  }

  async changeProtection(): Promise<BrokerAnswer> {
    return { outcome: 'refused', reason: 'position-unknown', detail: 'not written' };
  }

  setMarginRate(): Promise<boolean> {
    return Promise.resolve(false);
  }

  saveState(): Json {
    return null;
  }

  close(): Promise<void> {
    return this.#prices.close();
  }
}
