/** The one table of an order's states and which may follow which. */

export const ORDER_STATUSES = [
  'pending',
  'denied',
  'submitted',
  'accepted',
  'rejected',
  'partially_filled',
  'filled',
  'cancel_pending',
  'cancelled',
  'expired',
] as const;
export type OrderStatus = (typeof ORDER_STATUSES)[number];

// A fill may arrive after a cancel: the broker's log decides, and the log says filled. A time-out after sending is not in this
// table because it changes nothing: the order stays submitted until the log shows what became of it.
const NEXT: Record<OrderStatus, readonly OrderStatus[]> = {
  pending: ['denied', 'submitted'],
  denied: [],
  submitted: ['accepted', 'rejected', 'partially_filled', 'filled', 'cancelled', 'cancel_pending'],
  accepted: ['partially_filled', 'filled', 'cancel_pending', 'cancelled', 'expired'],
  rejected: [],
  partially_filled: ['filled', 'cancel_pending', 'cancelled', 'expired'],
  filled: [],
  cancel_pending: ['accepted', 'partially_filled', 'filled', 'cancelled', 'expired'],
  cancelled: ['filled'],
  expired: ['filled'],
};

/** Returns whether the order can still fill: it is on its way to the broker or rests there. */
export function isOrderOpen(status: OrderStatus): boolean {
  return NEXT[status].length > 0 && status !== 'cancelled' && status !== 'expired';
}

/** The statuses of orders that can still fill. */
export const OPEN_ORDER_STATUSES = ORDER_STATUSES.filter(isOrderOpen);
