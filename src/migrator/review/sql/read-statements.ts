/** Reads statements for rules and plans. Of what it does not know it says nothing. */
import { readAlterTable, readRename } from './read-alter-table.ts';
import { constraintsOf, readColumn, readConstraint } from './read-definitions.ts';
import { parseSql } from './parse-sql.ts';
import { readRowChanges } from './read-row-changes.ts';
import { readTableLocks } from './read-table-locks.ts';
import { functionsOf, holds, nodesOf, stringsOf, tableOf } from './tree.ts';
import type { CreateStmt, DropStmt, IndexStmt, Node, ReindexStmt } from 'libpg-query';
import type { Action, Statement } from './action.ts';
import type { ParsedStatement } from './parse-sql.ts';

/** Reads all statements of some SQL. */
export async function readStatements(sql: readonly string[]): Promise<Statement[]> {
  const parsed = await Promise.all(sql.map(parseSql));
  return parsed.flat().map(readStatement);
}

function readStatement({ text, tree }: ParsedStatement): Statement {
  const isOther = tree === undefined || OTHERS.some((kind) => kind in tree);
  const rowActions = tree !== undefined && isOther ? readRowChanges(tree) : [];
  return {
    text,
    kind: rowActions.length > 0 ? 'data' : isOther ? 'other' : 'schema',
    actions: [...rowActions, ...(tree === undefined ? [] : readActions(tree))],
    cascades: holds(tree, 'behavior', 'DROP_CASCADE'),
    isConcurrent: holds(tree, 'concurrent', true) || holds(tree, 'defname', 'concurrently'),
    functions: functionsOf(tree),
    isRefused: tree === undefined,
    isCode: tree !== undefined && ('DoStmt' in tree || 'CallStmt' in tree),
  };
}

/** Statements that are none of the schema. */
const OTHERS = [
  'SelectStmt',
  'InsertStmt',
  'UpdateStmt',
  'DeleteStmt',
  'MergeStmt',
  'TruncateStmt',
  'CopyStmt',
  'DoStmt',
  'CallStmt',
  'LockStmt',
  'VacuumStmt',
  'ExplainStmt',
  'TransactionStmt',
  'VariableSetStmt',
  'VariableShowStmt',
  'RefreshMatViewStmt',
  'NotifyStmt',
  'DiscardStmt',
  'ConstraintsSetStmt',
  'PrepareStmt',
  'ExecuteStmt',
];

function readActions(tree: Node): Action[] {
  if ('AlterTableStmt' in tree) return readAlterTable(tree.AlterTableStmt);
  if ('RenameStmt' in tree) return readRename(tree.RenameStmt);
  if ('CreateStmt' in tree) return readCreateTable(tree.CreateStmt);
  if ('IndexStmt' in tree) return [readCreateIndex(tree.IndexStmt)];
  if ('DropStmt' in tree) return readDrop(tree.DropStmt);
  if ('ReindexStmt' in tree) return [readReindex(tree.ReindexStmt)];
  if ('AlterObjectSchemaStmt' in tree)
    return tree.AlterObjectSchemaStmt.objectType === 'OBJECT_TABLE'
      ? [{ does: 'move-table', table: tableOf(tree.AlterObjectSchemaStmt.relation) }]
      : [];
  if ('CreateTableAsStmt' in tree && tree.CreateTableAsStmt.objtype === 'OBJECT_TABLE')
    return [
      {
        does: 'create-table',
        table: tableOf(tree.CreateTableAsStmt.into?.rel),
        columns: [],
        isPartitioned: false,
      },
    ];
  return readTableLocks(tree);
}

function readCreateTable({
  relation,
  tableElts = [],
  inhRelations,
  partbound,
  partspec,
}: CreateStmt): Action[] {
  const table = tableOf(relation);
  const columns = tableElts.flatMap((node) =>
    'ColumnDef' in node ? [readColumn(table, node.ColumnDef)] : [],
  );
  const constraints = constraintsOf(tableElts);
  const [parent] = nodesOf('RangeVar', inhRelations);
  return [
    {
      does: 'create-table',
      table,
      columns: columns.map(({ facts }) => facts),
      isPartitioned: partspec !== undefined,
      ...(partbound !== undefined && { partitionOf: tableOf(parent) }),
    },
    ...columns.flatMap((column) => column.constraints),
    ...constraints.flatMap((constraint) => readConstraint(constraint, { table, isAlone: false })),
  ];
}

function readCreateIndex({
  relation,
  idxname = '',
  indexParams = [],
  unique,
  whereClause,
}: IndexStmt): Action {
  return {
    does: 'add-index',
    table: tableOf(relation),
    name: idxname,
    columns: indexParams.map((node) => ('IndexElem' in node ? (node.IndexElem.name ?? '') : '')),
    isUnique: unique === true,
    isPartial: whereClause !== undefined,
  };
}

function readDrop(statement: DropStmt): Action[] {
  const { objects = [], removeType } = statement;
  const names = objects.flatMap((node) => ('List' in node ? [stringsOf(node.List.items)] : []));
  switch (String(removeType)) {
    case 'OBJECT_TABLE':
      return names.map((name) => ({ does: 'drop-table', table: name.at(-1) ?? '' }));
    case 'OBJECT_INDEX':
      return names.map((name) => ({ does: 'drop-index', index: name.at(-1) ?? '' }));
    case 'OBJECT_TRIGGER':
    case 'OBJECT_RULE':
    case 'OBJECT_POLICY':
      return names.map((name) => ({
        does: 'lock-table',
        table: name.at(-2) ?? '',
        mode: 'AccessExclusiveLock',
      }));
    default:
      return [];
  }
}

function readReindex({ kind, relation }: ReindexStmt): Action {
  const name = tableOf(relation);
  return kind === 'REINDEX_OBJECT_INDEX'
    ? { does: 'reindex', index: name }
    : { does: 'reindex', table: name };
}
