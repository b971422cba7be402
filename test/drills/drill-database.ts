/** A PostgreSQL of the drill's own, as the server would start it: durable, so that costs are measured truly. */
import { startEmbeddedPostgres } from '../../src/persistence/embedded-postgres/embedded-postgres.ts';
import { removeEmbeddedPostgres } from '../../src/persistence/embedded-postgres/remove.ts';
import { openPlainConnection } from '../../src/migrator/run/connect/plain-connection.ts';

export interface DrillServer extends AsyncDisposable {
  /** Makes an empty database and returns its address. */
  createDatabase(name: string): Promise<string>;
  /** Stops it, which ends every connection, and starts it again at the same address. */
  restart(): Promise<void>;
  /** Ends its first process with SIGKILL, as a machine without memory does, and starts it again at the same address. */
  kill(): Promise<void>;
}

export async function startDrillServer(dataDirectory: string): Promise<DrillServer> {
  const settings = { dataDirectory, log: { info: () => undefined } };
  let postgres = await startEmbeddedPostgres(settings);
  const restart = async (): Promise<void> => {
    const port = Number(new URL(postgres.url).port);
    await postgres.stop();
    postgres = await startEmbeddedPostgres({ ...settings, port });
  };
  return {
    createDatabase: async (name) => {
      const url = new URL(postgres.url);
      url.pathname = 'postgres';
      await askOnce(url.href, `create database ${name}`);
      url.pathname = name;
      return url.href;
    },
    restart,
    kill: async () => {
      const [row] = await askOnce(postgres.url, "select pg_read_file('postmaster.pid') as content");
      process.kill(Number.parseInt(String(row?.['content']), 10), 'SIGKILL');
      await restart();
    },
    [Symbol.asyncDispose]: async () => {
      await postgres.stop();
      await removeEmbeddedPostgres(dataDirectory);
    },
  };
}

/** Runs one statement on a connection of its own. */
export async function askOnce(databaseUrl: string, sql: string): Promise<Record<string, unknown>[]> {
  const connection = openPlainConnection(databaseUrl, 'drill');
  try {
    return await connection.query(sql);
  } finally {
    await connection.close();
  }
}
