/** What was seen while migrations ran, statement by statement. */
import type { Phase } from '../../run/migration.ts';
import type { LockMode } from './lock-modes.ts';

/** A lock that a statement took on a table that was there before; the strongest where it took several. */
export interface TracedLock {
  readonly table: string;
  readonly mode: LockMode;
}

export interface StatementTrace {
  readonly sql: string;
  readonly durationMs: number;
  /** Weak locks, which reading takes, are left out, and so are those that an earlier statement of the transaction holds. */
  readonly locks: readonly TracedLock[];
  /** Tables that were there before and whose rows were all rewritten. */
  readonly rewrites: readonly string[];
  /** Tables that were there before and whose rows were all read, but not rewritten. */
  readonly scans: readonly string[];
  /** How many rows changed, where PostgreSQL says so. */
  readonly rows?: number;
}

export interface StatementFailure {
  readonly message: string;
  readonly sqlState?: string | undefined;
  /** Undefined where it was not a statement that failed. */
  readonly sql?: string | undefined;
}

/** One migration that was run. */
export interface MigrationTrace {
  readonly name: string;
  readonly phase: Phase | undefined;
  readonly transactional: boolean;
  readonly statements: readonly StatementTrace[];
  readonly failure?: StatementFailure;
}

export interface TraceReport {
  readonly migrations: readonly MigrationTrace[];
  /** How many rows each table had before. */
  readonly rowCounts: ReadonlyMap<string, number>;
}
