/** Mails with codes for a person that are not to be sent any more. */

import type { QueryBuilder } from '../../persistence/query-builder.ts';

/** Whose mails of which kind; with an instant (UTC ms) only those that expire then or later. */
export interface Withdrawal {
  readonly userId: string;
  readonly kind: string;
  readonly expiringFrom?: number | undefined;
}

/** Removes mails that wait: their codes are made when they are sent. */
export async function withdrawMails(
  db: QueryBuilder,
  { userId, kind, expiringFrom }: Withdrawal,
): Promise<void> {
  let query = db
    .deleteFrom('outgoing_mails')
    .where('kind', '=', kind)
    .where('sent_at', 'is', null)
    .where((eb) => eb(eb.fn<string>('jsonb_extract_path_text', ['data', eb.val('userId')]), '=', userId));
  if (expiringFrom !== undefined) query = query.where('expires_at', '>=', new Date(expiringFrom));
  await query.execute();
}
