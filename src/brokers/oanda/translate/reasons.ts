/** OANDA's reasons in our words. One that has no word here is `other`, beside OANDA's own. */

import { wordIn } from './wire-values.ts';
import type { OrderCreated } from '../../../core/domain/transaction.ts';
import type {
  CancelReason,
  ExitReason,
  RejectReason,
  TransferReason,
} from '../../../core/domain/transaction-reasons.ts';

type Words<Word> = Readonly<Record<string, Word>>;

const CANCEL_REASONS: Words<CancelReason> = {
  CLIENT_REQUEST: 'client-request',
  CLIENT_REQUEST_REPLACED: 'replaced',
  DIVIDEND_ADJUSTMENT_REPLACED: 'replaced',
  TIME_IN_FORCE_EXPIRED: 'expired',
  LINKED_TRADE_CLOSED: 'linked-position-closed',
  MARKET_HALTED: 'market-halted',
  INSTRUMENT_BID_HALTED: 'market-halted',
  INSTRUMENT_ASK_HALTED: 'market-halted',
  INSUFFICIENT_MARGIN: 'insufficient-margin',
  BOUNDS_VIOLATION: 'bounds-violated',
  INSUFFICIENT_LIQUIDITY: 'no-liquidity',
  STOP_LOSS_ON_FILL_LOSS: 'stop-loss-on-wrong-side',
  GUARANTEED_STOP_LOSS_ON_FILL_LOSS: 'stop-loss-on-wrong-side',
  TAKE_PROFIT_ON_FILL_LOSS: 'take-profit-on-wrong-side',
  LOSING_TAKE_PROFIT: 'take-profit-on-wrong-side',
  TAKE_PROFIT_ON_FILL_GTD_TIMESTAMP_IN_PAST: 'take-profit-expired',
  STOP_LOSS_ON_FILL_GTD_TIMESTAMP_IN_PAST: 'stop-loss-expired',
  GUARANTEED_STOP_LOSS_ON_FILL_GTD_TIMESTAMP_IN_PAST: 'stop-loss-expired',
  TRAILING_STOP_LOSS_ON_FILL_GTD_TIMESTAMP_IN_PAST: 'trailing-stop-expired',
  OPEN_TRADES_ALLOWED_EXCEEDED: 'open-positions-exceeded',
  POSITION_SIZE_EXCEEDED: 'position-units-exceeded',
  ACCOUNT_POSITION_VALUE_LIMIT_EXCEEDED: 'position-units-exceeded',
  PENDING_ORDERS_ALLOWED_EXCEEDED: 'pending-orders-exceeded',
  POSITION_CLOSEOUT_FAILED: 'position-gone',
  CLIENT_TRADE_ID_ALREADY_EXISTS: 'client-position-id-taken',
  TAKE_PROFIT_ON_FILL_CLIENT_ORDER_ID_ALREADY_EXISTS: 'client-protection-id-taken',
  STOP_LOSS_ON_FILL_CLIENT_ORDER_ID_ALREADY_EXISTS: 'client-protection-id-taken',
  GUARANTEED_STOP_LOSS_ON_FILL_CLIENT_ORDER_ID_ALREADY_EXISTS: 'client-protection-id-taken',
  TRAILING_STOP_LOSS_ON_FILL_CLIENT_ORDER_ID_ALREADY_EXISTS: 'client-protection-id-taken',
  FIFO_VIOLATION: 'fifo-violated',
  FIFO_VIOLATION_SAFEGUARD_VIOLATION: 'fifo-violated',
  FIFO_VIOLATION_SAFEGUARD_PARTIAL_CLOSE_VIOLATION: 'fifo-violated',
  ACCOUNT_LOCKED: 'account-locked',
  ACCOUNT_NEW_POSITIONS_LOCKED: 'account-locked',
  ACCOUNT_ORDER_CREATION_LOCKED: 'account-locked',
  ACCOUNT_ORDER_FILL_LOCKED: 'account-locked',
};

