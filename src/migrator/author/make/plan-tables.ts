/** Tables that are created and dropped. A new one is not in use yet, so it is created at once; a drop never cascades. */
import type { DatabaseTable } from '@mikro-orm/postgresql';
import { identifier } from '../../run/connect/sql-text.ts';
import { dropConstraint } from '../recipes/constraints.ts';
import { restoreConstraint } from '../recipes/restore-rule.ts';
import { creationSql } from './schema-change.ts';
import type { Change } from './draft.ts';
import type { SchemaChange, SchemaTools } from './schema-change.ts';

/** Returns the change that makes new tables and the types they use. */
export async function planNewTables(change: SchemaChange, tools: SchemaTools): Promise<Change[]> {
  const { newTables, newNativeEnums, newNamespaces } = change.difference;
  const tables = Object.values(newTables);
  const up = await creationSql(tables, change, tools);
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
        ...tables.map((table) => `drop table ${table.getQuotedName()}`),
        ...newNativeEnums.map(({ name, schema }) => tools.helper.getDropNativeEnumSQL(name, schema)),
        ...[...newNamespaces].map((name) => `drop schema ${identifier(name)}`),
      ],
    },
  ];
}

/** Returns the changes that drop tables and types. Back, the tables are empty: the rows are gone. */
export async function planRemovedTables(change: SchemaChange, tools: SchemaTools): Promise<Change[]> {
  const { removedTables, removedNativeEnums, orphanedForeignKeys } = change.difference;
  const tables = Object.values(removedTables);
  const removed = new Map(tables.map((table) => [qualifiedName(table), table]));
  const nothingElse = {
    ...change,
    difference: { ...change.difference, newNamespaces: new Set<string>(), newNativeEnums: [] },
  };
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
            up: tables.map((table) => `drop table ${table.getQuotedName()}`),
            down: await creationSql(tables, nothingElse, tools),
          },
        ];
  const types = removedNativeEnums.map(({ name, schema }): Change => {
    const { items } = change.from.getNativeEnum(name);
    return {
      stage: 'contract',
      rank: 6,
      up: [tools.helper.getDropNativeEnumSQL(name, schema)],
      down: [tools.helper.getCreateNativeEnumSQL(name, items, schema)],
    };
  });
  return [...keys, ...drop, ...types];
}

function qualifiedName({ name, schema }: DatabaseTable): string {
  return schema === undefined ? name : `${schema}.${name}`;
}
