/** Lists that people read often. The statement of a list is built once for each set of filters, because that costs as much as running it. */

import { assert } from '../core/shared/assert.ts';
import { readStatement } from './prepared-statement.ts';
import { readBuilder } from './query-builder.ts';
import type { Orm } from './orm.ts';
import type { CompiledQuery, Query } from './prepared-statement.ts';
import type { QueryBuilder } from './query-builder.ts';

/** Which rows are listed. */
export interface ListedRows<Filters, Row> {
  readonly orm: Orm;
  /** Selects a page. The query may depend on which filters there are and on those that are true or false; the values of the others are parameters. */
  readonly select: (db: QueryBuilder, filters: Filters) => Query<Row>;
}

/** Stands for the value of a filter in a statement that is built once. */
class Placeholder {
  readonly filter: string;

  constructor(filter: string) {
    this.filter = filter;
  }
}

/** A list with its statements, one for each set of filters: as many as there are such sets. */
export class PreparedList<Filters extends object, Row> {
  readonly #rows: ListedRows<Filters, Row>;
  readonly #compiledByFilters = new Map<string, CompiledQuery>();

  constructor(rows: ListedRows<Filters, Row>) {
    this.#rows = rows;
  }

  /** The rows of a page, on the connections for what people read. */
  async read(filters: Filters): Promise<readonly Row[]> {
    const given = new Map<string, unknown>(
      Object.entries(filters).filter(([, value]) => value !== undefined),
    );
    const { sql, parameters } = this.#compiledFor(given);
    const values = parameters.map((parameter) =>
      parameter instanceof Placeholder ? given.get(parameter.filter) : parameter,
    );
    return (await readStatement(this.#rows.orm, sql, values)) as readonly Row[];
  }

  #compiledFor(given: ReadonlyMap<string, unknown>): CompiledQuery {
    const key = [...given].map(([name, value]) => (isChoice(value) ? `${name}:${value}` : name)).join();
    const known = this.#compiledByFilters.get(key);
    if (known) return known;
    const compiled = this.#compile(given);
    this.#compiledByFilters.set(key, compiled);
    return compiled;
  }

  #compile(given: ReadonlyMap<string, unknown>): CompiledQuery {
    const { orm, select } = this.#rows;
    const filters = [...given].map(
      ([name, value]) => [name, isChoice(value) ? value : new Placeholder(name)] as const,
    );
    const compiled = select(readBuilder(orm), Object.fromEntries(filters) as Filters).compile();
    for (const [name, value] of filters)
      assert(isChoice(value) || compiled.parameters.includes(value), `${name} is a parameter of the list`);
    return compiled;
  }
}

/** Rows that are something are found by another index than those that are not, so that each has a statement. */
function isChoice(value: unknown): value is boolean {
  return typeof value === 'boolean';
}
