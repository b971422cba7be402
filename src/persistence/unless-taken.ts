/** Storing what must be unique. */

import { UniqueConstraintViolationException } from '@mikro-orm/postgresql';

/** Stores by `store`, all or nothing; false, and nothing is stored, when a unique value of it is taken. */
export async function unlessTaken(store: () => Promise<unknown>): Promise<boolean> {
  try {
    await store();
    return true;
  } catch (error) {
    if (error instanceof UniqueConstraintViolationException) return false;
    throw error;
  }
}
