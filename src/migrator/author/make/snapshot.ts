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

const TableSnapshot = Json.Object({
  name: Json.String(),
  schema: Json.Optional(Json.String()),
  comment: Json.Optional(Json.Union([Json.String(), Json.Null()])),
  columns: Json.Record(Json.String(), Json.Object({ name: Json.String(), mappedType: Json.String() })),
  indexes: Json.Array(Json.Object({ keyName: Json.String(), primary: Json.Boolean() })),
  checks: Json.Array(Json.Object({ name: Json.String() })),
  partitioning: Json.Optional(
    Json.Object({
      definition: Json.String(),
      partitions: Json.Array(
        Json.Object({ name: Json.String(), schema: Json.Optional(Json.String()), bound: Json.String() }),
      ),
    }),
  ),
  triggers: Json.Optional(Json.Array(Json.Object({ name: Json.String() }))),
  foreignKeys: Json.Record(
    Json.String(),
    Json.Object({
      constraintName: Json.String(),
      localTableName: Json.String(),
      referencedTableName: Json.String(),
    }),
  ),
});

const SnapshotSchema = Json.Object({
  name: Json.String(),
  namespaces: Json.Array(Json.String()),
  tables: Json.Array(TableSnapshot),
  nativeEnums: Json.Optional(
    Json.Record(
      Json.String(),
      Json.Object({
        name: Json.String(),
        schema: Json.Optional(Json.String()),
        items: Json.Array(Json.String()),
      }),
    ),
  ),
});

/** The file's content: what MikroORM writes there, as far as it is read here. */
export type Snapshot = Json.Static<typeof SnapshotSchema>;
export type TableOfSnapshot = Json.Static<typeof TableSnapshot>;

/** Reads the snapshot of a folder; a folder without one has had no migration yet. */
export async function readSnapshot(folder: string): Promise<Snapshot> {
  const path = join(folder, SNAPSHOT_FILE);
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return { name: 'public', namespaces: [], tables: [] };
  const parsed = parseJson(text);
  if (Value.Check(SnapshotSchema, parsed)) return parsed;
  throw new MigratorFailure(
    'command-invalid',
    `${path} is no snapshot of a schema. After a merge "npm run db -- make --merge" makes it again from the records.`,
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
  const nativeEnums = snapshot.nativeEnums ?? {};
  schema.setTables(snapshot.tables.map((table) => tableOf(table, nativeEnums, platform)));
  schema.setNamespaces(new Set(snapshot.namespaces));
  schema.setNativeEnums(nativeEnums);
  return schema;
}

/** The file is MikroORM's own, so what is in a table beyond the names checked above has its types. */
function tableOf(
  saved: TableOfSnapshot,
  nativeEnums: Snapshot['nativeEnums'],
  platform: AbstractSqlPlatform,
): DatabaseTable {
  const table = new DatabaseTable(platform, saved.name, saved.schema);
  table.nativeEnums = nativeEnums as DatabaseTable['nativeEnums'];
  if (saved.comment != null) table.comment = saved.comment;
  table.setIndexes(saved.indexes as unknown as IndexDef[]);
  table.setChecks(saved.checks as unknown as CheckDef[]);
  table.setForeignKeys(saved.foreignKeys as unknown as Record<string, ForeignKey>);
  table.setPartitioning(saved.partitioning);
  table.setTriggers((saved.triggers ?? []) as unknown as SqlTriggerDef[]);
  for (const column of Object.values(saved.columns)) {
    const known: Readonly<Record<string, unknown>> = t;
    const mappedType = Type.getType((known[column.mappedType] ?? UnknownType) as typeof UnknownType);
    table.addColumn({ ...(column as unknown as Column), mappedType });
  }
  return table;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
