/** `db doctor --locks` and `--terminate`: who holds the migration lock, and, when a person says so, the end of that session. */
import { readLockSessions } from '../inspect/doctor/lock-sessions.ts';
import { endSession } from '../inspect/doctor/end-session.ts';
import { MigratorFailure } from '../failure.ts';
import { misuse } from './io.ts';
import { confirm } from './confirm.ts';
import { lockText, sessionText } from './lock-text.ts';
import { withReader } from './operator-migrator.ts';
import type { LockSessions } from '../inspect/doctor/lock-sessions.ts';
import type { CommandRun } from './declare-command.ts';

/** Prints the sessions. */
export async function showLocks(run: CommandRun): Promise<void> {
  const lock = await lookAtLock(run);
  const nobody = lock.holders.length === 0 ? ['Nobody holds the migration lock.'] : [];
  run.report(lock, [...nobody, ...lockText(lock)].map((line) => `${line}\n`).join(''));
}

/** Ends a session that holds the lock, and none other. */
export async function endHolder(run: CommandRun, text: string): Promise<void> {
  if (!/^\d{1,9}$/.test(text))
    throw misuse(`--terminate wants the number of a PostgreSQL process, and was "${text}".`);
  const pid = Number(text);
  const { holders } = await lookAtLock(run);
  const holder = holders.find((session) => session.pid === pid);
  if (holder === undefined)
    throw misuse(
      `Nothing was done: process ${pid} does not hold the migration lock. ` +
        (holders.length === 0
          ? 'Nobody does.'
          : `It is held by ${holders.map((session) => `process ${session.pid}`).join(', ')}.`),
    );
  const databaseUrl = await run.context.databaseUrl();
  const what = `This ends ${sessionText(holder)}; the migration that it runs is rolled back.`;
  await confirm(run, { what, databaseUrl });
  if (!(await endSession(databaseUrl, pid)))
    throw new MigratorFailure(
      'conflict',
      `Process ${pid} does not hold the migration lock any more; nothing was ended.`,
    );
  run.say(`Process ${pid} was ended and the migration lock is free.\n`);
}

function lookAtLock({ context }: CommandRun): Promise<LockSessions> {
  return withReader(context, ({ query }) => readLockSessions(query));
}
