/** Every command about the schema, and its names. What a command works with is loaded when it is run. */
import { columns } from './commands/command-help.ts';
import { misuse } from './commands/io.ts';
import type { DatabaseCommand } from './commands/database-command.ts';

/** A command as the help lists it. */
interface ListedCommand {
  readonly name: string;
  readonly summary: string;
  /** The name that Django gives it. */
  readonly django?: string;
  load(): Promise<DatabaseCommand>;
}

/** In the order of the help: the first four are used most. */
export const databaseCommands: readonly ListedCommand[] = [
  {
    name: 'make',
    summary: 'write the migrations for what has changed in the entities',
    django: 'makemigrations',
    load: async () => (await import('./commands/make.ts')).makeCommand,
  },
  {
    name: 'check',
    summary: 'whether entities and migrations agree, and what is risky in new ones',
    django: 'check',
    load: async () => (await import('./commands/check.ts')).checkCommand,
  },
  {
    name: 'migrate',
    summary: 'apply what is due, or go forward or back to one migration',
    django: 'migrate',
    load: async () => (await import('./commands/migrate.ts')).migrateCommand,
  },
  {
    name: 'status',
    summary: 'every migration and how it stands',
    django: 'showmigrations',
    load: async () => (await import('./commands/status.ts')).statusCommand,
  },
  {
    name: 'doctor',
    summary: 'what is wrong with the database, and what to do',
    django: 'check --database',
    load: async () => (await import('./commands/doctor.ts')).doctorCommand,
  },
  {
    name: 'sql',
    summary: 'the SQL of a migration',
    django: 'sqlmigrate',
    load: async () => (await import('./commands/sql.ts')).sqlCommand,
  },
  {
    name: 'squash',
    summary: 'one migration in the place of several',
    django: 'squashmigrations',
    load: async () => (await import('./commands/squash.ts')).squashCommand,
  },
  {
    name: 'backfill',
    summary: 'status, run, pause, resume, retry: changes of many rows in batches',
    load: async () => (await import('./commands/backfill.ts')).backfillCommand,
  },
  {
    name: 'backup',
    summary: 'back up the database, or prove a backup by restoring it',
    load: async () => (await import('./commands/backup.ts')).backupCommand,
  },
  {
    name: 'shell',
    summary: 'psql on the database, or one statement',
    django: 'dbshell',
    load: async () => (await import('./commands/shell.ts')).shellCommand,
  },
];

/** A command, and the words that are for it. */
export interface FoundCommand {
  readonly command: DatabaseCommand;
  readonly argv: readonly string[];
}

/**
 * Returns what `manage` with these arguments means: `db` and the name of a command, or a command by Django's name. Undefined for
 * what is neither; MigratorFailure `command-invalid` for `db` with a name that is none.
 */
export async function findDatabaseCommand([first = '', ...rest]: readonly string[]): Promise<
  FoundCommand | undefined
> {
  if (first !== 'db') return byDjangosName(first, rest);
  const [name = '--help', ...argv] = rest;
  if (name === '--help' || name === '-h') return { command: HELP, argv };
  const command = databaseCommands.find((known) => known.name === name);
  if (command !== undefined) return { command: await command.load(), argv };
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
  options: {},
  run: async (_, io) => {
    io.stdout.write(
      `Usage: manage db COMMAND [options]\n\n${databaseHelp()}\nmanage db COMMAND --help says more.\n`,
    );
    return 0;
  },
};

async function byDjangosName(name: string, words: readonly string[]): Promise<FoundCommand | undefined> {
  // Scripts for Django pass --no-input. Without a terminal nothing is asked here anyway, and what deletes needs --yes.
  const argv = words.filter((word) => word !== '--noinput' && word !== '--no-input');
  // Django's check reads the database only when the option names one.
  const isOfDatabase = name === 'check' && argv.includes('--database');
  const django = isOfDatabase ? 'check --database' : name;
  const command = databaseCommands.find((known) => known.django === django);
  if (command === undefined) return undefined;
  const own = isOfDatabase ? argv.filter((word) => word !== '--database' && word !== 'default') : argv;
  return { command: await command.load(), argv: own };
}
