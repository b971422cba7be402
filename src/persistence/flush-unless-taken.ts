/** Storing what must be unique. */

import { UniqueConstraintViolationException } from '@mikro-orm/postgresql';
import type { SqlEntityManager } from '@mikro-orm/postgresql';

/** Stores what the entity manager holds; false, and nothing is stored, when a unique value of it is taken. */
export async function flushUnlessTaken(em: Pick<SqlEntityManager, 'flush'>): Promise<boolean> {
  try {
    await em.flush();
    return true;
  } catch (error) {
    if (error instanceof UniqueConstraintViolationException) return false;
    throw error;
  }
}
