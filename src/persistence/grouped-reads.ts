/**
 * Rows that many requests ask for one by one, by a key each: those that wait at the same time are read by one statement. A message to
 * PostgreSQL and its answer cost more than anything else that such a request needs.
 */

import { assert } from '../core/shared/assert.ts';
import { runPrepared } from './prepared-statement.ts';
import { queryBuilder } from './query-builder.ts';
import type { Orm } from './orm.ts';
import type { CompiledQuery, Query } from './prepared-statement.ts';
import type { QueryBuilder } from './query-builder.ts';

/** One statement is answered while the next one is sent; what is asked for meanwhile waits, and shares the one after. */
const MOST_AT_ONCE = 2;
/** A statement of more keys holds its connection, and the event loop with its rows, for longer than others like to wait. */
const MOST_KEYS = 100;

/** Stands for the keys in a statement that is compiled once. */
const KEYS: readonly string[] = [];

/** Which rows are read. */
export interface GroupedRows<Row> {
  readonly orm: Orm;
  /** The name of the prepared statement, of this one alone. */
  readonly name: string;
  /** Selects the rows of these keys, `= any(…)`; nothing else in it may change from call to call. At most one row has a key. */
  readonly select: (db: QueryBuilder, keys: readonly string[]) => Query<Row>;
  readonly keyOf: (row: NoInfer<Row>) => string;
}

/** One who waits for a row. */
interface Waiting<Row> {
  readonly key: string;
  readonly resolve: (row: Row | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/** Reads rows by their keys, together. */
export class GroupedReads<Row> {
  readonly #rows: GroupedRows<Row>;
  #waiting: Waiting<Row>[] = [];
  #compiled: CompiledQuery | undefined;
  #running = 0;
  #isPlanned = false;

  constructor(rows: GroupedRows<Row>) {
    this.#rows = rows;
  }

  /**
   * The row with this key. The statement that reads it begins afterwards, so that it sees all that was committed before this call. A key of the
   * wrong type fails for all that wait with it, so keys are checked before.
   */
  find(key: string): Promise<Row | undefined> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ key, resolve, reject });
      this.#plan();
    });
  }

  /** Lets all that arrives in this turn of the event loop wait together. */
  #plan(): void {
    if (this.#isPlanned || this.#running === MOST_AT_ONCE || this.#waiting.length === 0) return;
    this.#isPlanned = true;
    setImmediate(() => {
      this.#isPlanned = false;
      void this.#answer(this.#waiting.splice(0, MOST_KEYS));
      this.#plan();
    });
  }

  async #answer(waiting: readonly Waiting<Row>[]): Promise<void> {
    this.#running += 1;
    try {
      const rows = await this.#read([...new Set(waiting.map(({ key }) => key))]);
      for (const { key, resolve } of waiting) resolve(rows.get(key));
    } catch (error) {
      for (const { reject } of waiting) reject(error);
    } finally {
      this.#running -= 1;
      this.#plan();
    }
  }

  async #read(keys: readonly string[]): Promise<ReadonlyMap<string, Row>> {
    const { orm, name, keyOf } = this.#rows;
    const { sql, parameters } = (this.#compiled ??= this.#compile());
    const values = parameters.map((parameter) => (parameter === KEYS ? keys : parameter));
    const rows = (await runPrepared(orm, { name, text: sql }, values)) as readonly Row[];
    return new Map(rows.map((row) => [keyOf(row), row]));
  }

  #compile(): CompiledQuery {
    const { orm, name, select } = this.#rows;
    const compiled = select(queryBuilder(orm), KEYS).compile();
    assert(compiled.parameters.includes(KEYS), `the keys are a parameter of ${name}`);
    return compiled;
  }
}
