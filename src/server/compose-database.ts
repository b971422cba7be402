/** The database that the server works with: the configured one, or its own. */

import { prepareEmbeddedPostgres } from '../persistence/embedded-postgres/embedded-postgres.ts';
import { aborted } from './stop-signal.ts';
import { waitForDatabase } from '../migrator/index.ts';
import type { Log } from '../process/log.ts';
import type { Config } from './config.ts';

/** A database whose address is known before it runs. */
export interface PreparedDatabase {
  readonly url: string;
  /** Starts it if it is ours, and waits until it answers. */
  start(signal: AbortSignal): Promise<void>;
  stop(): Promise<void>;
}

/** Finds out which database to use; ours is claimed, so that a second copy in the same folder is refused here. */
export async function prepareDatabase(config: Config, log: Log): Promise<PreparedDatabase> {
  const own =
    config.DATABASE_URL === undefined
      ? await prepareEmbeddedPostgres({ dataDirectory: config.DATA_DIRECTORY, log })
      : undefined;
  const url = own?.url ?? config.DATABASE_URL ?? '';
  return {
    url,
    start: async (signal) => {
      await own?.start();
      // An attempt to connect that is not answered lasts seconds; a stop does not wait for it.
      await Promise.race([waitForDatabase({ databaseUrl: url, log, signal }), aborted(signal)]);
      signal.throwIfAborted();
    },
    stop: async () => own?.stop(),
  };
}
