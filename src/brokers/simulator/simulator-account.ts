/** One account at the simulator: the exchange that trades for it, and its log as OANDA writes it. */

import { assert } from '../../core/shared/assert.ts';
import { Exchange } from '../../core/simulation/exchange.ts';
import { AccountBook } from './account-book.ts';
import { parseAccountId } from './account-id.ts';
import { takenId } from './ids-taken.ts';
import { translateTransaction } from './wire/translate-transaction.ts';
import type { Instruments } from '../../core/domain/instruments.ts';
import type { Currency } from '../../core/domain/instrument.ts';
import type { LedgerOrder } from '../../core/domain/ledger.ts';
import type { Position } from '../../core/domain/position.ts';
import type { Quote } from '../../core/domain/quote.ts';
import type { Transaction } from '../../core/domain/transaction.ts';
import type { CancelReason } from '../../core/domain/transaction-reasons.ts';
import type { CostModel } from '../../core/simulation/costs.ts';
import type { AccountId } from './account-id.ts';
import type { Fields } from './v20-error.ts';
import type { RequestContext, WireTransaction } from './wire/translation.ts';

/** What a simulated account starts with. */
export interface AccountSpec {
  /** As OANDA's: `101-004-1435156-001`. */
  readonly id: string;
  readonly currency: Currency;
  readonly hedging: boolean;
  /** Ten-thousandths. */
  readonly balance: number;
  /** The least margin rate; 0 leaves the instruments their own. */
  readonly marginRate: number;
  readonly alias?: string | undefined;
}

/** Everything that happens on an account goes through here, so that its log and its book are complete. */
export class SimulatorAccount {
  readonly spec: AccountSpec;
  readonly id: AccountId;
  readonly instruments: Instruments;
  readonly exchange: Exchange;
  /** The part by which converting a result is worse than the middle rate. */
  readonly conversionMarkup: number;
  readonly book = new AccountBook();
  /** OANDA's transactions: the first has number 1, and none is missing. */
  readonly log: WireTransaction[] = [];
  alias: string | undefined;
  /** When the newest fill was, and since when the broker warns that margin is short (UTC ms). */
  lastFillAt: number | undefined;
  marginCalledAt: number | undefined;
  #nextOrder = 1;
  /** The request that is carried out: its orders are not in the book yet. */
  #context: RequestContext | undefined;
  readonly #onWritten: (transactions: readonly WireTransaction[]) => void;

  constructor(
    spec: AccountSpec,
    options: { readonly instruments: Instruments; readonly costs: CostModel; readonly openedAt: number },
    onWritten: (transactions: readonly WireTransaction[]) => void,
  ) {
    const { currency, hedging, balance, marginRate } = spec;
    const { costs, instruments, openedAt } = options;
    this.spec = spec;
    this.id = parseAccountId(spec.id);
    this.alias = spec.alias;
    this.instruments = instruments;
    this.conversionMarkup = costs.conversionMarkup;
    this.exchange = new Exchange({
      currency,
      hedging,
      costs,
      instruments,
      reissuesRests: true,
      openingObstacle: (order) => this.#takenId(order),
    });
    this.#onWritten = onWritten;
    this.#take(this.exchange.openAccount(balance, openedAt, marginRate));
  }

  /** The number of the newest transaction. */
  get lastTransactionId(): number {
    return this.log.length;
  }

  /** The prices at which trailing stops stand now, in points, by the number of their order. */
  trailingLevels(): ReadonlyMap<number, number> {
    return new Map(this.exchange.saveState().trailingLevels.map(({ orderId, level }) => [orderId, level]));
  }

  /** A name for the exchange to know a request by. Clients' own ids are no such names: at OANDA they may repeat. */
  nextRequestName(): string {
    return `request-${this.#nextOrder++}`;
  }

  /** What was due before the quote is done at the prices before it. */
  onQuote(quote: Quote): void {
    this.onClock(quote.at);
    this.#take(this.exchange.onQuote(quote));
  }

  onClock(at: number): void {
    this.#take(this.exchange.onClock(at));
  }

  /** Carries a request out at `at` and returns the transactions that it wrote; what was due before is none of them. */
  request(
    context: RequestContext,
    at: number,
    carryOut: (exchange: Exchange) => readonly Transaction[] | undefined,
  ): readonly WireTransaction[] {
    this.onClock(at);
    this.#context = context;
    const written = this.#take(carryOut(this.exchange) ?? [], context);
    this.#context = undefined;
    return written;
  }

  /** Writes a transaction that the exchange has no use for. `fields` have its `type`. */
  note(requestId: string, at: number, fields: Fields & { readonly type: string }): WireTransaction {
    const [written] = this.request({ requestId, fields }, at, (exchange) =>
      exchange.writeOther(fields.type, at),
    );
    assert(written !== undefined, 'a noted transaction is written');
    return written;
  }

  #take(transactions: readonly Transaction[], context?: RequestContext): readonly WireTransaction[] {
    if (transactions.length === 0) return [];
    const written = transactions.map((transaction) => this.#translate(transaction, context));
    this.log.push(...written);
    this.#onWritten(written);
    return written;
  }

  #translate(transaction: Transaction, context: RequestContext | undefined): WireTransaction {
    const details =
      transaction.type === 'order-created' ? context?.detailsOf?.(transaction.terms) : undefined;
    this.book.apply(transaction, details, (position) => this.#marginOf(position));
    if (transaction.type === 'order-filled') this.lastFillAt = transaction.at;
    if (transaction.type === 'margin-call-changed' && transaction.state === 'entered')
      this.marginCalledAt = transaction.at;
    return translateTransaction({
      transaction,
      book: this.book,
      value: this.exchange.value,
      instruments: this.instruments,
      accountId: this.id,
      accountName: this.spec.id,
      currency: this.spec.currency,
      context,
    });
  }

  /** The book does not know yet what the exchange is doing now. */
  #takenId(order: LedgerOrder): CancelReason | undefined {
    const details =
      this.book.ordersById.get(order.orderId)?.details ?? this.#context?.detailsOf?.(order.terms);
    return takenId(order, details, this.exchange.ledger, this.book);
  }

  #marginOf({ instrument, side, openUnits }: Position): number {
    const units = { long: 0, short: 0, [side]: openUnits };
    return this.exchange.value.marginFor(this.instruments.named(instrument), units) ?? 0;
  }
}
