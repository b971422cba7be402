/** `db:pending`: is there anything to apply? Three answers, as exit codes, because "cannot tell" is neither. */
import { parseArgs } from 'node:util';
import { openReader } from '../inspect/doctor/reader.ts';
import { readObstacles } from '../inspect/doctor/status.ts';
import { dueAtStart } from '../run/state/migration-state.ts';
import { MigratorFailure } from '../failure.ts';
import type { DatabaseCommand, DatabaseCommandContext } from './database-command.ts';
import type { CommandIo } from './io.ts';

const USAGE = `Usage: manage db:pending [--contract]

Tells whether a start would apply anything, and lists it. Contracts that wait are told and not counted.
Exit code 0: nothing; 1: something; 2: cannot tell, for the database is down or refuses us.

  --contract   count contracts that wait
`;

const OPTIONS = { contract: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } as const;

export const pendingCommand: DatabaseCommand = {
  summary: 'whether anything is pending: exit 0 no, 1 yes, 2 cannot tell',
  django: 'migrate --check',
  run: showPending,
};

const CANNOT_TELL = 2;

async function showPending(
  argv: readonly string[],
  io: CommandIo,
  context: DatabaseCommandContext,
): Promise<number> {
  const { values } = parseArgs({ args: [...argv], options: OPTIONS });
  if (values.help === true) {
    io.stdout.write(USAGE);
    return 0;
  }
  try {
    const { due, waiting } = await readPending(context);
    const counted = values.contract === true ? [...due, ...waiting.keys()] : due;
    for (const name of counted) io.stdout.write(`${name}\n`);
    if (counted.length === 0) io.stdout.write('Nothing is pending.\n');
    if (values.contract !== true) io.stdout.write(waitingText(waiting));
    return counted.length === 0 ? 0 : 1;
  } catch (error) {
    // Whatever it was: ending with 1 would say that something is pending.
    io.stderr.write(`Cannot tell whether anything is pending. ${reasonOf(error)}\n`);
    return CANNOT_TELL;
  }
}

interface Pending {
  readonly due: readonly string[];
  /** Obstacles by the contract's name. */
  readonly waiting: ReadonlyMap<string, readonly string[]>;
}

async function readPending(context: DatabaseCommandContext): Promise<Pending> {
  const reader = openReader({ ...context.project, databaseUrl: await context.databaseUrl() });
  try {
    const comparison = await reader.compare();
    if (comparison.faults.length > 0)
      throw new MigratorFailure(
        'installation-incomplete',
        `The installation is not whole: ${comparison.faults.join('; ')}.`,
      );
    return {
      due: dueAtStart(comparison).map(({ name }) => name),
      waiting: await readObstacles(reader.query, comparison),
    };
  } finally {
    await reader.close();
  }
}

function waitingText(waiting: Pending['waiting']): string {
  return [...waiting]
    .map(([name, obstacles]) => {
      const why = obstacles.length === 0 ? 'nothing stands in its way' : obstacles.join('; ');
      return `Not counted, for a contract waits until it is asked for: ${name} (${why})\n`;
    })
    .join('');
}

/** A fault of ours comes with its stack. */
function reasonOf(error: unknown): string {
  if (error instanceof MigratorFailure) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
