/** One connection without entities, for questions to the server itself: is it there, make a database. */
import { MikroORM } from '@mikro-orm/postgresql';
import { connectionOptions } from './connection-options.ts';
import type { Options } from '@mikro-orm/postgresql';

export interface PlainConnection {
  readonly query: <Row extends object = Record<string, unknown>>(sql: string) => Promise<Row[]>;
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
  const orm = openBareOrm({ databaseUrl, purpose });
  return {
    query: (sql) => orm.driver.execute(sql),
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
