/** Counts the rows of tables in a backup and in the database it was made of. Reads only. */
import { identifier } from '../../run/connect/sql-text.ts';
import { openPlainConnection } from '../../run/connect/plain-connection.ts';

export interface TableCount {
  readonly table: string;
  readonly restored: number;
  /** Now; it may have changed since the backup. */
  readonly source: number;
}

export interface CountedDatabases {
  readonly restoredUrl: string;
  readonly sourceUrl: string;
  /** Tables that both have. */
  readonly tables: readonly string[];
}

/** Counts every row of every table, which reads them whole. */
export async function compareCounts({
  restoredUrl,
  sourceUrl,
  tables,
}: CountedDatabases): Promise<TableCount[]> {
  const restored = await countRows(restoredUrl, tables);
  const source = await countRows(sourceUrl, tables);
  return tables.map((table) => ({
    table,
    restored: restored.get(table) ?? 0,
    source: source.get(table) ?? 0,
  }));
}

async function countRows(databaseUrl: string, tables: readonly string[]): Promise<Map<string, number>> {
  const connection = openPlainConnection(databaseUrl, 'backup');
  try {
    const counts = new Map<string, number>();
    for (const table of tables) {
      const [row] = await connection.query(`select count(*) from ${identifier(table)}`);
      counts.set(table, Number(row?.['count']));
    }
    return counts;
  } finally {
    await connection.close();
  }
}
