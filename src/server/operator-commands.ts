/** The operator's commands: `npm run manage -- COMMAND`, or `manage COMMAND` in the image. */

import { misuse, runCommand } from '../commands/command.ts';
import { databaseHelp, findDatabaseCommand } from '../migrator/commands.ts';
import type { Command, CommandIo } from '../commands/command.ts';
import type { FoundCommand } from '../migrator/commands.ts';

/** A command as the help lists it. What it works with, most of the server, is loaded when it is run. */
interface ListedCommand {
  readonly name: string;
  readonly summary: string;
  load(): Promise<Command>;
}

const COMMANDS: readonly ListedCommand[] = [
  {
    name: 'create-admin',
    summary: 'make an administrator',
    load: async () => (await import('../people/create-admin-command.ts')).createAdminCommand,
  },
  {
    name: 'users',
    summary: 'list people; make, unlock, disable, change or delete one',
    load: async () => (await import('../people/administration/users-command.ts')).usersCommand,
  },
  {
    name: 'sessions',
    summary: 'list where people are signed in; end a session',
    load: async () => (await import('../people/administration/sessions-command.ts')).sessionsCommand,
  },
  {
    name: 'blocked-ips',
    summary: 'list, block and unblock addresses',
    load: async () => (await import('../people/administration/blocked-ips-command.ts')).blockedIpsCommand,
  },
  {
    name: 'security',
    summary: 'show failed sign-ins, blocks, changes and who has no second factor',
    load: async () => (await import('../people/security-overview/security-command.ts')).securityCommand,
  },
  {
    name: 'events',
    summary: 'list the journal of everyone',
    load: async () => (await import('../journal/events-command.ts')).eventsCommand,
  },
  {
    name: 'sign-up',
    summary: 'show and change who may sign up',
    load: async () => (await import('../people/administration/sign-up-command.ts')).signUpCommand,
  },
  {
    name: 'settings',
    summary: 'show all settings of administrators; change retention and verification',
    load: loadSettings,
  },
  {
    name: 'person-limits',
    summary: 'show and change how much one person may have',
    load: async () => (await import('../people/administration/person-limits-command.ts')).personLimitsCommand,
  },
  {
    name: 'accounts',
    summary: 'list accounts of everyone; halt, kill or close one',
    load: async () => (await import('../trading/administration/trading-commands.ts')).accountsCommand,
  },
  {
    name: 'strategies',
    summary: 'list strategies of everyone; stop one',
    load: async () => (await import('../trading/administration/trading-commands.ts')).strategiesCommand,
  },
  {
    name: 'price-series',
    summary: 'list price series of everyone; rename or delete one',
    load: async () => (await import('../prices/administration/price-series-command.ts')).priceSeriesCommand,
  },
  {
    name: 'import-prices',
    summary: 'import a file of quotes or candles, or candles from OANDA',
    load: loadImportPrices,
  },
  {
    name: 'backtest',
    summary: 'run a strategy on stored prices',
    load: async () => (await import('../backtests/command/backtest-command.ts')).backtestCommand,
  },
  {
    name: 'drift-report',
    summary: 'compare a day of a strategy with a backtest of it',
    load: async () => (await import('../backtests/drift/drift-report-command.ts')).driftReportCommand,
  },
  {
    name: 'rebuild-account',
    summary: 'compare accounts with their logs',
    load: async () => (await import('../trading/accounts/verify-account-command.ts')).rebuildAccountCommand,
  },
  {
    name: 'simulator',
    summary: "answer OANDA's v20 API, to test clients of it",
    load: async () => (await import('./simulator/simulator-command.ts')).simulatorCommand,
  },
  {
    name: 'serving-role',
    summary: 'make the database role that serves and cannot change the schema',
    load: async () => (await import('./serving-role-command.ts')).servingRoleCommand,
  },
  {
    name: 'rotate-keys',
    summary: 'store tokens, second factors and channels with the first key',
    load: loadRotateKeys,
  },
  {
    name: 'jobs',
    summary: 'list what the server does at set times; run one of it now',
    load: loadJobs,
  },
  {
    name: 'copies',
    summary: 'list the copies of the server, and how many accounts each runs',
    load: async () => (await import('../operations/administration/copies-command.ts')).copiesCommand,
  },
  {
    name: 'backups',
    summary: 'list the recorded backups',
    load: async () => (await import('../operations/administration/backups-command.ts')).backupsCommand,
  },
  {
    name: 'doctor',
    summary: 'what is wrong with the server, and what to do',
    load: loadDoctor,
  },
];

