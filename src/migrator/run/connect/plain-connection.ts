/** One connection without records, for questions to the server itself: is it there, make a database. */
import { MikroORM } from '@mikro-orm/postgresql';
import { connectionOptions } from '../../../persistence/database-options.ts';

export interface PlainConnection {
  /** Runs one statement and returns its rows. */
  query(sql: string): Promise<Record<string, unknown>[]>;
  close(): Promise<void>;
}

/** Opens it without connecting; the first query does. `purpose` is how the server's views name it. */
export function openPlainConnection(databaseUrl: string, purpose = 'check'): PlainConnection {
  const orm = new MikroORM({
    ...connectionOptions({ databaseUrl, purpose, poolSize: 1, idleTimeoutMs: 0, settings: {} }),
    entities: [],
    discovery: { warnWhenNoEntities: false },
  });
  return {
    query: (sql) => orm.driver.execute<Record<string, unknown>[]>(sql),
    close: () => orm.close(true),
  };
}
