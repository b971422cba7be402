/** The schema as the migrations so far make it, from the file beside them: what a new migration starts from. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSchema, DatabaseTable, t, Type, UnknownType } from '@mikro-orm/postgresql';
import Json from 'typebox';
import { Value } from 'typebox/value';
import { MigratorFailure } from '../../failure.ts';
import type {
  AbstractSqlPlatform,
  CheckDef,
  Column,
  ForeignKey,
  IndexDef,
  SqlTriggerDef,
} from '@mikro-orm/postgresql';

const SNAPSHOT_FILE = '.snapshot.json';

/** What MikroORM writes there, as far as it is looked at here. What else is in a table it has written itself, and has its types. */
const SnapshotSchema = Json.Object({
  name: Json.String(),
  namespaces: Json.Array(Json.String()),
  tables: Json.Array(
    Json.Object({
      name: Json.String(),
      schema: Json.Optional(Json.String()),
      columns: Json.Record(Json.String(), Json.Object({ name: Json.String(), mappedType: Json.String() })),
      indexes: Json.Array(Json.Object({})),
      checks: Json.Array(Json.Object({})),
      foreignKeys: Json.Record(Json.String(), Json.Object({})),
    }),
  ),
  nativeEnums: Json.Optional(Json.Record(Json.String(), Json.Object({}))),
});

export type Snapshot = Json.Static<typeof SnapshotSchema>;

interface TableContent {
  readonly comment?: string | null;
  readonly indexes: IndexDef[];
  readonly checks: CheckDef[];
  readonly foreignKeys: Record<string, ForeignKey>;
  readonly partitioning?: ReturnType<DatabaseTable['getPartitioning']>;
  readonly triggers?: SqlTriggerDef[];
}

/** Reads the snapshot of a folder; a folder without one has had no migration yet. */
export async function readSnapshot(folder: string): Promise<Snapshot> {
  const path = join(folder, SNAPSHOT_FILE);
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return { name: 'public', namespaces: [], tables: [] };
  const parsed = parseJson(text);
  if (Value.Check(SnapshotSchema, parsed)) return parsed;
  throw new MigratorFailure(
    'command-invalid',
    `${path} is no snapshot of a schema. After a merge "npm run db -- make --merge" makes it again from the entities.`,
  );
}

/**
 * Writes the schema to be the one that the next migration starts from, to the letter as MikroORM's own commands do; except that they
 * forget how a table is parted, and take that for a change the next time.
 */
export async function writeSnapshot(folder: string, schema: DatabaseSchema): Promise<void> {
  await writeFile(join(folder, SNAPSHOT_FILE), JSON.stringify(schema, withPartitioning, 2));
}

/** `value` is what the table makes of itself; the table is still in what holds it. */
function withPartitioning(this: Readonly<Record<string, unknown>>, key: string, value: object): unknown {
  const table = this[key];
  const partitioning = table instanceof DatabaseTable ? table.getPartitioning() : undefined;
  return partitioning === undefined ? value : { ...value, partitioning };
}

/** Builds the schema out of a snapshot, as MikroORM does for itself. */
export function schemaOfSnapshot(snapshot: Snapshot, platform: AbstractSqlPlatform): DatabaseSchema {
  const schema = new DatabaseSchema(platform, snapshot.name);
  const nativeEnums = (snapshot.nativeEnums ?? {}) as DatabaseTable['nativeEnums'];
  const known: Readonly<Record<string, unknown>> = t;
  schema.setTables(
    snapshot.tables.map((saved) => {
      const table = new DatabaseTable(platform, saved.name, saved.schema);
      const content = saved as unknown as TableContent;
      table.nativeEnums = nativeEnums;
      if (content.comment != null) table.comment = content.comment;
      table.setIndexes(content.indexes);
      table.setChecks(content.checks);
      table.setForeignKeys(content.foreignKeys);
      table.setPartitioning(content.partitioning);
      table.setTriggers(content.triggers ?? []);
      for (const column of Object.values(saved.columns)) {
        const mappedType = Type.getType((known[column.mappedType] ?? UnknownType) as typeof UnknownType);
        table.addColumn({ ...(column as unknown as Column), mappedType });
      }
      return table;
    }),
  );
  schema.setNamespaces(new Set(snapshot.namespaces));
  schema.setNativeEnums(nativeEnums);
  return schema;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
