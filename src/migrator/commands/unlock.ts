/** `db:unlock`: who holds the migration lock, and, when a person says so, the end of that session. */
import { parseArgs } from 'node:util';
import { readLockSessions } from '../inspect/doctor/lock-sessions.ts';
import { endSession } from '../inspect/doctor/end-session.ts';
import { openReader } from '../inspect/doctor/reader.ts';
import { MigratorFailure } from '../failure.ts';
import { misuse } from './io.ts';
import { confirm } from './confirm.ts';
import { lockText, sessionText } from './lock-text.ts';
import type { LockSessions } from '../inspect/doctor/lock-sessions.ts';
import type { CommandIo } from './io.ts';
import type { DatabaseCommand, DatabaseCommandContext } from './database-command.ts';
import type { ReaderSettings } from '../inspect/doctor/reader.ts';

const USAGE = `Usage: manage db:unlock --who
       manage db:unlock --terminate PID [--yes]

The lock that lets one process migrate at a time belongs to a session and ends with it, so a killed process leaves none
behind for long. --who shows which session holds it, since when and what it does, and who waits for it.

  --terminate PID   end the session of that PostgreSQL process; what it has not committed is rolled back. Only one that
                    holds the lock is ended. Asks for the database's name before
  --yes             do not ask
`;

const OPTIONS = {
  who: { type: 'boolean' },
  terminate: { type: 'string' },
  yes: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

export const unlockCommand: DatabaseCommand = {
  summary: 'who holds the migration lock, and ending that session',
  run: runUnlock,
};

async function runUnlock(
  argv: readonly string[],
  io: CommandIo,
  context: DatabaseCommandContext,
): Promise<number> {
  const { values } = parseArgs({ args: [...argv], options: OPTIONS });
  if (values.help === true) {
    io.stdout.write(USAGE);
    return 0;
  }
  const { terminate } = values;
  if ((values.who === true) === (terminate !== undefined))
    throw misuse('db:unlock wants --who, or --terminate PID of a process that --who shows.');
  if (terminate !== undefined && !/^\d{1,9}$/.test(terminate))
    throw misuse(`--terminate wants the number of a PostgreSQL process, and was "${terminate}".`);
  const databaseUrl = await context.databaseUrl();
  const lock = await lookAtLock({ ...context.project, databaseUrl });
  if (terminate === undefined) {
    io.stdout.write(whoText(lock));
    return 0;
  }
  await terminateHolder(Number(terminate), lock, { io, context, databaseUrl, isAgreed: values.yes === true });
  return 0;
}

async function lookAtLock(settings: ReaderSettings): Promise<LockSessions> {
  const reader = openReader(settings);
  try {
    return await readLockSessions(reader.query);
  } finally {
    await reader.close();
  }
}

function whoText(lock: LockSessions): string {
  const lines = lockText(lock);
  return lock.holders.length === 0
    ? ['Nobody holds the migration lock.', ...lines].map((line) => `${line}\n`).join('')
    : lines.map((line) => `${line}\n`).join('');
}

interface Termination {
  readonly io: CommandIo;
  readonly context: DatabaseCommandContext;
  readonly databaseUrl: string;
  readonly isAgreed: boolean;
}

async function terminateHolder(
  pid: number,
  { holders }: LockSessions,
  { io, context, databaseUrl, isAgreed }: Termination,
): Promise<void> {
  const holder = holders.find((session) => session.pid === pid);
  if (holder === undefined)
    throw misuse(
      `Nothing was done: process ${pid} does not hold the migration lock. ` +
        (holders.length === 0
          ? 'Nobody does.'
          : `It is held by ${holders.map((session) => `process ${session.pid}`).join(', ')}.`),
    );
  const what = `This ends ${sessionText(holder)}; the migration that it runs is rolled back.`;
  await confirm(io, { what, databaseUrl, isAgreed, context });
  if (!(await endSession(databaseUrl, pid)))
    throw new MigratorFailure(
      'conflict',
      `Process ${pid} does not hold the migration lock any more; nothing was ended.`,
    );
  io.stdout.write(`Process ${pid} was ended and the migration lock is free.\n`);
}
