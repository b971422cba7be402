/** What a conformance case does with its account. */
import { Ledger } from '../../../src/core/domain/ledger.ts';
import { accountDifferences } from '../../../src/core/domain/account-differences.ts';
import type { BrokerAnswer } from '../../../src/brokers/broker.ts';
import type {
  CloseRequest,
  OrderRequest,
  OrderTerms,
  ProtectionRequest,
} from '../../../src/core/domain/order.ts';
import type { OrderFilled, Transaction } from '../../../src/core/domain/transaction.ts';
import type { Venue } from './venues.ts';

/** One case, with its account. */
export class Bench {
  readonly venue: Venue;
  readonly #begunAt: number;
  #orders = 0;

  private constructor(venue: Venue, begunAt: number) {
    this.venue = venue;
    this.#begunAt = begunAt;
  }

  static async open(venue: Venue): Promise<Bench> {
    const { account } = await venue.broker.snapshot();
    return new Bench(venue, account.id);
  }

  /** A market order to buy 1,000 EUR_USD, or what the terms say instead, under the id o1, o2, …. */
  submit(terms: Partial<OrderTerms> = {}, rest: Partial<OrderRequest> = {}): Promise<BrokerAnswer> {
    this.#orders += 1;
    const usual = { instrument: 'EUR_USD', orderType: 'market', side: 'buy', units: 1_000 } as const;
    const timeInForce = (terms.orderType ?? 'market') === 'market' ? 'FOK' : 'GTC';
    return this.venue.broker.submitOrder({
      id: `o${this.#orders}`,
      terms: { ...usual, timeInForce, ...terms },
      decidedAt: this.venue.market.marketTime(),
      ...rest,
    });
  }

  /** Opens a position and returns its number. */
  async opened(terms: Partial<OrderTerms> = {}): Promise<number> {
    const fill = transactionsOf(await this.submit(terms)).find(isFill);
    if (!fill) throw new Error('a fill was expected');
    return fill.id;
  }

  /** Places an order that waits and returns its number. */
  async waiting(terms: Partial<OrderTerms>): Promise<number> {
    const [created] = transactionsOf(await this.submit({ orderType: 'limit', price: 109_000, ...terms }));
    if (created?.type !== 'order-created') throw new Error('an order was expected');
    return created.id;
  }

  close(brokerPositionId: number, rest: Partial<CloseRequest> = {}): Promise<BrokerAnswer> {
    return this.venue.broker.closePosition({
      id: 'close',
      brokerPositionId,
      decidedAt: this.venue.market.marketTime(),
      ...rest,
    });
  }

  protect(brokerPositionId: number, change: Partial<ProtectionRequest>): Promise<BrokerAnswer> {
    return this.venue.broker.changeProtection({
      brokerPositionId,
      decidedAt: this.venue.market.marketTime(),
      ...change,
    });
  }

  /** A price of EUR_USD, with a spread of one pip. */
  quote(bid: number): void {
    this.venue.market.publish('EUR_USD', bid, bid + 10);
  }

  /** The log after a transaction; from the beginning of the case when none is named. */
  log(after = this.#begunAt): Promise<readonly Transaction[]> {
    return this.venue.broker.transactionsSince(after);
  }

  /** How the account to which the log leads differs from what the broker says of it. */
  async differences(): Promise<readonly string[]> {
    const snapshot = await this.venue.broker.snapshot();
    const ledger = new Ledger();
    const [beginning] = await this.venue.broker.transactionsSince(0);
    if (beginning?.type === 'account-adopted') {
      // That is the account as it is now: what led to it is checked from the deposit on.
      ledger.apply({
        ...beginning,
        id: this.#begunAt,
        batchId: this.#begunAt,
        balance: 1_000_000_000,
        positions: [],
        orders: [],
      });
      for (const transaction of await this.log()) ledger.apply(transaction);
    } else for (const transaction of await this.log(0)) ledger.apply(transaction);
    return accountDifferences(ledger, snapshot.account);
  }
}

/** The transactions of an answer that has some. */
export function transactionsOf(answer: BrokerAnswer): readonly Transaction[] {
  if (answer.outcome !== 'answered') throw new Error(`an answer was expected, was ${JSON.stringify(answer)}`);
  return answer.transactions;
}

function isFill(transaction: Transaction): transaction is OrderFilled {
  return transaction.type === 'order-filled';
}
