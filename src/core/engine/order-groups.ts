/** Groups of orders of which one cancels the others: which of them has had a fill, from the account's log. */

import type { OrderTerms } from '../domain/order.ts';

/** An order as far as its group goes. */
interface GroupMember {
  readonly strategyId?: string | undefined;
  readonly terms: Pick<OrderTerms, 'ocoGroup'>;
}

/** A strategy's groups are its own, and so are those of persons: two may use the same name. */
export class OrderGroups {
  /** The orders of each group that filled, in whole or in part, the first of them first. */
  readonly #filledIds = new Map<string, readonly number[]>();

  /** Whether an order of the member's group has filled, in whole or in part; false for an order of no group. */
  isFilled(member: GroupMember): boolean {
    return this.#filled(member).length > 0;
  }

  /** Takes note of a fill of an order, and returns whether it is its first and another order of its group had filled before. */
  noteFill(member: GroupMember & { readonly orderId: number }): boolean {
    const key = keyOf(member);
    const filled = this.#filled(member);
    if (key === undefined || filled.includes(member.orderId)) return false;
    this.#filledIds.set(key, [...filled, member.orderId]);
    return filled.length > 0;
  }

  /** Whether an order is of a group in which another one was the first to fill. */
  isOver(member: GroupMember & { readonly orderId: number }): boolean {
    const [first] = this.#filled(member);
    return first !== undefined && first !== member.orderId;
  }

  #filled(member: GroupMember): readonly number[] {
    const key = keyOf(member);
    return (key === undefined ? undefined : this.#filledIds.get(key)) ?? [];
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
