/** Every command about the schema, and its names. */
import { backfillCommand } from './backfill.ts';
import { backupCommand } from './backup.ts';
import { checkCommand } from './check.ts';
import { columns } from './command-help.ts';
import { doctorCommand } from './doctor.ts';
import { misuse } from './io.ts';
import { makeCommand } from './make.ts';
import { migrateCommand } from './migrate.ts';
import { shellCommand } from './shell.ts';
import { sqlCommand } from './sql.ts';
import { squashCommand } from './squash.ts';
import { statusCommand } from './status.ts';
import type { DatabaseCommand } from './database-command.ts';

/** In the order of the help: the first four are used most. */
export const databaseCommands: readonly DatabaseCommand[] = [
  makeCommand,
  checkCommand,
  migrateCommand,
  statusCommand,
  doctorCommand,
  sqlCommand,
  squashCommand,
  backfillCommand,
  backupCommand,
  shellCommand,
];

/** A command and its names. */
export interface FoundCommand {
  readonly command: DatabaseCommand;
  readonly argv: readonly string[];
}

/**
 * Returns what `manage` with these arguments means: `db` and the name of a command, or a command by Django's name. Undefined for
 * what is neither; MigratorFailure `command-invalid` for `db` with a name that is none.
 */
export function findDatabaseCommand([first = '', ...rest]: readonly string[]): FoundCommand | undefined {
  if (first !== 'db') return byDjangosName(first, rest);
  const [name = '--help', ...argv] = rest;
  if (name === '--help' || name === '-h') return { command: HELP, argv };
  const command = databaseCommands.find((known) => known.name === name);
  if (command !== undefined) return { command, argv };
  throw misuse(`There is no command "db ${name}": manage db --help lists them.`);
}

/** Returns how the commands are listed. */
export function databaseHelp(): string {
  return columns(
    databaseCommands.map(({ name, summary, django }) => [
      `db ${name}`,
      django === undefined ? summary : `${summary} (Django: ${django})`,
    ]),
  );
}

const HELP: DatabaseCommand = {
  name: 'help',
  summary: 'what there is',
  options: {},
  run: async (_, io) => {
    io.stdout.write(
      `Usage: manage db COMMAND [options]\n\n${databaseHelp()}\nmanage db COMMAND --help says more.\n`,
    );
    return 0;
  },
};

function byDjangosName(name: string, words: readonly string[]): FoundCommand | undefined {
  // Scripts for Django pass --no-input. Without a terminal nothing is asked here anyway, and what deletes needs --yes.
  const argv = words.filter((word) => word !== '--noinput' && word !== '--no-input');
  // Django's check reads the database only when the option names one.
  if (name === 'check' && argv.includes('--database'))
    return {
      command: doctorCommand,
      argv: argv.filter((word) => word !== '--database' && word !== 'default'),
    };
  const command = databaseCommands.find(({ django }) => django === name);
  return command && { command, argv };
}
