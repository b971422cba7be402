/** The operator's commands: `npm run manage -- COMMAND`, or `manage COMMAND` in the image. */

import { runBacktest } from './backtests/command/backtest-command.ts';
import { openCommandDatabase } from './server/command-database.ts';
import { misuse, runCommand } from './commands/command.ts';
import { runCreateAdmin } from './people/create-admin-command.ts';
import { runImportPrices } from './prices/import/import-prices-command.ts';
import { openDatabaseCommandContext } from './server/database-command-context.ts';
import { loadDatabaseCommands } from './migrator/index.ts';
import { runRebuildAccount } from './trading/accounts/verify-account-command.ts';
import { readConfig } from './server/config.ts';
import type { Command, CommandIo } from './commands/command.ts';
import type { FoundCommand } from './migrator/index.ts';

const COMMANDS: Readonly<Record<string, { readonly summary: string; readonly run: Command }>> = {
  'create-admin': { summary: 'make an administrator', run: runCreateAdmin },
  'import-prices': { summary: 'import a file of quotes or candles', run: runImportPrices },
  backtest: { summary: 'run a strategy on stored prices', run: runBacktest },
  'rebuild-account': { summary: 'compare accounts with their logs', run: runRebuildAccount },
};

async function manage(words: readonly string[], io: CommandIo): Promise<number> {
  const [name = '--help', ...argv] = words;
  const { databaseHelp, findDatabaseCommand } = await loadDatabaseCommands();
  if (asksForHelp([name])) {
    io.stdout.write(helpText(databaseHelp()));
    return 0;
  }
  let found: FoundCommand | undefined;
  const refusal = await runCommand(io, async () => {
    found = findDatabaseCommand(words);
    if (!found && !(name in COMMANDS))
      throw misuse(`There is no command "${name}": manage --help lists them.`);
  });
  if (found) return runDatabaseCommand(found, io);
  const command = COMMANDS[name]?.run;
  if (refusal !== 0 || !command) return refusal;
  // Help needs no database.
  if (asksForHelp(argv)) return command(['--help'], io, { databaseUrl: '' });
  return runOnDatabase(command, argv, io);
}

async function runDatabaseCommand({ command, argv }: FoundCommand, io: CommandIo): Promise<number> {
  let exitCode = 0;
  const failure = await runCommand(io, async () => {
    const context = openDatabaseCommandContext(readConfig(process.env));
    try {
      exitCode = await command.run(argv, io, context);
    } finally {
      await context.close();
    }
  });
  return failure === 0 ? exitCode : failure;
}

async function runOnDatabase(command: Command, argv: readonly string[], io: CommandIo): Promise<number> {
  let exitCode = 0;
  const failure = await runCommand(io, async () => {
    const database = await openCommandDatabase(readConfig(process.env));
    try {
      exitCode = await command(argv, io, { databaseUrl: database.url });
    } finally {
      await database.close();
    }
  });
  return failure === 0 ? exitCode : failure;
}

function asksForHelp(words: readonly string[]): boolean {
  return words.some((word) => word === '--help' || word === '-h');
}

function helpText(databaseCommands: string): string {
  const lines = Object.entries(COMMANDS).map(([name, { summary }]) => `  ${name.padEnd(18)}${summary}\n`);
  return [
    'Usage: manage COMMAND [options]\n',
    `\nThe server:\n\n${lines.join('')}`,
    `\nThe schema of its database:\n\n${databaseCommands}`,
    '\nmanage COMMAND --help tells more.\n',
  ].join('');
}

// Anyone who reads us may have seen enough (`| head`): the rest goes nowhere, and the database is still closed in order.
process.stdout.on('error', () => undefined);
process.exitCode = await manage(process.argv.slice(2), process);
