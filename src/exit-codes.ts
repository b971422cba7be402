/** What the process's end tells a supervisor: each code is one kind of failure, and one remedy. */

import { AppError } from './shared/app-error.ts';
import type { ProblemName } from './shared/app-error.ts';

/**
 * 78 is EX_CONFIG of sysexits.h: starting again without another setting is of no use. 143 is what a shell tells of a process
 * that SIGTERM ended.
 */
const EXIT_CODES: Partial<Record<ProblemName, number>> = {
  'configuration-invalid': 78,
  'database-unavailable': 10,
  'database-refused': 11,
  'migration-lock-timeout': 12,
  'migration-failed': 13,
  'database-ahead': 14,
  'migration-edited': 15,
  'backup-missing': 16,
  'installation-incomplete': 17,
  'migrations-pending': 18,
  'contract-refused': 19,
  'migration-interrupted': 143,
  'command-invalid': 2,
};

/** Returns the exit code for a failure; 1 for those that have none of their own. */
export function exitCodeOf(error: unknown): number {
  return (error instanceof AppError ? EXIT_CODES[error.type] : undefined) ?? 1;
}
