/** `db doctor`: what is wrong with the database, one line a check, each with its remedy. */
import { examine } from '../inspect/doctor/examine.ts';
import { endSession, lockText, readLockSessions } from '../inspect/doctor/lock-sessions.ts';
import { findDrift } from '../inspect/drift/find-drift.ts';
import { describeSession } from '../run/connect/seen-session.ts';
import { MigratorFailure } from '../failure.ts';
import { flag, mode, modeValue } from './command-option.ts';
import { confirm } from './confirm.ts';
import { declareCommand } from './declare-command.ts';
import { misuse } from './io.ts';
import { withReader } from './operator-migrator.ts';
import { alignedLines, countText } from './text.ts';
import type { NamedFinding } from '../inspect/doctor/examine.ts';
import type { DatabaseCommandContext } from './database-command.ts';
import type { CommandRun } from './declare-command.ts';

export const doctorCommand = declareCommand({
  name: 'doctor',
  django: 'check --database',
  about: `Examines the database and prints a line for each check: ok, warn or FAIL, and what to do. It looks at the server's
    version, a pooler in between, rights, the installation, migrations, their lock, backfills, the newest backup, half-built
    indexes and long transactions. It writes nothing.

    --drift compares the database with what its applied migrations make, and lists every difference: tables, columns,
    constraints, indexes (invalid ones too), triggers, sequences, types, functions. The migrations are run in a scratch database
    on the same server. The database itself is only read.`,
  exits: '0, or 1 when a check fails or, with --drift, when there is a difference',
  options: {
    drift: mode('compare the database with what its migrations make'),
    locks: mode('which session holds the migration lock, since when and what it does, and who waits for it'),
    terminate: modeValue(
      'PID',
      "end the session of that PostgreSQL process, if it holds the lock; what it has not committed is rolled back. Asks for the database's name before",
    ),
    yes: flag('do not ask', 'terminate'),
    json: flag('for machines'),
  },
  async run(run) {
    const { mode: chosen, values, context } = run;
    if (chosen === 'drift') return showDrift(run);
    if (chosen === 'locks') return showLocks(run);
    if (values.terminate !== undefined) return endHolder(run, values.terminate);
    const findings = await findingsOf(context);
    const isHealthy = findings.every(({ verdict }) => verdict !== 'fail');
    const lines = findings.map(({ check, verdict, said }) => [
      verdict === 'fail' ? 'FAIL' : verdict,
      check,
      said,
    ]);
    run.report({ isHealthy, findings }, alignedLines(lines));
    return isHealthy ? 0 : 1;
  },
});

/** Without a connection there is one finding, and the error says what to do. */
export async function findingsOf(context: DatabaseCommandContext): Promise<NamedFinding[]> {
  try {
    return await withReader(context, (reader) => examine({ reader, backup: context.backup }));
  } catch (error) {
    if (!(error instanceof MigratorFailure)) throw error;
    return [{ check: 'connection', verdict: 'fail', said: error.message }];
  }
}

async function showDrift({ context, report }: CommandRun): Promise<number> {
  const databaseUrl = await context.databaseUrl();
  const drift = await findDrift({ ...context.project, databaseUrl });
  const { applied, differences, notes } = drift;
  const count = differences.length;
  const made = `its ${countText(applied.length)} applied migrations make it`;
  const verdict =
    count === 0
      ? `No drift: the database is as ${made}.`
      : `${countText(count)} ${count === 1 ? 'difference' : 'differences'}: the database is not as ${made}.`;
  const lines = [verdict, ...differences.map(({ sentence }) => `  ${sentence}`), ...notes];
  report(drift, lines.map((line) => `${line}\n`).join(''));
  return count === 0 ? 0 : 1;
}

async function showLocks({ context, report }: CommandRun): Promise<void> {
  const lock = await withReader(context, ({ query }) => readLockSessions(query));
  const free = lock.holders.length === 0 ? ['No one holds the migration lock.'] : [];
  report(lock, [...free, ...lockText(lock)].map((line) => `${line}\n`).join(''));
}

/** Ends a session that holds the lock, and none other. */
async function endHolder(run: CommandRun, text: string): Promise<void> {
  if (!/^\d{1,9}$/.test(text))
    throw misuse(`--terminate needs the number of a PostgreSQL process, and was "${text}".`);
  const pid = Number(text);
  const { holders } = await withReader(run.context, ({ query }) => readLockSessions(query));
  const holder = holders.find((session) => session.pid === pid);
  if (holder === undefined) {
    const who =
      holders.length === 0 ? 'No process does' : `It is ${holders.map((each) => each.pid).join(', ')}`;
    throw misuse(`Nothing was done: process ${pid} does not hold the migration lock. ${who}.`);
  }
  const databaseUrl = await run.context.databaseUrl();
  const what = `This ends ${describeSession(holder)}; the migration that it runs is rolled back.`;
  await confirm(run, { what, databaseUrl });
  if (!(await endSession(databaseUrl, pid)))
    throw new MigratorFailure(
      'conflict',
      `Process ${pid} does not hold the lock any more; nothing was ended.`,
    );
  run.say(`Process ${pid} was ended and the migration lock is free.\n`);
}
