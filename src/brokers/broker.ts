/** The broker port: everything the server asks of a broker, shaped for OANDA's v20 API. Types only. */

import type { AccountSnapshot } from '../core/domain/account.ts';
import type { Candle, Granularity } from '../core/domain/candle.ts';
import type { Instruments } from '../core/domain/instruments.ts';
import type { CloseRequest, OrderRequest, ProtectionRequest } from '../core/domain/order.ts';
import type { AccountAdopted, Transaction } from '../core/domain/transaction.ts';
import type { RejectReason } from '../core/domain/transaction-reasons.ts';
import type { Json } from '../core/shared/json.ts';
import type { Problem } from '../core/shared/problem.ts';
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

/** What the broker states about the account at one moment, in one answer. */
export interface BrokerSnapshot {
  /** Balance, margin rate, open lots and resting orders, as a log of ours would begin with them; its number is the log's last. */
  readonly account: AccountAdopted;
  /** The broker's own valuation. */
  readonly money: AccountSnapshot;
  readonly hedging: boolean;
  /** The name that the account has at the broker, if it has one. */
  readonly alias: string | undefined;
}

/** So many candles of a granularity, the last one closed by `until` (UTC ms). */
export interface CandleRequest {
  readonly instrument: string;
  readonly granularity: Granularity;
  readonly count: number;
  readonly until: number;
}

/** At most `count` candles, 5,000 or fewer: the first ones from `from` on, the one that it lies in included, or the last ones that begin before `until` (UTC ms). */
export type CandlePageRequest = Pick<CandleRequest, 'instrument' | 'granularity' | 'count'> &
  (
    | { readonly from: number; readonly until?: undefined }
    | { readonly until: number; readonly from?: undefined }
  );

/** Candles that have ended, oldest first, and the one behind them that has not, if it is among those asked for. */
export interface BrokerCandles {
  readonly complete: readonly Candle[];
  readonly unfinished: Candle | undefined;
}

/** Lines of a stream that could not be read and were passed over: how many since the last report, and why the newest could not. */
export interface UnreadableReport {
  readonly stream: 'prices' | 'transactions';
  readonly lines: number;
  readonly why: string;
}

/** How long a stream has not been heard: no line of it, and no heartbeat, came for so long. */
export interface StreamState {
  readonly stream: 'prices' | 'transactions';
  readonly silentMs: number;
}

/** What a broker reports by itself. Its clock comes at least once a second while it is connected. The listener only queues. */
export interface BrokerListener extends PriceListener {
  /**
   * Whether each price counts. While it is false, a broker may leave prices out until {@link Broker.showQuotes} asks for the newest ones;
   * a listener that does not say is shown each.
   */
  readonly followsQuotes?: () => boolean;
  /** Transactions that no request of ours is waiting for. Ids may repeat what an answer already gave. */
  readonly onTransactions: (transactions: readonly Transaction[]) => void;
  /**
   * The number of the log's last transaction, as often as the broker states it (OANDA: every five seconds). When what arrived ends
   * before it, something was missed, and the log is read.
   */
  readonly onLogEnd: (lastTransactionId: number) => void;
  /** A stream broke or came back; after it came back the log must be read on from the last known transaction. */
  readonly onConnection: (state: 'connected' | 'disconnected') => void;
  /** The broker does not let us in any more: the token was revoked, or the account is not its. Nothing comes until it is opened again. */
  readonly onRefused: (problem: Problem) => void;
  /** Lines could not be read: at most one report a minute of each stream. The log is read without them; a price is missing. */
  readonly onUnreadable: (report: UnreadableReport) => void;
}

/**
 * One account at a broker. Every request takes effect at most once; none is repeated by the port. What is read is repeated, and rejects
 * with the Problem `broker-unreachable` when that does not help, with `broker-log-behind` when its log ends before the number that was
 * asked for, with `broker-transaction-unreadable` when that cannot be read, or with `broker-token-refused`, `broker-account-forbidden` or `broker-account-unknown` when asking again cannot help.
 */
export interface Broker {
  /**
   * How long after a request whose answer was lost, or that left before this process started, it may still show up in the log. After
   * that, absence is certain. Every request ends by itself within this time, with the outcome `unknown` if there is no answer.
   */
  readonly lateArrivalMs: number;
  /** What the account can trade, as the broker described it when it was opened. */
  readonly instruments: Instruments;
  /**
   * When the broker does something by its clock next (UTC ms of the market): the feed of a lock-step market shows it that time.
   * Infinity for a broker with a clock of its own.
   */
  readonly nextClockAt: number;
  /**
   * How far the clock of this machine is ahead of the broker's at least (ms), below zero when it is behind, by the broker's newest answer.
   * Undefined while that is not known, and of a broker that has no other clock.
   */
  readonly clockAheadMs?: number | undefined;
  /** Its streams as they are now; none before it is connected, and of a broker that has none. */
  readonly streams?: readonly StreamState[];
  /** The broker's time in UTC ms. It never runs back. */
  marketTime(): number;
  /** Shows the listener the newest prices if some were left out. */
  showQuotes?(): void;
  /** Starts the streams: everything about the account, and the prices of the named instruments. */
  connect(listener: BrokerListener, instruments: readonly string[]): Promise<void>;
  /** What the account is, has and holds now. */
  snapshot(): Promise<BrokerSnapshot>;
  /** The newest complete candles, oldest first; fewer where the broker's history is shorter, none where it keeps none. */
  candles(request: CandleRequest): Promise<readonly Candle[]>;
  /** A page of its history; nothing where it keeps none. */
  candlePage(request: CandlePageRequest): Promise<BrokerCandles>;
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
