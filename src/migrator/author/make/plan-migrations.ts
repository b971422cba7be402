/** From what the records say now to the migrations that bring a database there while the server runs. */
import type { DatabaseSchema, TableDifference } from '@mikro-orm/postgresql';
import { loadParser } from '../../review/sql/parse-sql.ts';
import { decisionsFor } from './decisions.ts';
import { draftsOf } from './draft.ts';
import { resolveFills } from './fills.ts';
import { refuseUnsafe } from './guards.ts';
import { planColumns } from './plan-columns.ts';
import { planChecks, planForeignKeys } from './plan-constraints.ts';
import { planIndexes } from './plan-indexes.ts';
import { planColumnRename } from './plan-renames.ts';
import { planNewTables, planRemovedTables } from './plan-tables.ts';
import { decideColumnRenames, refuseTableRenames } from './renames.ts';
import { compareSchemas } from './schema-change.ts';
import { schemaOfSnapshot } from './snapshot.ts';
import type { Change, Draft } from './draft.ts';
import type { TableDecisions } from './decisions.ts';
import type { RenameDecisions } from './renames.ts';
import type { SchemaTools } from './schema-change.ts';
import type { Snapshot } from './snapshot.ts';

/** From where to where. */
export interface PlanRequest {
  readonly snapshot: Snapshot;
  readonly target: DatabaseSchema;
  readonly renames: RenameDecisions;
  /** Values for rows that have none: `orders.note='none'`. */
  readonly fills?: readonly string[];
}

/** Returns the migrations in order; none when there is nothing to do. MigratorFailure `command-invalid` for what is not generated. */
export async function planMigrations(
  { snapshot, target, renames, fills: stated = [] }: PlanRequest,
  tools: SchemaTools,
): Promise<Draft[]> {
  await loadParser();
  const change = compareSchemas(schemaOfSnapshot(snapshot, tools.platform), target, tools);
  refuseTableRenames(change.difference, renames);
  const fills = resolveFills(change.difference, stated);
  const columns = await decideColumnRenames(change.difference, renames, fills);
  refuseUnsafe({ change, columns, fills });
  const changes = [
    ...(await planNewTables(change, tools)),
    ...Object.values(change.difference.changedTables).flatMap((table) =>
      planTable(table, decisionsFor(table, { renames: columns, fills }), tools),
    ),
    ...(await planRemovedTables(change, tools)),
  ];
  return draftsOf(changes);
}

/** Returns the names of what the records have otherwise than the migrations make it: tables, types, schemas. */
export function changedParts(snapshot: Snapshot, target: DatabaseSchema, tools: SchemaTools): string[] {
  const { difference } = compareSchemas(schemaOfSnapshot(snapshot, tools.platform), target, tools);
  const { fromSchema: _, orphanedForeignKeys: __, newNativeEnums, removedNativeEnums, ...parts } = difference;
  const types = [...newNativeEnums, ...removedNativeEnums].map(({ name }) => name);
  return [
    ...types,
    ...Object.values(parts).flatMap((part) => (part instanceof Set ? [...part] : Object.keys(part))),
  ];
}

function planTable(table: TableDifference, decisions: TableDecisions, tools: SchemaTools): Change[] {
  return [
    ...planColumns(table, decisions, tools),
    ...planChecks(table, tools),
    ...planForeignKeys(table, decisions, tools),
    ...planIndexes(table, decisions, tools),
    ...decisions.renames.flatMap((rename) => planColumnRename(table, rename)),
  ];
}
