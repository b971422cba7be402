/** What the user of the migrator can decide: where it reports, how long it waits, how strict it is. */
import type { RetryLimits } from './execute/lock-retry.ts';
import type { MigrationState } from './state/migration-state.ts';

export interface MigratorLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

/** How strict a run is about a database and a version that have grown apart. */
export interface SkewPolicy {
  /** Whether an edited migration is refused, and not only logged. */
  readonly isProduction?: boolean;
  /** Whether to continue although the database has contracts that this version does not know. */
  readonly allowAhead?: boolean;
}

/** How far a run is, whenever that changes. */
export interface MigratorProgress {
  readonly phase: 'waiting for the migration lock' | 'migrating';
  /** The migration that runs; absent while waiting for the lock. */
  readonly migration?: string;
  /** Which one it is, from 1. */
  readonly index?: number;
  readonly total?: number;
  /** Who holds what is waited for. */
  readonly blockedBy?: string;
}

export interface MigratorSettings extends SkewPolicy {
  readonly log: MigratorLog;
  /** Whether contracts that nothing requires run too, as far as nothing prevents them. */
  readonly runsContracts: boolean;
  readonly onProgress: (progress: MigratorProgress) => void;
  /** Done under the lock before the first change, when there is something to change; a failure ends the run before it. */
  readonly beforeChanges: (state: MigrationState) => Promise<void>;
  /** Ends the waiting; a migration that runs is cut off and rolled back. The run then rejects with the signal's reason. */
  readonly signal: AbortSignal | undefined;
  /** How long to wait for another process that migrates. */
  readonly lockWaitMs: number;
  /** How long one statement waits for a table before it lets others continue and tries again. */
  readonly lockTimeoutMs: number;
  /** How long one statement may take, waiting for others included; the migration is then given up. */
  readonly statementLimitMs: number;
  /** How often, and for how long, a migration that waited too long for a table is tried again. */
  readonly retry: RetryLimits;
}

/** Longer than any migration that runs at start should take; a holder that is alive for longer needs a person. */
const LOCK_WAIT_MS = 15 * 60_000;
/** All queries on the table queue behind a migration that waits for it, so this is the longest that they wait. */
export const LOCK_TIMEOUT_MS = 2_000;
/** Longer than a statement should take that others must live with; a table that takes longer needs a backfill. */
const STATEMENT_LIMIT_MS = 60 * 60_000;
const RETRY: RetryLimits = { tries: 10, budgetMs: 10 * 60_000, firstDelayMs: 1_000, longestDelayMs: 30_000 };

/** The default settings, as the command line uses them. */
export function defaultSettings(say: (message: string) => void): MigratorSettings {
  const write = (fields: object, message: string): void =>
    say(Object.keys(fields).length === 0 ? message : `${message} ${JSON.stringify(fields)}`);
  return {
    log: { info: write, warn: write },
    runsContracts: false,
    onProgress: () => undefined,
    beforeChanges: () => Promise.resolve(),
    signal: undefined,
    lockWaitMs: LOCK_WAIT_MS,
    lockTimeoutMs: LOCK_TIMEOUT_MS,
    statementLimitMs: STATEMENT_LIMIT_MS,
    retry: RETRY,
    isProduction: process.env['NODE_ENV'] === 'production',
    // Both spellings, as the server's settings take them.
    allowAhead: /^(true|1)$/i.test(process.env['MIGRATIONS_ALLOW_AHEAD'] ?? ''),
  };
}
