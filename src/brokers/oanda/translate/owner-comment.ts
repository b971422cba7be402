/**
 * The number of the process that ran the account when it sent an order, at the end of the order's comment. In OANDA's log it shows whose
 * order came when: the number grows each time that another process takes the account over.
 */

import { LONGEST_TAG } from '../../../core/domain/order.ts';

const OWNER = / ?\[owner \d+\]$/;

/** Returns the comment with the owner's number. A comment that leaves no room for it stays as it is. */
export function commentOfOwner(
  comment: string | undefined,
  ownerNumber: number | undefined,
): string | undefined {
  if (ownerNumber === undefined) return comment;
  const marked = `${comment ?? ''} [owner ${ownerNumber}]`.trimStart();
  return marked.length > LONGEST_TAG ? comment : marked;
}

/** Returns the comment as it was before {@link commentOfOwner}. */
export function commentWithoutOwner(comment: string | undefined): string | undefined {
  const text = comment?.replace(OWNER, '');
  return text === '' ? undefined : text;
}
