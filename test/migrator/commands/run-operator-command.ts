/** Runs the database commands in this process: found, parsed, run and failed as `manage` does it. */
import { Readable } from 'node:stream';
import { commandContext } from '../../support/command-context.ts';
import { misuse, runCommand } from '../../../src/commands/command.ts';
import { findDatabaseCommand } from '../../../src/migrator/commands.ts';
import { waitForDatabase } from '../../../src/migrator/run/connect/wait-for-database.ts';
import { readConfig } from '../../../src/server/config.ts';
import { openDatabaseCommandContext } from '../../../src/server/database-command-context.ts';
import { quiet } from '../../support/quiet-log.ts';
import type { CommandIo } from '../../../src/commands/command.ts';
import type { DatabaseCommand } from '../../../src/migrator/commands/database-command.ts';
import type { Ended } from '../../support/processes.ts';

/** Every database that a test means is there already. */
const PATIENCE_MS = 100;

/** The addresses that answered once. What a test does not mean, it finds out the first time. */
const answering = new Set<string>();

export interface Scene {
  readonly databaseUrl: string;
  readonly folder?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** What a person at a terminal types; without it there is no terminal. */
  readonly typed?: string;
}

/** Runs one on a database and migrations of the test's. */
export async function runOperatorCommand(
  command: DatabaseCommand,
  argv: readonly string[],
  { databaseUrl, folder, environment = {}, typed }: Scene,
): Promise<Ended> {
  const context = commandContext({
    folder,
    environment: { DATABASE_URL: databaseUrl, ...environment },
    databaseUrl: async () => {
      if (!answering.has(databaseUrl))
        await waitForDatabase({ databaseUrl, log: quiet, budgetMs: PATIENCE_MS, missingDatabaseGraceMs: 0 });
      answering.add(databaseUrl);
      return databaseUrl;
    },
  });
  const stdin =
    typed === undefined ? {} : { stdin: Object.assign(Readable.from([`${typed}\n`]), { isTTY: true }) };
  return listenTo((io) => command.run(argv, io, context), stdin);
}

/** Runs these words of `manage` with these settings and no others, on the server's own migrations. */
export function manage(
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  return listenTo(async (io) => {
    const found = await findDatabaseCommand(words);
    if (found === undefined) throw misuse(`There is no command "${words[0]}": manage --help lists them.`);
    const context = openDatabaseCommandContext(readConfig(environment));
    try {
      return await found.command.run(found.argv, io, context);
    } finally {
      await context.close();
    }
  });
}

/** Failures are printed on stderr and turned into exit codes. */
async function listenTo(
  work: (io: CommandIo) => Promise<number>,
  input: Pick<CommandIo, 'stdin'> = {},
): Promise<Ended> {
  let [stdout, stderr] = ['', ''];
  const io = {
    ...input,
    stdout: { write: (text: string) => (stdout += text) },
    stderr: { write: (text: string) => (stderr += text) },
  };
  const code = await runCommand(io, () => work(io));
  return { code, stdout, stderr };
}
