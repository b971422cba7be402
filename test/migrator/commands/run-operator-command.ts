/** Runs one of the database commands in this process, on a database and migrations of the test's. */
import { Readable } from 'node:stream';
import { commandContext } from '../../support/command-context.ts';
import { runCommand } from '../../../src/commands/command.ts';
import { waitForDatabase } from '../../../src/migrator/run/connect/wait-for-database.ts';
import { quiet } from '../../support/quiet-log.ts';
import type { DatabaseCommand } from '../../../src/migrator/commands/database-command.ts';
import type { Ended } from '../../support/processes.ts';

/** Every database that a test means is there already. */
const PATIENCE_MS = 100;

export interface Scene {
  readonly databaseUrl: string;
  readonly folder?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** What a person at a terminal types; without it there is no terminal. */
  readonly typed?: string;
}

/** Runs it as `manage` does, with its failures printed on stderr and turned into exit codes. */
export async function runOperatorCommand(
  command: DatabaseCommand,
  argv: readonly string[],
  { databaseUrl, folder, environment = {}, typed }: Scene,
): Promise<Ended> {
  let [stdout, stderr, code] = ['', '', 0];
  const io = {
    ...(typed !== undefined && { stdin: Object.assign(Readable.from([`${typed}\n`]), { isTTY: true }) }),
    stdout: { write: (text: string) => (stdout += text) },
    stderr: { write: (text: string) => (stderr += text) },
  };
  const context = commandContext({
    folder,
    environment: { DATABASE_URL: databaseUrl, ...environment },
    databaseUrl: async () => {
      await waitForDatabase({ databaseUrl, log: quiet, budgetMs: PATIENCE_MS, missingDatabaseGraceMs: 0 });
      return databaseUrl;
    },
  });
  const failure = await runCommand(io, async () => {
    code = await command.run(argv, io, context);
  });
  return { code: failure === 0 ? code : failure, stdout, stderr };
}
