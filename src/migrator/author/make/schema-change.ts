/** What the records say against what the migrations so far make, and the tools of MikroORM that spell it as SQL. */
import { SchemaComparator } from '@mikro-orm/postgresql';
import type {
  AbstractSqlPlatform,
  Configuration,
  DatabaseSchema,
  DatabaseTable,
  SchemaDifference,
  SchemaHelper,
  SqlSchemaGenerator,
  TableDifference,
} from '@mikro-orm/postgresql';
import assert from 'node:assert/strict';
import { splitStatements } from '../../review/sql/parse-sql.ts';

/** MikroORM's own ways of spelling SQL. */
export interface SchemaTools {
  readonly platform: AbstractSqlPlatform;
  readonly helper: SchemaHelper;
  readonly generator: SqlSchemaGenerator;
}

/** Two schemas and what lies between them. A renamed column appears as one dropped and one added. */
export interface SchemaChange {
  readonly from: DatabaseSchema;
  readonly to: DatabaseSchema;
  readonly difference: SchemaDifference;
}

/** Returns the tools of an ORM. */
export function schemaToolsOf(config: Configuration): SchemaTools {
  const platform = config.getPlatform() as AbstractSqlPlatform;
  const helper = platform.getSchemaHelper();
  const generator = config.getExtension<SqlSchemaGenerator>('@mikro-orm/schema-generator');
  assert(helper !== undefined && generator !== undefined, 'the ORM is one for SQL');
  return { platform, helper, generator };
}

/** Compares two schemas. */
export function compareSchemas(
  from: DatabaseSchema,
  to: DatabaseSchema,
  { platform }: SchemaTools,
): SchemaChange {
  const difference = new SchemaComparator(platform).compare(from, to);
  for (const table of Object.values(difference.changedTables)) undoGuessedRenames(table);
  return { from, to, difference };
}

/** Returns the statements that make these tables, and schemas before them. */
export async function creationSql(
  tables: readonly DatabaseTable[],
  {
    from,
    newNamespaces = new Set(),
  }: Pick<SchemaChange, 'from'> & Partial<Pick<SchemaDifference, 'newNamespaces'>>,
  { generator }: SchemaTools,
): Promise<string[]> {
  return splitStatements(
    generator.diffToSQL(
      {
        ...nothing(from),
        newNamespaces,
        newTables: Object.fromEntries(tables.map((table) => [table.getShortestName(false), table])),
      },
      { wrap: false },
    ),
  );
}

/** MikroORM takes a column that went and one of the same type that came for one that changed its name; that is asked, not guessed. */
function undoGuessedRenames(table: TableDifference): void {
  for (const [oldName, column] of Object.entries(table.renamedColumns)) {
    const old = table.fromTable.getColumn(oldName);
    assert(old !== undefined, 'a column that was renamed was there');
    table.removedColumns[oldName] = old;
    table.addedColumns[column.name] = column;
    delete table.renamedColumns[oldName];
  }
}

function nothing(fromSchema: DatabaseSchema): SchemaDifference {
  return {
    newNamespaces: new Set(),
    newNativeEnums: [],
    newTables: {},
    changedTables: {},
    removedTables: {},
    newViews: {},
    changedViews: {},
    removedViews: {},
    newRoutines: {},
    changedRoutines: {},
    removedRoutines: {},
    removedNamespaces: new Set(),
    removedNativeEnums: [],
    orphanedForeignKeys: [],
    fromSchema,
  };
}
