/** The typed query builder over the records' tables, for reads and for bulk writes. */

import type { Orm } from './orm.ts';

/** Returns the query builder on the pool. */
export function queryBuilder(orm: Orm) {
  return orm.em.fork().getKysely();
}

/**
 * Returns the query builder for what people read, as much of it as they like: on connections of its own, with a time limit, so that it
 * takes no connection that orders and their records need.
 */
export function readBuilder(orm: Orm) {
  return orm.em.fork().getKysely({ type: 'read' });
}

/** The query builder, on the pool or inside a transaction. */
export type QueryBuilder = ReturnType<typeof queryBuilder>;

/** Runs `work` in one transaction and returns what it returns; everything it wrote is undone when it throws. */
export function inTransaction<T>(orm: Orm, work: (db: QueryBuilder) => Promise<T>): Promise<T> {
  return orm.em.fork().transactional((em) => work(em.getKysely()));
}
