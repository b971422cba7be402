/** What the process's end tells a supervisor: each code is one kind of failure, and one remedy. */

import { AppError } from '../core/shared/app-error.ts';
import { FAILURE_EXIT_CODES, MigratorFailure } from '../migrator/index.ts';
import type { ProblemName } from '../core/shared/app-error.ts';

/** The server's own failures that end a process, as the migrator numbers failures of the same name. */
const EXIT_CODES: Partial<Record<ProblemName, number>> = {
  'configuration-invalid': FAILURE_EXIT_CODES['configuration-invalid'],
  'database-unavailable': FAILURE_EXIT_CODES['database-unavailable'],
  'database-refused': FAILURE_EXIT_CODES['database-refused'],
  'command-invalid': FAILURE_EXIT_CODES['command-invalid'],
};

/** Returns the exit code for a failure; 1 for those that have none of their own. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof MigratorFailure) return error.exitCode;
  return (error instanceof AppError ? EXIT_CODES[error.type] : undefined) ?? 1;
}
