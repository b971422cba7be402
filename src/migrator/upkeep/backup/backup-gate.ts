/** Requires a fresh backup before a database with data is migrated, and makes one where that is possible. */
import { MigratorFailure } from '../../failure.ts';
import { isFresh } from '../../run/state/migration-state.ts';
import { newestBackup } from './backup-record.ts';
import { makeBackup } from './make-backup.ts';
import { WHERE_TO_BACK_UP } from './postgres-programs.ts';
import type { Query } from '../../run/connect/query.ts';
import type { MigrationState } from '../../run/state/migration-state.ts';
import type { NewestBackup } from './backup-record.ts';
import type { Backup } from './make-backup.ts';

export interface BackupSettings {
  /** `auto` continues with a warning where there is no backup and none can be made; `required` refuses. */
  readonly mode: 'off' | 'auto' | 'required';
  /** How old a fresh backup may be. */
  readonly maxAgeMs: number;
  /** Where one may be made; without it none is. */
  readonly directory?: string | undefined;
}

export interface BackupLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

export interface BackupGate extends BackupSettings {
  readonly databaseUrl: string;
  readonly log: BackupLog;
  /** Cancels a backup that is being made. */
  readonly signal?: AbortSignal | undefined;
}

export type BackupOutcome =
  | { readonly kind: 'off' }
  | ({ readonly kind: 'fresh' } & NewestBackup)
  | ({ readonly kind: 'made' } & Backup)
  | { readonly kind: 'none'; readonly reason: string };

const MINUTE_MS = 60_000;

/** Whether there is anything to lose. Tables that no migration is recorded for were made by hand, or restored without their record. */
export async function hasContent(
  { tracked }: Pick<MigrationState, 'tracked'>,
  query: Query,
): Promise<boolean> {
  if (tracked.length > 0) return !isFresh({ tracked });
  const [found] = await query(
    `select from pg_class c where relkind in ('r', 'p') and relnamespace = (select oid from pg_namespace where nspname = current_schema())
        and relname not in ('mikro_orm_migrations', 'migration_attempts')
        and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e') limit 1`,
  );
  return found !== undefined;
}

/**
 * Returns how the database is backed up. MigratorFailure `backup-missing` when one is required and cannot be made. Its caller asks
 * only when something is pending and the database {@link hasContent}.
 */
export async function ensureBackup(gate: BackupGate): Promise<BackupOutcome> {
  const { databaseUrl, mode, maxAgeMs, log, signal } = gate;
  if (mode === 'off') return { kind: 'off' };
  const newest = await newestBackup(databaseUrl);
  if (newest !== undefined && newest.ageMs <= maxAgeMs) {
    log.info(newest, 'a fresh backup is there');
    return { kind: 'fresh', ...newest };
  }
  const made = await tryToMake(gate);
  signal?.throwIfAborted();
  if (typeof made === 'string') return goOnWithout(gate, newest, made);
  const { location, sizeBytes, sha256, isRecorded } = made;
  log.info({ location, sizeBytes, sha256, isRecorded }, 'backup made');
  return { kind: 'made', ...made };
}

/** A string is why it could not be made. */
async function tryToMake({ databaseUrl, directory, signal }: BackupGate): Promise<Backup | string> {
  if (directory === undefined) return 'BACKUP_DIRECTORY is not set';
  try {
    return await makeBackup({ databaseUrl, directory, signal });
  } catch (error) {
    if (!(error instanceof MigratorFailure)) throw error;
    const { reason } = error.facts;
    return typeof reason === 'string' ? reason : error.message;
  }
}

function goOnWithout(
  { mode, maxAgeMs, databaseUrl, log }: BackupGate,
  newest: NewestBackup | undefined,
  reason: string,
): BackupOutcome {
  const age =
    newest === undefined
      ? 'none is recorded'
      : `the newest is ${Math.round(newest.ageMs / MINUTE_MS)} minutes old`;
  const name = decodeURIComponent(new URL(databaseUrl).pathname.slice(1));
  if (mode === 'required') {
    throw new MigratorFailure(
      'backup-missing',
      `Database "${name}" was not changed: it has no backup of the last ${Math.round(maxAgeMs / MINUTE_MS)} minutes (${age}), ` +
        `and none could be made here: ${reason.replace(/\.$/, '')}. Make one, then start again. ${WHERE_TO_BACK_UP}, ` +
        'for "manage db backup". BACKUP_BEFORE_MIGRATE=auto continues without one.',
    );
  }
  log.warn({ reason, newest: age }, 'migrating without a fresh backup');
  return { kind: 'none', reason };
}
