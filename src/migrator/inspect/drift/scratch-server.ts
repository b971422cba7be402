/** Finds a server where a scratch database may be made: the one asked about, or one that is started for the purpose. */
import { constants } from 'node:os';
import { openPlainConnection } from '../../run/connect/plain-connection.ts';
import { createScratchDatabase } from './scratch-database.ts';
import type { OpenSettings } from '../../run/open-migrator.ts';
import type { ScratchServer } from '../../run/project.ts';
import type { ScratchDatabase } from './scratch-database.ts';

/** Returns a scratch database beside the database asked about, or on a scratch server of the same major version; else why there is none. */
export async function openScratchDatabase(settings: OpenSettings): Promise<ScratchDatabase | string> {
  try {
    return await createScratchDatabase(settings.databaseUrl);
  } catch (error) {
    const reason = `none can be made on its server (${reasonOf(error)})`;
    return openElsewhere(settings).catch((cause: unknown) => `${reason}, nor elsewhere (${reasonOf(cause)})`);
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
async function openElsewhere({ databaseUrl, startScratchServer }: OpenSettings): Promise<ScratchDatabase> {
  if (startScratchServer === undefined) throw new Error('this installation starts no scratch server');
  let server: ScratchServer | undefined;
  const remove = async (): Promise<void> => {
    process.off('SIGINT', leave).off('SIGTERM', leave);
    await server?.stop();
  };
  // It may be no child of ours: interrupted, we would leave it running for ever.
  const leave = (signal: NodeJS.Signals): void => {
    void remove().finally(() => process.exit(128 + constants.signals[signal]));
  };
  process.once('SIGINT', leave).once('SIGTERM', leave);
  try {
    server = await startScratchServer();
    const [wanted, own] = [await serverMajorVersion(databaseUrl), await serverMajorVersion(server.url)];
    if (wanted !== own) throw new Error(`the scratch server is PostgreSQL ${own} and not ${wanted}`);
    return { ...(await createScratchDatabase(server.url)), drop: remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
