/** How long a transaction keeps others waiting: a lock is held until it ends, and not only while its statement runs. */
import type { LockMode } from './lock-modes.ts';
import type { StatementTrace } from './migration-trace.ts';

/** A lock with the time from the statement that took it to the end of the migration. */
export interface HeldLock {
  readonly table: string;
  readonly mode: LockMode;
  readonly heldMs: number;
}

/** Returns for each statement the locks that it took. */
export function heldLocks(statements: readonly StatementTrace[]): HeldLock[][] {
  return statements.map(({ locks }, index) => {
    const heldMs = statements.slice(index).reduce((sum, { durationMs }) => sum + durationMs, 0);
    return locks.map((lock) => ({ ...lock, heldMs }));
  });
}
