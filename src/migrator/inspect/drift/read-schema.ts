/** Reads what is in a database, from PostgreSQL's own catalogue: every object of the schema with what defines it. Reads only. */
import Type from 'typebox';
import assert from 'node:assert/strict';
import { openBareOrm } from '../../run/connect/plain-connection.ts';
import { compiledCheck } from '../../run/state/compiled-check.ts';
import { readOnly } from '../doctor/reader.ts';
import { CATALOGUE_SQL } from './catalogue-sql.ts';
import type { Static } from 'typebox';

/** Reading a catalogue is quick; what takes longer waits for a lock. */
const STATEMENT_TIMEOUT_MS = 30_000;

/**
 * PostgreSQL spells names as the path needs them: two schemas are spelt alike only when both come first in it. What extensions
 * made is in `public`.
 */
const PLAIN_NAMES_SQL = `select set_config('search_path', concat_ws(', ', quote_ident(current_schema()), 'public'), false)`;

const OBJECT_KINDS = [
  'table',
  'view',
  'column',
  'constraint',
  'index',
  'trigger',
  'policy',
  'sequence',
  'type',
  'function',
] as const;

const SchemaObjectSchema = Type.Object({
  kind: Type.Enum(OBJECT_KINDS),
  /** The table that a column, constraint, index, trigger or policy belongs to. */
  table: Type.Union([Type.String(), Type.Null()]),
  name: Type.String(),
  /** What defines it, by the names under which differences are reported. */
  facts: Type.Record(Type.String(), Type.String()),
});

const isSchemaObject = compiledCheck(SchemaObjectSchema);

/** One thing of a schema. */
export type SchemaObject = Readonly<Static<typeof SchemaObjectSchema>>;

/** A whole schema, in the order of the objects' kinds and names. */
export type Schema = readonly SchemaObject[];

/** One connection for a schema that is read several times: most of a first reading is what PostgreSQL looks up about its own tables. */
export interface SchemaReader {
  /** Reads the schema in which the address works as it is at one moment. */
  read(): Promise<Schema>;
  close(): Promise<void>;
}

/** Opens it without connecting; the first reading does. */
export function openSchemaReader(databaseUrl: string): SchemaReader {
  const orm = openBareOrm(readOnly(databaseUrl, { statement_timeout: STATEMENT_TIMEOUT_MS }));
  return {
    async read() {
      await orm.driver.execute(PLAIN_NAMES_SQL);
      const rows = await orm.driver.execute<unknown[]>(CATALOGUE_SQL);
      return rows.map((row) => {
        assert(isSchemaObject(row), `the catalogue said ${JSON.stringify(row)}`);
        return row;
      });
    },
    close: () => orm.close(true),
  };
}

/** Reads the schema in which the address works as it is at one moment. Any role that may connect may read it. */
export async function readSchema(databaseUrl: string): Promise<Schema> {
  const reader = openSchemaReader(databaseUrl);
  try {
    return await reader.read();
  } finally {
    await reader.close();
  }
}
