/** Puts into words what failed, what stays and what to do. */
import type { MigrationInfo } from '@mikro-orm/core';
import { AppError } from '../../shared/app-error.ts';

/** Returns the error for a migration that failed after those in `done` were carried out. */
export function migrationFailure(
  method: 'up' | 'down',
  name: string,
  done: readonly MigrationInfo[],
  cause: unknown,
): AppError {
  const sqlState = sqlStateOf(cause);
  const reason = cause instanceof Error ? cause.message : String(cause);
  const before =
    done.length === 0
      ? 'Nothing was changed before it'
      : `Before it, ${done.map((each) => each.name).join(', ')} went well and stays`;
  return new AppError(
    'migration-failed',
    `${name}.ts failed to go ${method}${sqlState === undefined ? '' : ` with SQLSTATE ${sqlState}`}: ${reason}. ` +
      `Its transaction was rolled back. ${before}. Mend the cause and run it again; it continues with this migration.`,
    { migration: name, ...(sqlState !== undefined && { sqlState }) },
    { cause },
  );
}

/** Returns PostgreSQL's code for what went wrong, if it was PostgreSQL. */
export function sqlStateOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