/** What only the last part of a reject reason says, whatever it is about: TAKE_PROFIT_ON_FILL_PRICE_INVALID. */
const REJECT_ENDINGS: readonly (readonly [string, RejectReason])[] = [
  ['WOULD_VIOLATE_FIFO_VIOLATION_SAFEGUARD', 'fifo-violated'],
  ['TIME_IN_FORCE_INVALID', 'time-in-force-invalid'],
  ['TIME_IN_FORCE_MISSING', 'time-in-force-invalid'],
  ['GTD_TIMESTAMP_MISSING', 'expiry-invalid'],
  ['GTD_TIMESTAMP_IN_PAST', 'expiry-invalid'],
  ['PRICE_AND_DISTANCE_BOTH_SPECIFIED', 'price-and-distance'],
  ['PRICE_AND_DISTANCE_BOTH_MISSING', 'price-missing'],
  ['PRICE_MISSING', 'price-missing'],
  ['PRICE_INVALID', 'price-invalid'],
  ['PRICE_PRECISION_EXCEEDED', 'price-precision-exceeded'],
  ['TRIGGER_CONDITION_INVALID', 'trigger-condition-invalid'],
  ['TRIGGER_CONDITION_MISSING', 'trigger-condition-invalid'],
  ['ORDER_ALREADY_EXISTS', 'protection-exists'],
  ['TAG_INVALID', 'client-tag-invalid'],
  ['COMMENT_INVALID', 'client-comment-invalid'],
];

const REJECT_REASONS: Words<RejectReason> = {
  INSTRUMENT_MISSING: 'instrument-unknown',
  INSTRUMENT_UNKNOWN: 'instrument-unknown',
  INSTRUMENT_NOT_TRADEABLE: 'instrument-not-tradable',
  INSTRUMENT_PRICE_UNKNOWN: 'price-unknown',
  INSUFFICIENT_MARGIN: 'insufficient-margin',
  PENDING_ORDERS_ALLOWED_EXCEEDED: 'pending-orders-exceeded',
  UNITS_MISSING: 'units-invalid',
  UNITS_INVALID: 'units-invalid',
  UNITS_PRECISION_EXCEEDED: 'units-precision-exceeded',
  UNITS_LIMIT_EXCEEDED: 'units-limit-exceeded',
  UNITS_MIMIMUM_NOT_MET: 'units-minimum-not-met',
  UNITS_MINIMUM_NOT_MET: 'units-minimum-not-met',
  PRICE_BOUND_INVALID: 'price-invalid',
  PRICE_BOUND_PRECISION_EXCEEDED: 'price-precision-exceeded',
  PRICE_DISTANCE_MISSING: 'trailing-distance-invalid',
  PRICE_DISTANCE_INVALID: 'trailing-distance-invalid',
  PRICE_DISTANCE_PRECISION_EXCEEDED: 'trailing-distance-precision-exceeded',
  PRICE_DISTANCE_MAXIMUM_EXCEEDED: 'trailing-distance-maximum-exceeded',
  PRICE_DISTANCE_MINIMUM_NOT_MET: 'trailing-distance-minimum-not-met',
  TRAILING_STOP_LOSS_ON_FILL_PRICE_DISTANCE_MISSING: 'trailing-distance-invalid',
  TRAILING_STOP_LOSS_ON_FILL_PRICE_DISTANCE_INVALID: 'trailing-distance-invalid',
  TRAILING_STOP_LOSS_ON_FILL_PRICE_DISTANCE_PRECISION_EXCEEDED: 'trailing-distance-precision-exceeded',
  TRAILING_STOP_LOSS_ON_FILL_PRICE_DISTANCE_MAXIMUM_EXCEEDED: 'trailing-distance-maximum-exceeded',
  TRAILING_STOP_LOSS_ON_FILL_PRICE_DISTANCE_MINIMUM_NOT_MET: 'trailing-distance-minimum-not-met',
  CLIENT_ORDER_ID_ALREADY_EXISTS: 'client-order-id-taken',
  CLIENT_TRADE_ID_ALREADY_EXISTS: 'client-order-id-taken',
  ORDER_FILL_POSITION_ACTION_MISSING: 'position-fill-invalid',
  ORDER_FILL_POSITION_ACTION_INVALID: 'position-fill-invalid',
  TRADE_DOESNT_EXIST: 'position-unknown',
  TRADE_ID_UNSPECIFIED: 'position-unknown',
  CLOSEOUT_POSITION_DOESNT_EXIST: 'position-unknown',
  CLOSE_TRADE_UNITS_EXCEED_TRADE_SIZE: 'close-units-exceed-position',
  CLOSEOUT_POSITION_UNITS_EXCEED_POSITION_SIZE: 'close-units-exceed-position',
  ORDER_DOESNT_EXIST: 'order-unknown',
  REPLACING_ORDER_INVALID: 'replacement-invalid',
  REPLACING_TRADE_ID_INVALID: 'replacement-invalid',
  ACCOUNT_NOT_ACTIVE: 'account-locked',
  ACCOUNT_LOCKED: 'account-locked',
  ACCOUNT_ORDER_CREATION_LOCKED: 'account-locked',
  ACCOUNT_ORDER_CANCEL_LOCKED: 'account-locked',
};

