/** Finds a server where a scratch database may be made: the one asked about, or one that is started for the purpose. */
import { chmod, mkdtemp } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '../../../persistence/embedded-postgres/embedded-postgres.ts';
import { removeEmbeddedPostgres } from '../../../persistence/embedded-postgres/remove.ts';
import { openPlainConnection } from '../../run/connect/plain-connection.ts';
import { createScratchDatabase } from './scratch-database.ts';
import type { EmbeddedPostgres } from '../../../persistence/embedded-postgres/embedded-postgres.ts';
import type { ScratchDatabase } from './scratch-database.ts';

const silent = { info: () => undefined };

/** Returns a scratch database beside the database asked about, or on an embedded server of the same major version; else why there is none. */
export async function openScratchDatabase(databaseUrl: string): Promise<ScratchDatabase | string> {
  try {
    return await createScratchDatabase(databaseUrl);
  } catch (error) {
    const reason = `none can be made on its server (${reasonOf(error)})`;
    return openElsewhere(databaseUrl).catch(
      (cause: unknown) => `${reason}, nor elsewhere (${reasonOf(cause)})`,
    );
  }
}

/** Reads the major version of the server behind an address. */
export async function serverMajorVersion(databaseUrl: string): Promise<number> {
  const connection = openPlainConnection(databaseUrl);
  try {
    const [row] = await connection.query(
      `select current_setting('server_version_num')::int / 10000 as major`,
    );
    return Number(row?.['major']);
  } finally {
    await connection.close();
  }
}

/** Another major version spells definitions in another way, and everything would look changed. */
async function openElsewhere(databaseUrl: string): Promise<ScratchDatabase> {
  const folder = await mkdtemp(join(tmpdir(), 'auto-forex-scratch-'));
  // Run by root, PostgreSQL is another user and must get in.
  await chmod(folder, 0o711);
  let server: EmbeddedPostgres | undefined;
  const remove = async (): Promise<void> => {
    process.off('SIGINT', leave).off('SIGTERM', leave);
    await server?.stop();
    await removeEmbeddedPostgres(folder);
  };
  // It is no child of ours: whoever interrupts us would leave it running for ever.
  const leave = (signal: NodeJS.Signals): void => {
    void remove().finally(() => process.exit(128 + constants.signals[signal]));
  };
  process.once('SIGINT', leave).once('SIGTERM', leave);
  try {
    server = await startEmbeddedPostgres({ dataDirectory: folder, isDurable: false, log: silent });
    const [wanted, own] = [await serverMajorVersion(databaseUrl), await serverMajorVersion(server.url)];
    if (wanted !== own) throw new Error(`the embedded PostgreSQL is ${own} and not ${wanted}`);
    return { ...(await createScratchDatabase(server.url)), drop: remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
