/** Why orders were cancelled or rejected, positions ended and money moved, in the broker's log: OANDA's reasons in our words. */

export const ORDER_CANCEL_REASONS = [
  'client-request',
  'replaced',
  'expired',
  'linked-position-closed',
  'market-halted',
  'insufficient-margin',
  'bounds-violated',
  'no-liquidity',
  'stop-loss-on-wrong-side',
  'take-profit-on-wrong-side',
  'take-profit-expired',
  'stop-loss-expired',
  'trailing-stop-expired',
  'position-gone',
  'opposite-position-open',
  'no-conversion-price',
  'open-positions-exceeded',
  'position-units-exceeded',
  'pending-orders-exceeded',
  'client-position-id-taken',
  'client-protection-id-taken',
  'fifo-violated',
  'account-locked',
  'other',
] as const;
/** Why the broker cancelled an order it had accepted. */
export type CancelReason = (typeof ORDER_CANCEL_REASONS)[number];

export const ORDER_REJECT_REASONS = [
  'instrument-unknown',
  'units-invalid',
  'units-precision-exceeded',
  'units-limit-exceeded',
  'units-minimum-not-met',
  'price-invalid',
  'price-precision-exceeded',
  'price-missing',
  'expiry-invalid',
  'time-in-force-invalid',
  'trailing-distance-invalid',
  'trailing-distance-precision-exceeded',
  'trailing-distance-minimum-not-met',
  'trailing-distance-maximum-exceeded',
  'client-order-id-taken',
  'position-unknown',
  'close-units-exceed-position',
  'order-unknown',
  'replacement-invalid',
  'protection-exists',
  'price-and-distance',
  'price-unknown',
  'trigger-condition-invalid',
  'position-fill-invalid',
  'client-tag-invalid',
  'client-comment-invalid',
  'pending-orders-exceeded',
  'instrument-not-tradable',
  'insufficient-margin',
  'fifo-violated',
  'account-locked',
  'request-invalid',
  'access-refused',
  'rate-limited',
  'broker-unreachable',
  'other',
  'not-received',
] as const;
/**
 * Why the broker refused to take an order. `not-received`: its log shows that the order never reached it. `request-invalid`,
 * `access-refused`, `rate-limited` and `broker-unreachable` are of requests that did not come as far as its log.
 */
export type RejectReason = (typeof ORDER_REJECT_REASONS)[number];

export const EXIT_REASONS = [
  'market',
  'limit',
  'stop',
  'market_if_touched',
  'take_profit',
  'stop_loss',
  'trailing_stop',
  'close',
  'margin_closeout',
] as const;
/** What kind of fill ended a position. */
export type ExitReason = (typeof EXIT_REASONS)[number];

export const TRANSFER_REASONS = ['client', 'account-transfer', 'migration', 'adjustment'] as const;
/** Why money came or went: the client paid, it moved between accounts, the account itself moved, or the broker put something right. */
export type TransferReason = (typeof TRANSFER_REASONS)[number];