async function loadDoctor(): Promise<Command> {
  const { doctorCommand } = await import('../operations/doctor/doctor-command.ts');
  const { openPatient } = await import('./open-patient.ts');
  const { readConfig } = await import('./config.ts');
  return doctorCommand(() => openPatient(readConfig(process.env)));
}

async function loadJobs(): Promise<Command> {
  const { jobsCommand } = await import('../operations/jobs/jobs-command.ts');
  const { readConfig } = await import('./config.ts');
  return jobsCommand(() => ({ backupAt: readConfig(process.env).BACKUP_AT }));
}

async function loadImportPrices(): Promise<Command> {
  const { importPricesCommand } = await import('../prices/import/import-prices-command.ts');
  const { brokerHistories } = await import('./broker-histories.ts');
  const { readConfig } = await import('./config.ts');
  return importPricesCommand((orm) => brokerHistories(orm, readConfig(process.env)));
}

async function loadSettings(): Promise<Command> {
  const { settingsCommand } = await import('../people/administration/settings-command.ts');
  const { readConfig } = await import('./config.ts');
  return settingsCommand(() => readConfig(process.env).SMTP_URL !== undefined);
}

async function loadRotateKeys(): Promise<Command> {
  const { rotateKeysCommand } = await import('../trading/accounts/rotate-keys-command.ts');
  const { rotateChannelSecrets } = await import('../notifications/channels/rotate-channel-secrets.ts');
  const { openKeyRing } = await import('./key-ring.ts');
  const { readConfig } = await import('./config.ts');
  return rotateKeysCommand(() => openKeyRing(readConfig(process.env)), rotateChannelSecrets);
}

/** Runs the command that was asked for on this process's input and output; the process then ends by itself, with its exit code. */
export async function manage(): Promise<void> {
  // The reader may have closed the pipe (`| head`): the rest is not written, and the database is still closed in order.
  process.stdout.on('error', () => undefined);
  process.exitCode = await runCommand(process, () => runNamed(process.argv.slice(2), process));
}

/** Returns the command of this name; undefined when none but a command about the schema may have it. */
export async function findServerCommand(name: string): Promise<Command | undefined> {
  return COMMANDS.find((known) => known.name === name)?.load();
}

async function runNamed(words: readonly string[], io: CommandIo): Promise<number> {
  const [name = '--help', ...argv] = words;
  const command = await findServerCommand(name);
  if (command) return runServerCommand(command, argv, io);
  if (name === '--help' || name === '-h') {
    io.stdout.write(helpText(databaseHelp()));
    return 0;
  }
  const found = await findDatabaseCommand(words);
  if (found) return runDatabaseCommand(found, io);
  throw misuse(`There is no command "${name}": manage --help lists them.`);
}

function runServerCommand(command: Command, argv: readonly string[], io: CommandIo): Promise<number> {
  return command.run(argv, io, async () => {
    const { openCommandDatabase } = await import('./command-database.ts');
    const { readConfig } = await import('./config.ts');
    return openCommandDatabase(readConfig(process.env));
  });
}

async function runDatabaseCommand({ command, argv }: FoundCommand, io: CommandIo): Promise<number> {
  const { openDatabaseCommandContext } = await import('./database-command-context.ts');
  const { readConfig } = await import('./config.ts');
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
