/** From what the records say now to the migrations that bring a database there while the server runs. */
import type { DatabaseSchema, TableDifference } from '@mikro-orm/postgresql';
import { decisionsFor } from './decisions.ts';
import { draftsOf } from './draft.ts';
import { resolveFills } from './fills.ts';
import { refuseUnsafe } from './guards.ts';
import { planColumns } from './plan-columns.ts';
import { planChecks, planForeignKeys } from './plan-constraints.ts';
import { planIndexes } from './plan-indexes.ts';
import { planColumnRename, renameTable } from './plan-renames.ts';
import { planNewTables, planRemovedTables } from './plan-tables.ts';
import { decideColumnRenames, decideTableRenames } from './renames.ts';
import { compareSchemas } from './schema-change.ts';
import { schemaOfSnapshot } from './snapshot.ts';
import type { Change, Draft } from './draft.ts';
import type { TableDecisions } from './decisions.ts';
import type { RenameDecisions, TableRename } from './renames.ts';
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
  const before = compareSchemas(schemaOfSnapshot(snapshot, tools.platform), target, tools);
  const tables = await decideTableRenames(before.difference, renames);
  const renamed = renameTables(snapshot, target, tables);
  const change = compareSchemas(schemaOfSnapshot(renamed.snapshot, tools.platform), target, tools);
  const fills = resolveFills(change.difference, stated);
  const columns = await decideColumnRenames(change.difference, renames, { tables, fills });
  refuseUnsafe({ change, tables, columns, fills });
  const changes = [
    ...renamed.changes,
    ...planNewTables(change, tools),
    ...Object.values(change.difference.changedTables).flatMap((table) =>
      planTable(table, decisionsFor(table, { renames: columns, fills }), tools),
    ),
    ...planRemovedTables(change, tools),
  ];
  return draftsOf(changes);
}

/** Whether the records say anything that the migrations do not. */
export function hasChanges(snapshot: Snapshot, target: DatabaseSchema, tools: SchemaTools): boolean {
  const { difference } = compareSchemas(schemaOfSnapshot(snapshot, tools.platform), target, tools);
  const { fromSchema: _, ...parts } = difference;
  return Object.values(parts).some(
    (part) => (part instanceof Set ? part.size : Object.keys(part).length) > 0,
  );
}

function renameTables(
  snapshot: Snapshot,
  target: DatabaseSchema,
  renames: readonly TableRename[],
): { snapshot: Snapshot; changes: Change[] } {
  let current = snapshot;
  const changes: Change[] = [];
  for (const rename of renames) {
    const table = target.getTable(rename.to);
    const wanted = new Set([
      ...(table?.getIndexes() ?? []).map(({ keyName }) => keyName),
      ...(table?.getChecks() ?? []).map(({ name }) => name),
      ...Object.keys(table?.getForeignKeys() ?? {}),
    ]);
    const renamed = renameTable(current, rename, wanted);
    current = renamed.snapshot;
    changes.push(...renamed.changes);
  }
  return { snapshot: current, changes };
}

function planTable(table: TableDifference, decisions: TableDecisions, tools: SchemaTools): Change[] {
  return [
    ...planColumns(table, decisions, tools),
    ...planChecks(table, tools),
    ...planForeignKeys(table, decisions, tools),
    ...planIndexes(table, decisions, tools),
    ...decisions.renames.flatMap((rename) => planColumnRename(table, rename, tools)),
    ...planTriggers(table, tools),
    ...planComment(table, tools),
  ];
}

function planTriggers(
  { addedTriggers, removedTriggers, toTable }: TableDifference,
  tools: SchemaTools,
): Change[] {
  const create = tools.helper.createTrigger.bind(tools.helper, toTable);
  const drop = tools.helper.dropTrigger.bind(tools.helper, toTable);
  return [
    ...Object.values(addedTriggers).map((trigger): Change => ({
      stage: 'expand',
      rank: 8,
      up: [create(trigger)],
      down: [drop(trigger)],
    })),
    ...Object.values(removedTriggers).map((trigger): Change => ({
      stage: 'contract',
      rank: 2,
      up: [drop(trigger)],
      down: [create(trigger)],
    })),
  ];
}

function planComment(table: TableDifference, { helper }: SchemaTools): Change[] {
  if (!('changedComment' in table)) return [];
  const { toTable, fromTable } = table;
  return [
    {
      stage: 'expand',
      rank: 9,
      up: [helper.alterTableComment(toTable, toTable.comment)],
      down: [helper.alterTableComment(toTable, fromTable.comment)],
    },
  ];
}
