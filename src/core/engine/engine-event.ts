/** What happens to an account besides its broker's log: everything that is stepped through its engine, in one order. */

import type { Instrument } from '../domain/instrument.ts';
import type { CloseOutRequest, CloseRequest, OrderRequest, ProtectionRequest } from '../domain/order.ts';
import type { Quote } from '../domain/quote.ts';
import type { Strategy } from '../strategies/strategy.ts';

/** A new price. */
export interface QuoteEvent {
  readonly type: 'quote';
  readonly quote: Quote;
  /** Whether it is an extreme of a candle, which only the candle's end will show: no strategy decides on it. */
  readonly isInsideCandle?: boolean | undefined;
}

/**
 * Time passed without a price; `pricesAliveAt` is when the price stream last showed life (a quote or a heartbeat). A clock that is made up for,
 * because nothing was seen as it was due, has the market time that has come by now as `seenAt` (UTC ms).
 */
export interface ClockEvent {
  readonly type: 'clock';
  readonly at: number;
  readonly pricesAliveAt: number;
  readonly seenAt?: number;
}

/**
 * A person asks for an order, a close, a cancel or another protection: the same rules apply as to a strategy's intents. An order or close
 * that is in flight already is asked for once.
 */
export interface OrderRequestedEvent {
  readonly type: 'order-requested';
  readonly request: OrderRequest;
}
export interface CloseRequestedEvent {
  readonly type: 'close-requested';
  readonly request: CloseRequest;
}
export interface CloseOutRequestedEvent {
  readonly type: 'close-out-requested';
  readonly request: CloseOutRequest;
}
export interface CancelRequestedEvent {
  readonly type: 'cancel-requested';
  /** The order's id with us; for an order that has none (the broker made it, or another program) its broker number as text. */
  readonly orderId: string;
}
export interface ProtectionRequestedEvent {
  readonly type: 'protection-requested';
  readonly request: ProtectionRequest;
}

/** A request was answered without a transaction: refused for certain. */
export interface RequestRefusedEvent {
  readonly type: 'request-refused';
  /** The id of the order or close request. */
  readonly requestId: string;
}

/**
 * The answer to a request was lost, or is not there after long: it may or may not have taken effect, and stays in flight until the log
 * shows its end. Only a close of a whole position, which cannot take effect twice, may be asked for again meanwhile.
 */
export interface OutcomeUnknownEvent {
  readonly type: 'outcome-unknown';
  /** The id of the order or close request. */
  readonly requestId: string;
}

/** A request to cancel an order came to nothing for all that is known; the order may still rest. */
export interface CancelUnconfirmedEvent {
  readonly type: 'cancel-unconfirmed';
  readonly brokerOrderId: number;
}

/** A strategy takes part from now on, running or paused; its candles are built from here. */
export interface StrategyAttachedEvent {
  readonly type: 'strategy-attached';
  readonly strategyId: string;
  readonly instrument: Instrument;
  /** The instruments that it watches besides. */
  readonly otherInstruments?: readonly Instrument[] | undefined;
  readonly strategy: Strategy;
  readonly paused: boolean;
  /** Whether it makes no new entries; false when left out. */
  readonly draining?: boolean | undefined;
}
/**
 * A paused strategy is fed prices but its intents are dropped. One that drains makes no entries any more: those that wait are dropped, those
 * that rest are cancelled; its closes and changes of protection are carried out. It does not end draining.
 */
export interface StrategyPausedEvent {
  readonly type: 'strategy-paused' | 'strategy-resumed' | 'strategy-draining';
  readonly strategyId: string;
}
/**
 * A strategy takes no part any more. Its resting orders are cancelled: no strategy would manage what they open. `close`
 * closes its positions as well, `keep` leaves them with their protection.
 */
export interface StrategyDetachedEvent {
  readonly type: 'strategy-detached';
  readonly strategyId: string;
  readonly mode: 'keep' | 'close';
}

/**
 * Halt: no new exposure, so entry orders are denied and resting ones cancelled. Resume: trading again. Kill: halt, and close
 * everything.
 */
export interface AccountCommandEvent {
  readonly type: 'halt' | 'resume' | 'kill';
}

export type EngineEvent =
  | QuoteEvent
  | ClockEvent
  | OrderRequestedEvent
  | CloseRequestedEvent
  | CloseOutRequestedEvent
  | CancelRequestedEvent
  | ProtectionRequestedEvent
  | RequestRefusedEvent
  | OutcomeUnknownEvent
  | CancelUnconfirmedEvent
  | StrategyAttachedEvent
  | StrategyPausedEvent
  | StrategyDetachedEvent
  | AccountCommandEvent;
