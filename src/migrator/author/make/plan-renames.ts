/** New names for what holds rows, such that an old and a new version of the server can use it at the same time. */
import type { Column, TableDifference } from '@mikro-orm/postgresql';
import { conventionalName, identifier } from '../../run/connect/sql-text.ts';
import { requireColumn } from './plan-columns.ts';
import type { Change } from './draft.ts';
import type { ColumnRename, TableRename } from './renames.ts';
import type { Snapshot, TableOfSnapshot } from './snapshot.ts';

/**
 * Returns the changes that move the rows of one column to another. Both are there until the contract: a trigger keeps them in
 * step for whoever writes the one or the other. That one goes and one comes is planned with the other columns.
 */
export function planColumnRename(table: TableDifference, { from, to }: ColumnRename): Change[] {
  const { toTable, addedColumns } = table;
  const name = toTable.getQuotedName();
  const trigger = triggerFor(table, from, to);
  const [old, next] = [identifier(from), identifier(to)];
  const column = addedColumns[to];
  return [
    { stage: 'expand', rank: 8, up: trigger.create, down: trigger.drop },
    {
      stage: 'copy',
      rank: 0,
      up: [`update ${name} set ${next} = ${old} where ${next} is null and ${old} is not null`],
      down: [],
    },
    ...(column === undefined || column.nullable === true ? [] : requireColumn(toTable, column)),
    ...(column?.default == null ? [] : [defaultOf(name, column)]),
    { stage: 'contract', rank: 2, up: trigger.drop, down: trigger.create },
  ];
}

/** Until then the new column has none: whether somebody wrote it could not be told. */
function defaultOf(table: string, { name, default: value }: Column): Change {
  const alter = `alter table ${table} alter column ${identifier(name)}`;
  return {
    stage: 'contract',
    rank: 3,
    up: [`${alter} set default ${value}`],
    down: [`${alter} drop default`],
  };
}

interface SyncTrigger {
  readonly create: readonly string[];
  readonly drop: readonly string[];
}

/** What was written wins over what was not; where both were, the new name does. */
function triggerFor({ toTable }: TableDifference, from: string, to: string): SyncTrigger {
  const name = identifier(conventionalName(toTable.name, [from, 'to', to], 'sync'));
  const [old, next] = [identifier(from), identifier(to)];
  const table = toTable.getQuotedName();
  const body =
    `begin if tg_op = 'INSERT' then ` +
    `if new.${next} is null then new.${next} := new.${old}; else new.${old} := new.${next}; end if; ` +
    `elsif new.${next} is distinct from old.${next} then new.${old} := new.${next}; ` +
    `elsif new.${old} is distinct from old.${old} then new.${next} := new.${old}; end if; return new; end`;
  return {
    create: [
      `create function ${name}() returns trigger language plpgsql as $$ ${body} $$`,
      `create trigger ${name} before insert or update on ${table} for each row execute function ${name}()`,
    ],
    drop: [`drop trigger ${name} on ${table}`, `drop function ${name}()`],
  };
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
          'rename-needs-ack': 'it was declared, and the old version goes on through the view',
          'phase-fits-statements': 'the old version goes on through the view',
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
