/** Is there anything to apply? Three answers, as exit codes, because "cannot tell" is neither. */
import { readObstacles } from '../inspect/doctor/status.ts';
import { dueAtStart } from '../run/state/migration-state.ts';
import { MigratorFailure } from '../failure.ts';
import { withReader } from './operator-migrator.ts';
import type { CommandRun } from './declare-command.ts';

const CANNOT_TELL = 2;

/** Prints what a start would apply, and returns the exit code. */
export async function askPending(
  { io, context, say }: CommandRun,
  { countsContracts }: { readonly countsContracts: boolean },
): Promise<number> {
  try {
    const { due, waiting } = await withReader(context, async (reader) => {
      const comparison = await reader.compare();
      if (comparison.faults.length > 0)
        throw new MigratorFailure(
          'installation-incomplete',
          `The installation is not whole: ${comparison.faults.join('; ')}.`,
        );
      const names = dueAtStart(comparison).map(({ name }) => name);
      return { due: names, waiting: await readObstacles(reader.query, comparison) };
    });
    const counted = countsContracts ? [...due, ...waiting.keys()] : due;
    for (const name of counted) say(`${name}\n`);
    if (counted.length === 0) say('Nothing is pending.\n');
    if (!countsContracts) say(waitingText(waiting));
    return counted.length === 0 ? 0 : 1;
  } catch (error) {
    // Whatever it was: ending with 1 would say that something is pending.
    io.stderr.write(`Cannot tell whether anything is pending. ${reasonOf(error)}\n`);
    return CANNOT_TELL;
  }
}

/** The contracts that wait, with what stands in their way. */
function waitingText(waiting: ReadonlyMap<string, readonly string[]>): string {
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
