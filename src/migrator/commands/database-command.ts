/** What a command about the database's schema is: unlike the other commands it does not migrate before it works. */
import {
  runningEmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../persistence/embedded-postgres/embedded-postgres.ts';
import { waitForDatabase } from '../run/connect/wait-for-database.ts';
import { quietLog } from '../../commands/quiet-log.ts';
import type { Config } from '../../config.ts';
import type { CommandIo } from '../../commands/command.ts';

/** What such a command works with. */
export interface DatabaseCommandContext {
  readonly config: Config;
  /** Returns the address to migrate at, once the database answers. A command that needs none does not ask. */
  databaseUrl(): Promise<string>;
}

/** One command: its words, and how it is done. Failures are thrown; the exit code tells answers apart, such as "pending". */
export interface DatabaseCommand {
  readonly summary: string;
  /** The same command by the name that Django gives it, for whoever looks for that. */
  readonly django?: string;
  run(argv: readonly string[], io: CommandIo, context: DatabaseCommandContext): Promise<number>;
}

/** Commands by their names, `db:status`. */
export type DatabaseCommands = Readonly<Record<`db:${string}`, DatabaseCommand>>;

/** A command is run by somebody who waits: a database that is not there is told soon. */
const PATIENCE_MS = 10_000;

/** The context of one command; closing it stops a database that was started for it. */
export function openDatabaseCommandContext(
  config: Config,
): DatabaseCommandContext & { close(): Promise<void> } {
  let own: { readonly url: string; stop(): Promise<void> } | undefined;
  const find = async (): Promise<string> => {
    const given =
      config.MIGRATION_DATABASE_URL ??
      config.DATABASE_URL ??
      (await runningEmbeddedPostgres(config.DATA_DIRECTORY));
    if (given !== undefined) return given;
    own ??= await startEmbeddedPostgres({ dataDirectory: config.DATA_DIRECTORY, log: quietLog });
    return own.url;
  };
  return {
    config,
    databaseUrl: async () => {
      const databaseUrl = await find();
      const variable =
        config.MIGRATION_DATABASE_URL === undefined ? 'DATABASE_URL' : 'MIGRATION_DATABASE_URL';
      await waitForDatabase({ databaseUrl, log: quietLog, budgetMs: PATIENCE_MS, variable });
      return databaseUrl;
    },
    close: async () => own?.stop(),
  };
}
