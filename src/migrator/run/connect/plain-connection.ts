/** One connection without entities, for questions to the server itself: is it there, make a database. */
import { MikroORM } from '@mikro-orm/postgresql';
import { connectionOptions } from './connection-options.ts';

export interface PlainConnection {
  readonly query: <Row extends object = Record<string, unknown>>(sql: string) => Promise<Row[]>;
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
    query: (sql) => orm.driver.execute(sql),
    close: () => orm.close(true),
  };
}
