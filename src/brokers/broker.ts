/** The broker port: everything the server asks of a broker, shaped for OANDA's v20 API. Types only. */

import type { Instruments } from '../core/domain/instruments.ts';
import type { CloseRequest, OrderRequest, ProtectionRequest } from '../core/domain/order.ts';
import type { RejectReason, Transaction } from '../core/domain/transaction.ts';
import type { Json } from '../core/shared/json.ts';
import type { PriceListener } from './price-source.ts';

/**
 * How a request ended. `answered`: the broker's log has it, here is what it wrote (order accepted, filled, cancelled or rejected).
 * `refused`: it certainly did not happen and left no trace in the log. `unknown`: it may or may not have reached the broker;
 * nothing is assumed and nothing is sent again until the log shows it.
 */
export type BrokerAnswer =
  | { readonly outcome: 'answered'; readonly transactions: readonly Transaction[] }
  | { readonly outcome: 'refused'; readonly reason: RejectReason; readonly detail: string }
  | { readonly outcome: 'unknown'; readonly cause: unknown };

/** What a broker reports by itself. Its clock comes at least once a second while it is connected. The listener only queues. */
export interface BrokerListener extends PriceListener {
  /** Transactions that no request of ours is waiting for. Ids may repeat what an answer already gave. */
  readonly onTransactions: (transactions: readonly Transaction[]) => void;
  /**
   * The number of the log's last transaction, as often as the broker states it (OANDA: every five seconds). When what arrived ends
   * before it, something was missed, and the log is read.
   */
  readonly onLogEnd: (lastTransactionId: number) => void;
  /** A stream broke or came back; after it came back the log must be read on from the last known transaction. */
  readonly onConnection: (state: 'connected' | 'disconnected') => void;
}

/** One account at a broker. Every request takes effect at most once; none is repeated by the port. */
export interface Broker {
  /**
   * How long after a request whose answer was lost, or that left before this process started, it may still show up in the log. After
   * that, absence is certain. Every request ends by itself within this time, with the outcome `unknown` if there is no answer.
   */
  readonly lateArrivalMs: number;
  /** What the account can trade. */
  readonly instruments: Instruments;
  /**
   * When the broker does something by its clock next (UTC ms of the market): the feed of a lock-step market shows it that time.
   * Infinity for a broker with a clock of its own.
   */
  readonly nextClockAt: number;
  /** Starts the streams. */
  connect(listener: BrokerListener): Promise<void>;
  /**
   * The log after a transaction number, oldest first, up to the end that the broker states: it fails rather than return less. A
   * number that is missing in it does not exist. After 0 it begins with `account-opened`, or with `account-adopted` where the
   * account is older than our log of it.
   */
  transactionsSince(lastTransactionId: number): Promise<readonly Transaction[]>;
  submitOrder(request: OrderRequest): Promise<BrokerAnswer>;
  closePosition(request: CloseRequest): Promise<BrokerAnswer>;
  cancelOrder(brokerOrderId: number, decidedAt: number): Promise<BrokerAnswer>;
  changeProtection(request: ProtectionRequest): Promise<BrokerAnswer>;
  /**
   * Sets the least margin rate of the account, whatever its instruments say; 0 leaves them their own. False when that would close
   * positions out. The log's side of it is reported to the listener.
   */
  setMarginRate(marginRate: number): Promise<boolean>;
  /** What must be given back to the broker at the next start because its log does not hold it; null when there is nothing. */
  saveState(): Json;
  /** Ends the streams. Idempotent. */
  close(): Promise<void>;
}
