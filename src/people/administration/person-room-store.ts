/** Whether a person may have one more of something, decided where it is stored: those who add at once wait for each other. */

import { assertBelowLimit } from './person-limits.ts';
import type { QueryBuilder } from '../../persistence/query-builder.ts';
import type { PersonLimitName } from './person-limits.ts';

/** A person, and how many of what they may have. */
export interface PersonRoom {
  readonly userId: string;
  readonly name: PersonLimitName;
  readonly most: number;
}

/**
 * Counts what a person has, in the transaction that adds to it; throws `limit-reached` when that is as much as they may have. Until the
 * transaction ends, other requests that add something for this person wait, at every copy of the server.
 */
export async function assertRoom(
  db: QueryBuilder,
  { userId, name, most }: PersonRoom,
  count: () => Promise<number>,
): Promise<void> {
  await db.selectFrom('users').select('id').where('id', '=', userId).forNoKeyUpdate().execute();
  assertBelowLimit(name, most, await count());
}
