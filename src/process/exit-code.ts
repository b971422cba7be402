/** How a failure ends the process: each code is one kind of failure, with one remedy. */

import { StartFailure } from '../core/shared/start-failure.ts';
import { MigratorFailure } from '../migrator/failure.ts';

/** Whether the failure's message says all that its reader needs; of any other the stack is needed, too. */
export function isExplained(error: unknown): error is StartFailure | MigratorFailure {
  return error instanceof StartFailure || error instanceof MigratorFailure;
}

/** Returns the exit code for a failure; 1 for those that have none of their own. */
export function exitCodeOf(error: unknown): number {
  return isExplained(error) ? error.exitCode : 1;
}
