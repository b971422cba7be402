/** The operator's commands: `npm run manage -- COMMAND`, or `manage COMMAND` in the image. */

import { backtestCommand } from './backtests/command/backtest-command.ts';
import { misuse, runCommand } from './commands/command.ts';
import { createAdminCommand } from './people/create-admin-command.ts';
import { importPricesCommand } from './prices/import/import-prices-command.ts';
import { openCommandDatabase } from './server/command-database.ts';
import { readConfig } from './server/config.ts';
import { openDatabaseCommandContext } from './server/database-command-context.ts';
import { loadDatabaseCommands } from './migrator/index.ts';
import { openKeyRing } from './server/key-ring.ts';
import { simulatorCommand } from './server/simulator/simulator-command.ts';
import { rotateKeysCommand } from './trading/accounts/rotate-keys-command.ts';
import { rebuildAccountCommand } from './trading/accounts/verify-account-command.ts';
import type { Command, CommandIo } from './commands/command.ts';
import type { FoundCommand } from './migrator/index.ts';

const COMMANDS: readonly Command[] = [
  createAdminCommand,
  importPricesCommand,
  backtestCommand,
  rebuildAccountCommand,
  simulatorCommand,
  rotateKeysCommand(() => openKeyRing(readConfig(process.env))),
];

async function manage(words: readonly string[], io: CommandIo): Promise<number> {
  const [name = '--help', ...argv] = words;
  const { databaseHelp, findDatabaseCommand } = await loadDatabaseCommands();
  if (name === '--help' || name === '-h') {
    io.stdout.write(helpText(databaseHelp()));
    return 0;
  }
  const found = findDatabaseCommand(words);
  if (found) return runDatabaseCommand(found, io);
  const command = COMMANDS.find((known) => known.name === name);
  if (command) return command.run(argv, io, () => openCommandDatabase(readConfig(process.env)));
  throw misuse(`There is no command "${name}": manage --help lists them.`);
}

async function runDatabaseCommand({ command, argv }: FoundCommand, io: CommandIo): Promise<number> {
  const context = openDatabaseCommandContext(readConfig(process.env));
  try {
    return await command.run(argv, io, context);
  } finally {
    await context.close();
  }
}

function helpText(databaseCommands: string): string {
  const lines = COMMANDS.map(({ name, summary }) => `  ${name.padEnd(18)}${summary}\n`);
  return [
    'Usage: manage COMMAND [options]\n',
    `\nThe server:\n\n${lines.join('')}`,
    `\nThe schema of its database:\n\n${databaseCommands}`,
    '\nmanage COMMAND --help says more.\n',
  ].join('');
}

// The reader may have closed the pipe (`| head`): the rest is not written, and the database is still closed in order.
process.stdout.on('error', () => undefined);
process.exitCode = await runCommand(process, () => manage(process.argv.slice(2), process));
