/** What the process's end tells a supervisor: each code is one kind of failure, and one remedy. */

import { AppError } from './shared/app-error.ts';
import type { ProblemName } from './shared/app-error.ts';

/** 78 is EX_CONFIG of sysexits.h: starting again without another setting is of no use. */
const EXIT_CODES: Partial<Record<ProblemName, number>> = {
  'configuration-invalid': 78,
  'database-unavailable': 10,
  'database-refused': 11,
  'migration-failed': 13,
  'command-invalid': 2,
};

/** Returns the exit code for a failure; 1 for those that have none of their own. */
export function exitCodeOf(error: unknown): number {
  return (error instanceof AppError ? EXIT_CODES[error.type] : undefined) ?? 1;
}
