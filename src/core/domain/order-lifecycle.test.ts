import { describe, expect, it } from 'vitest';
import { canOrderBecome, isOrderOpen, ORDER_STATUSES } from './order-lifecycle.ts';
import type { OrderStatus } from './order-lifecycle.ts';

// The table of the plan, written down a second time: a row that changes in one place only is a mistake.
const ALLOWED: Record<OrderStatus, OrderStatus[]> = {
  pending: ['denied', 'submitted'],
  denied: [],
  submitted: ['accepted', 'rejected', 'partially_filled', 'filled', 'cancel_pending', 'cancelled'],
  accepted: ['partially_filled', 'filled', 'cancel_pending', 'cancelled', 'expired'],
  rejected: [],
  partially_filled: ['filled', 'cancel_pending', 'cancelled', 'expired'],
  filled: [],
  cancel_pending: ['accepted', 'partially_filled', 'filled', 'cancelled', 'expired'],
  cancelled: ['filled'],
  expired: ['filled'],
};

describe('order lifecycle', () => {
  it.each(ORDER_STATUSES.flatMap((from) => ORDER_STATUSES.map((to) => ({ from, to }))))(
    'knows whether an order that is $from may become $to',
    ({ from, to }) => {
      expect(canOrderBecome(from, to)).toBe(ALLOWED[from].includes(to));
    },
  );

  it('lets a fill follow a cancel, because the log decides', () => {
    expect(canOrderBecome('cancelled', 'filled')).toBe(true);
  });

  it('never lets an order come back to the state before it was sent', () => {
    for (const from of ORDER_STATUSES) {
      expect(canOrderBecome(from, 'pending')).toBe(false);
    }
  });

  it('calls an order open as long as it can fill without a surprise', () => {
    expect(ORDER_STATUSES.filter(isOrderOpen)).toEqual([
      'pending',
      'submitted',
      'accepted',
      'partially_filled',
      'cancel_pending',
    ]);
  });
});
