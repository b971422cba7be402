import { describe, expect, it } from 'vitest';
import { isOrderOpen, ORDER_STATUSES } from './order-lifecycle.ts';

describe('order lifecycle', () => {
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
