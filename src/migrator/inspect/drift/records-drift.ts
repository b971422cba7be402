/** Compares a database with the records instead of the migrations: what is left where no scratch database can be made. Reads only. */
import assert from 'node:assert/strict';
import { MikroORM } from '@mikro-orm/postgresql';
import { readerOptions } from '../reader-options.ts';
import { BOOKKEEPING_TABLES } from './catalogue-sql.ts';
import { compareSchema } from './compare-schema.ts';
import type { OpenSettings } from '../../run/open-migrator.ts';
import type { Difference } from './compare-schema.ts';
import type { Schema } from './read-schema.ts';

/** What the records cannot say in words of the catalogue they say as SQL. */
export interface RecordsDrift {
  readonly differences: readonly Difference[];
  /** What would have to be run for the database to be as the records say. */
  readonly statements: readonly string[];
}

/** Returns the drift of a database whose schema was read. */
export async function findRecordsDrift(
  { databaseUrl, entities: load }: OpenSettings,
  found: Schema,
): Promise<RecordsDrift> {
  const entities = await load?.();
  assert(entities !== undefined, 'a project whose entities are compared gives them');
  const orm = new MikroORM({
    ...readerOptions(databaseUrl),
    entities: [...entities],
    schemaGenerator: { skipTables: [...BOOKKEEPING_TABLES] },
  });
  try {
    const ours = new Set(entities.map(({ meta }) => meta.tableName));
    // Tables that are not ours are told as such; dropping them is nothing anybody asked for.
    const [place] = await orm.driver.execute<{ schema: string }[]>('select current_schema()::text as schema');
    const schema = place?.schema ?? 'public';
    orm.config.set('schema', schema);
    const sql = await orm.schema.getUpdateSchemaSQL({ wrap: false, dropTables: false, schema });
    return {
      differences: [...rogueTables(found, ours), ...cutShort(found)],
      statements: withoutHiddenChecks(statementsOf(sql.replaceAll(`"${schema}".`, '')), found),
    };
  } finally {
    await orm.close(true);
  }
}

function statementsOf(sql: string): string[] {
  return sql
    .split(/;\s*\n/)
    .map((statement) => statement.trim().replace(/;$/, ''))
    .filter((statement) => statement !== '');
}

/**
 * MikroORM asks `information_schema` for checks, which shows them to the tables' owner only; to anybody else all of them look
 * missing. Those that the catalogue has are there, and a changed one is dropped before it is added.
 */
function withoutHiddenChecks(statements: readonly string[], found: Schema): string[] {
  const constraints = new Set(
    found.filter(({ kind }) => kind === 'constraint').map(({ table, name }) => `${table}.${name}`),
  );
  return statements.filter((statement) => {
    const [, table, name] = /^alter table "(.+?)" add constraint "(.+?)" check /.exec(statement) ?? [];
    const isDroppedFirst = statements.some((other) => other.endsWith(`drop constraint "${name}"`));
    return !constraints.has(`${table}.${name}`) || isDroppedFirst;
  });
}

function rogueTables(found: Schema, ours: ReadonlySet<string>): Difference[] {
  const tables = found.filter(({ kind }) => kind === 'table');
  return compareSchema(
    tables.filter(({ name }) => ours.has(name)),
    tables,
  );
}

/** Invalid indexes, constraints that were never validated, triggers that were switched off. */
function cutShort(found: Schema): Difference[] {
  const whole: Schema = found.map((object) => {
    const { state } = object.facts;
    if (state === undefined) return object;
    return { ...object, facts: { ...object.facts, state: object.kind === 'trigger' ? 'enabled' : 'valid' } };
  });
  return compareSchema(whole, found);
}