const EXIT_REASONS: Words<ExitReason> = {
  LIMIT_ORDER: 'limit',
  STOP_ORDER: 'stop',
  MARKET_IF_TOUCHED_ORDER: 'market_if_touched',
  TAKE_PROFIT_ORDER: 'take_profit',
  STOP_LOSS_ORDER: 'stop_loss',
  GUARANTEED_STOP_LOSS_ORDER: 'stop_loss',
  TRAILING_STOP_LOSS_ORDER: 'trailing_stop',
  MARKET_ORDER_TRADE_CLOSE: 'close',
  MARKET_ORDER_POSITION_CLOSEOUT: 'close',
  MARKET_ORDER_MARGIN_CLOSEOUT: 'margin_closeout',
  // What a margin closeout had to leave because the market was closed. Source: OANDA v20, DELAYED_TRADE_CLOSURE.
  MARKET_ORDER_DELAYED_TRADE_CLOSE: 'margin_closeout',
};

const CREATION_REASONS: Words<OrderCreated['reason']> = {
  ON_FILL: 'on-fill',
  REPLACEMENT: 'replacement',
  TRADE_CLOSE: 'close',
  POSITION_CLOSEOUT: 'close',
  MARGIN_CLOSEOUT: 'margin-closeout',
  DELAYED_TRADE_CLOSE: 'margin-closeout',
};

const TRANSFER_REASONS: Words<TransferReason> = {
  CLIENT_FUNDING: 'client',
  ACCOUNT_TRANSFER: 'account-transfer',
  DIVISION_MIGRATION: 'migration',
  SITE_MIGRATION: 'migration',
  ADJUSTMENT: 'adjustment',
};

/** A reason in our words, and OANDA's own where ours is only `other`. */
interface Reason<Word> {
  readonly reason: Word;
  readonly brokerReason?: string;
}

/** As much of OANDA's own name as an order keeps of it. */
const LONGEST_REASON = 64;

/** Returns why an order was cancelled. */
export function cancelReason(reason: string): Reason<CancelReason> {
  const word = wordIn(CANCEL_REASONS, reason);
  return word ? { reason: word } : { reason: 'other', brokerReason: reason.slice(0, LONGEST_REASON) };
}

/** Returns why an order was rejected. */
export function rejectReason(reason: string): Reason<RejectReason> {
  const word =
    wordIn(REJECT_REASONS, reason) ?? REJECT_ENDINGS.find(([ending]) => reason.endsWith(ending))?.[1];
  return word ? { reason: word } : { reason: 'other', brokerReason: reason.slice(0, LONGEST_REASON) };
}

/** Returns what kind of fill it is; one of an order that is neither of the others' is a market order's. */
export function exitReason(reason: string): ExitReason {
  return wordIn(EXIT_REASONS, reason) ?? 'market';
}

/** Returns why an order was created; a client's is the usual case. */
export function creationReason(reason: string | null | undefined): OrderCreated['reason'] {
  return wordIn(CREATION_REASONS, reason) ?? 'client';
}

/** Returns why money moved, as far as it is known. */
export function transferReason(reason: string | null | undefined): TransferReason | undefined {
  return wordIn(TRANSFER_REASONS, reason);
}
