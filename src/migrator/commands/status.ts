/** `db status`: every migration that the database or this version knows, and what else concerns them. Writes nothing. */
import { readObstacles, readStatus } from '../inspect/doctor/status.ts';
import { dueAtStart } from '../run/state/migration-state.ts';
import { refuseFaults } from '../run/state/installation.ts';
import { MigratorFailure } from '../failure.ts';
import { flag, mode } from './command-option.ts';
import { declareCommand } from './declare-command.ts';
import { ignoreApp } from './migration-names.ts';
import { withReader } from './operator-migrator.ts';
import { migrationsText, statusText } from './status-text.ts';
import type { Reader } from '../inspect/doctor/reader.ts';
import type { CommandRun } from './declare-command.ts';

/** It is neither yes nor no. */
const CANNOT_TELL = 2;

export const statusCommand = declareCommand({
  name: 'status',
  django: 'showmigrations',
  words: '[APP]',
  about: `Shows every migration: applied (when, by which user, how long, by which version), pending, faked and why, squashed, waiting,
    unknown to this version, edited, without a file, late. Then what waiting contracts wait for, backfills, indexes that were
    left half-built, and who holds the migration lock. Writes nothing; a user that may only read is enough.`,
  exits:
    '0; with --check 0 when a start would apply nothing, 1 when it would apply something, 2 when that is unknown',
  options: {
    check: mode('list only what a start would apply. Contracts that wait are listed and not counted'),
    plan: mode('the migrations only, in the order in which they run'),
    json: flag('for machines'),
  },
  async run(run) {
    const { mode: chosen, context, io } = run;
    ignoreApp(run.words, io);
    if (chosen === 'check') return askPending(run);
    const status = await withReader(context, readStatus);
    const text = chosen === 'plan' ? migrationsText(status) : statusText(status);
    run.report({ version: context.project.version, ...status }, text);
    return 0;
  },
});

/** Prints what a start would apply, and returns the exit code. */
export async function askPending({ io, context, say }: CommandRun): Promise<number> {
  try {
    const { due, waiting } = await withReader(context, readPending);
    for (const name of due) say(`${name}\n`);
    if (due.length === 0) say('Nothing is pending.\n');
    for (const [name, obstacles] of waiting)
      say(
        `Not counted, for a contract waits until it is asked for: ${name} (${obstacles.join('; ') || 'nothing prevents it'})\n`,
      );
    return due.length === 0 ? 0 : 1;
  } catch (error) {
    // Any other failure ends with 2, because 1 means pending. A bug is printed with its stack.
    const reason = error instanceof MigratorFailure ? error.message : Error.prototype.toString.call(error);
    io.stderr.write(`It is unknown whether anything is pending. ${reason}\n`);
    return CANNOT_TELL;
  }
}

async function readPending({ query, compare }: Reader) {
  const comparison = await compare();
  refuseFaults(comparison.folder, comparison.faults);
  const due = dueAtStart(comparison).map(({ name }) => name);
  return { due, waiting: await readObstacles(query, comparison) };
}
