/** One connection without entities, for questions to the server itself: is it there, make a database. */
import { MikroORM } from '@mikro-orm/postgresql';
import { connectionOptions } from './connection-options.ts';
import type { PooledClient } from './lost-connections.ts';
import type { Options } from '@mikro-orm/postgresql';

export interface PlainConnection {
  readonly query: <Row extends object = Record<string, unknown>>(sql: string) => Promise<Row[]>;
  /** Ends the connection at once: what was asked fails, and the next question opens another. */
  drop(): void;
  close(): Promise<void>;
}

interface BareOrm {
  readonly databaseUrl: string;
  /** How the server's views name it. */
  readonly purpose: string;
  readonly settings?: Readonly<Record<string, string | number>>;
}

/** Opens an ORM of one connection and no entities, without connecting; the first statement does. */
export function openBareOrm({ databaseUrl, purpose, settings = {} }: BareOrm, more: Options = {}): MikroORM {
  return new MikroORM({
    ...connectionOptions({ databaseUrl, purpose, poolSize: 1, idleTimeoutMs: 0, settings }),
    entities: [],
    discovery: { warnWhenNoEntities: false },
    ...more,
  });
}

/** Opens it without connecting; the first query does. */
export function openPlainConnection(databaseUrl: string, purpose = 'check'): PlainConnection {
  const clients = new Set<PooledClient>();
  const { driverOptions } = connectionOptions({
    databaseUrl,
    purpose,
    poolSize: 1,
    idleTimeoutMs: 0,
    settings: {},
  });
  const onPoolCreated = (pool: Parameters<typeof driverOptions.onPoolCreated>[0]): void => {
    driverOptions.onPoolCreated(pool);
    pool.on('connect', (client) => clients.add(client));
    pool.on('remove', (client) => clients.delete(client));
  };
  const orm = openBareOrm({ databaseUrl, purpose }, { driverOptions: { ...driverOptions, onPoolCreated } });
  return {
    query: (sql) => orm.driver.execute(sql),
    // The driver ends a connection that waits for an answer without a word to the other side.
    drop: () => {
      for (const client of clients) client.end().catch(() => undefined);
    },
    close: () => orm.close(true),
  };
}

/** Does work on one connection, and closes it. */
export async function onPlainConnection<Result>(
  databaseUrl: string,
  purpose: string,
  work: (query: PlainConnection['query']) => Promise<Result>,
): Promise<Result> {
  const connection = openPlainConnection(databaseUrl, purpose);
  try {
    return await work(connection.query);
  } finally {
    await connection.close();
  }
}

/** Reads the major version of the server behind an address. */
export function serverMajorVersion(databaseUrl: string): Promise<number> {
  return onPlainConnection(databaseUrl, 'check', async (query) => {
    const [row] = await query(`select current_setting('server_version_num')::int / 10000 as major`);
    return Number(row?.['major']);
  });
}
