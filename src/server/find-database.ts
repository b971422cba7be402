/** Where a command finds its database: the one it is given, that of the server that runs here, or the server's own, started for a while. */

import {
  runningEmbeddedPostgres,
  startEmbeddedPostgres,
} from '../persistence/embedded-postgres/embedded-postgres.ts';
import { quietLog } from '../commands/quiet-log.ts';
import type { Config } from './config.ts';

/** A person waits for the command, so a database that does not answer is reported soon. */
export const PATIENCE_MS = 10_000;

export interface DatabaseFinder {
  /** Returns the address of a database that is configured or runs already; undefined when there is none. Starts nothing. */
  readonly known: () => Promise<string | undefined>;
  /** Returns the address; starts the server's own PostgreSQL when there is no other. */
  readonly find: () => Promise<string>;
  /** Stops what was started. */
  readonly close: () => Promise<void>;
}

export function databaseFinder({ DATABASE_URL, DATA_DIRECTORY }: Config): DatabaseFinder {
  let own: { readonly url: string; stop(): Promise<void> } | undefined;
  const known = async (): Promise<string | undefined> =>
    DATABASE_URL ?? (await runningEmbeddedPostgres(DATA_DIRECTORY));
  return {
    known,
    find: async () => {
      const given = await known();
      if (given !== undefined) return given;
      own ??= await startEmbeddedPostgres({ dataDirectory: DATA_DIRECTORY, log: quietLog });
      return own.url;
    },
    close: async () => own?.stop(),
  };
}
