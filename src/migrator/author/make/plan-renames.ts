/** New names for what holds rows, such that an old and a new version of the server can use it at the same time. */
import type { Column, TableDifference } from '@mikro-orm/postgresql';
import { renameColumnOnline } from '../recipes/replace-column.ts';
import { identifier } from '../../run/connect/sql-text.ts';
import { backfillKeyOf } from './keys.ts';
import { planUnused } from './plan-columns.ts';
import { requireColumn } from './plan-required.ts';
import type { Change } from './draft.ts';
import type { ColumnRename, TableRename } from './renames.ts';
import type { SchemaTools } from './schema-change.ts';
import type { Snapshot, TableOfSnapshot } from './snapshot.ts';

/**
 * Returns the changes that move the rows of one column to another. Both are there until the contract: a trigger keeps them in
 * step for anyone who writes the one or the other.
 */
export function planColumnRename(
  { toTable, fromTable, addedColumns, removedColumns }: TableDifference,
  { from, to }: ColumnRename,
  { helper }: SchemaTools,
): Change[] {
  const [old, column] = [removedColumns[from], addedColumns[to]];
  if (old === undefined || column === undefined) return [];
  const { name: table } = toTable;
  const steps = renameColumnOnline({
    table,
    column: from,
    newName: to,
    type: column.type,
    isRequired: old.nullable !== true,
    key: backfillKeyOf(fromTable),
    ...(old.default != null && { defaultSql: old.default }),
  });
  const backfills = [`${table}.${to}`];
  return [
    // What the new version leaves out in its column, the trigger leaves out in the old one.
    ...(column.nullable === true ? planUnused(toTable, { ...old, default: null }) : []),
    {
      stage: 'expand',
      rank: 3,
      ...steps.expand,
      isElidable: true,
      note: `Until the backfill ${table}.${to} is done, an old row may have its value in ${from} only: anyone who reads it takes that one then.`,
    },
    ...commentOf(column, (of) => helper.getChangeColumnCommentSQL(table, of, toTable.schema)),
    { stage: 'copy', rank: 0, ...steps.first },
    ...(column.nullable === true
      ? []
      : requireColumn(table, to, { ...steps.fill, backfills, isElidable: true })),
    { stage: 'contract', rank: 4, ...steps.contract, backfills, isElidable: true },
  ];
}

function commentOf(column: Column, spell: (column: Column) => string): Change[] {
  return column.comment == null ? [] : [{ stage: 'expand', rank: 9, up: [spell(column)], down: [] }];
}

/** A table that has its new name: the schema as it then is, and the changes that bring it there. */
export interface RenamedTable {
  readonly snapshot: Snapshot;
  readonly changes: readonly Change[];
}

/**
 * Renames a table, and whatever was named after it. Under the old name there is a view, through which the old version reads and
 * writes as before, until the contract.
 */
export function renameTable(
  snapshot: Snapshot,
  { from, to }: TableRename,
  wanted: ReadonlySet<string>,
): RenamedTable {
  const statements: string[] = [];
  const undo: string[] = [];
  const rename = (kind: 'constraint' | 'index', name: string): string => {
    const next = name.startsWith(`${from}_`) ? `${to}${name.slice(from.length)}` : name;
    if (next === name || !wanted.has(next)) return name;
    const spell = (one: string, other: string): string =>
      kind === 'index'
        ? `alter index ${identifier(one)} rename to ${identifier(other)}`
        : `alter table ${identifier(to)} rename constraint ${identifier(one)} to ${identifier(other)}`;
    statements.push(spell(name, next));
    undo.unshift(spell(next, name));
    return next;
  };
  const tables = snapshot.tables.map((table) =>
    withKeysTo(table.name === from ? renamedTable(table, to, rename) : table, { from, to }),
  );
  const [old, next] = [identifier(from), identifier(to)];
  const view = [`create view ${old} as table ${next}`];
  const dropView = [`drop view ${old}`];
  return {
    snapshot: { ...snapshot, tables },
    changes: [
      {
        stage: 'expand',
        rank: 0,
        up: [`alter table ${old} rename to ${next}`, ...statements, ...view],
        down: [...dropView, ...undo, `alter table ${next} rename to ${old}`],
        waivers: {
          'phase-fits-statements': 'the old version continues through the view',
        },
      },
      { stage: 'contract', rank: 0, up: dropView, down: view },
    ],
  };
}

function renamedTable(
  table: TableOfSnapshot,
  name: string,
  rename: (kind: 'constraint' | 'index', name: string) => string,
): TableOfSnapshot {
  const foreignKeys = Object.values(table.foreignKeys).map((key) => {
    const constraintName = rename('constraint', key.constraintName);
    return { ...key, constraintName, localTableName: replaceTable(key.localTableName, table.name, name) };
  });
  return {
    ...table,
    name,
    indexes: table.indexes.map((index) => {
      const isConstraint = 'constraint' in index && index.constraint === true;
      return { ...index, keyName: rename(isConstraint ? 'constraint' : 'index', index.keyName) };
    }),
    checks: table.checks.map((check) => ({ ...check, name: rename('constraint', check.name) })),
    foreignKeys: Object.fromEntries(foreignKeys.map((key) => [key.constraintName, key])),
  };
}

function withKeysTo(table: TableOfSnapshot, { from, to }: TableRename): TableOfSnapshot {
  const foreignKeys = Object.entries(table.foreignKeys).map(([name, key]) => {
    return [name, { ...key, referencedTableName: replaceTable(key.referencedTableName, from, to) }] as const;
  });
  return { ...table, foreignKeys: Object.fromEntries(foreignKeys) };
}

/** `public.orders` is the table `orders`. */
function replaceTable(qualified: string, from: string, to: string): string {
  const parts = qualified.split('.');
  return parts.at(-1) === from ? [...parts.slice(0, -1), to].join('.') : qualified;
}
