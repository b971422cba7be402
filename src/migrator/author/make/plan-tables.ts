/** Tables that are created and dropped. A new one is not in use yet, so it is created at once; a drop never cascades. */
import type { DatabaseTable } from '@mikro-orm/postgresql';
import { identifier } from '../../run/connect/sql-text.ts';
import { dropConstraint } from '../recipes/constraints.ts';
import { restoreConstraint } from '../recipes/restore-rule.ts';
import { splitStatements } from '../../review/sql/parse-sql.ts';
import { creationSql } from './schema-change.ts';
import type { Change } from './draft.ts';
import type { SchemaChange, SchemaTools } from './schema-change.ts';

/** Returns the change that makes new tables and their schemas. */
export async function planNewTables(change: SchemaChange, tools: SchemaTools): Promise<Change[]> {
  const { newTables, newNamespaces } = change.difference;
  const tables = Object.values(newTables);
  const up = await creationSql(tables, { ...change, newNamespaces }, tools);
  if (up.length === 0) return [];
  const names = new Set(tables.map(qualifiedName));
  const keys = tables.flatMap((table) =>
    Object.values(table.getForeignKeys())
      .filter((key) => key.referencedTableName !== qualifiedName(table) && names.has(key.referencedTableName))
      .map(({ constraintName }) => dropConstraint(table.name, constraintName)),
  );
  return [
    {
      stage: 'expand',
      rank: 2,
      up,
      down: [
        ...keys,
        ...(await dropTables(tables, tools)),
        ...[...newNamespaces].map((name) => `drop schema ${identifier(name)}`),
      ],
    },
  ];
}

/** Returns the changes that drop tables. Back, the tables are empty: the rows are gone. */
export async function planRemovedTables(change: SchemaChange, tools: SchemaTools): Promise<Change[]> {
  const { removedTables, orphanedForeignKeys } = change.difference;
  const tables = Object.values(removedTables);
  const removed = new Map(tables.map((table) => [qualifiedName(table), table]));
  const keys = orphanedForeignKeys.flatMap((key): Change[] => {
    const table = removed.get(key.localTableName) ?? change.from.getTable(key.localTableName);
    if (table === undefined) return [];
    // The table that is made again gets its own keys with it.
    const { constraintName } = key;
    const create = tools.helper.createForeignKey(table, key);
    const down = removed.has(key.localTableName) ? [] : restoreConstraint(table.name, constraintName, create);
    return [{ stage: 'contract', rank: 0, up: [dropConstraint(table.name, constraintName)], down }];
  });
  const drop: Change[] =
    tables.length === 0
      ? []
      : [
          {
            stage: 'contract',
            rank: 5,
            up: await dropTables(tables, tools),
            down: await creationSql(tables, change, tools),
          },
        ];
  return [...keys, ...drop];
}

/** A trigger goes with its table; the function that it calls does not. */
async function dropTables(tables: readonly DatabaseTable[], { helper }: SchemaTools): Promise<string[]> {
  const triggers = tables.flatMap((table) =>
    table.getTriggers().map((trigger) => helper.dropTrigger(table, trigger)),
  );
  return [
    ...(await splitStatements(triggers.join(';\n'))),
    ...tables.map((table) => `drop table ${table.getQuotedName()}`),
  ];
}

function qualifiedName({ name, schema }: DatabaseTable): string {
  return schema === undefined ? name : `${schema}.${name}`;
}
