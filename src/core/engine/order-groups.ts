/** Groups of orders of which one cancels the others: which of them has had a fill, from the account's log. */

import type { OrderTerms } from '../domain/order.ts';

/** An order as far as its group goes. */
interface GroupMember {
  readonly strategyId?: string | undefined;
  readonly terms: Pick<OrderTerms, 'ocoGroup'>;
}

/** A strategy's groups are its own, and so are those of persons: two may use the same name. */
export class OrderGroups {
  readonly #filledBy = new Map<string, number>();

  /** Whether an order of the member's group has filled, in whole or in part; false for an order of no group. */
  isFilled(member: GroupMember): boolean {
    const key = keyOf(member);
    return key !== undefined && this.#filledBy.has(key);
  }

  /** Takes note of a fill of an order, and returns whether another order of its group had filled before. */
  noteFill(member: GroupMember & { readonly orderId: number }): boolean {
    const key = keyOf(member);
    if (key === undefined) return false;
    const first = this.#filledBy.get(key);
    if (first === undefined) this.#filledBy.set(key, member.orderId);
    return first !== undefined && first !== member.orderId;
  }

  /** Whether an order is of a group in which another one has filled. */
  isOver(member: GroupMember & { readonly orderId: number }): boolean {
    const key = keyOf(member);
    const first = key === undefined ? undefined : this.#filledBy.get(key);
    return first !== undefined && first !== member.orderId;
  }
}

/** Returns whether two orders are of one group. */
export function areOfOneGroup(one: GroupMember, other: GroupMember): boolean {
  const key = keyOf(one);
  return key !== undefined && key === keyOf(other);
}

function keyOf({ strategyId = '', terms }: GroupMember): string | undefined {
  return terms.ocoGroup === undefined ? undefined : `${strategyId}/${terms.ocoGroup}`;
}
