/** Where a database and a version of the server have grown apart: what forbids continuing, and what is only logged. */
import { MigratorFailure } from '../../failure.ts';
import { isFresh, unfinishedSquashes, waitingContracts } from './migration-state.ts';
import type { ManifestEntry } from './manifest.ts';
import type { MigratorLog, SkewPolicy } from '../migrator-settings.ts';
import type { MigrationState, TrackedMigration } from './migration-state.ts';

/** Something that is logged, and forbids nothing. */
export interface SkewWarning {
  readonly fields: Readonly<Record<string, readonly string[]>>;
  readonly message: string;
}

/** Returns why this version must not work with this database; undefined when it may. */
export function skewFault(state: MigrationState, policy: SkewPolicy): MigratorFailure | undefined {
  return skewFaults(state, policy)[0];
}

/** Returns every reason why it must not. */
export function skewFaults(state: MigrationState, policy: SkewPolicy): MigratorFailure[] {
  return [
    duplicatesFault(state),
    policy.isProduction ? editedFault(state) : undefined,
    policy.allowAhead ? undefined : aheadFault(state, policy),
    squashFault(state),
  ].filter((fault) => fault !== undefined);
}

/** What is unusual and does no harm as far as can be known. */
const UNUSUAL = {
  edited: 'migrations were edited after they were applied: the database has what they said before',
  ahead: 'the database has migrations that this version does not know: a newer version made them',
  late: 'migrations are older than some that are applied: they were merged late',
} as const;

/** Returns what there is of it. */
export function skewWarnings(state: MigrationState): SkewWarning[] {
  return (['edited', 'ahead', 'late'] as const).flatMap((field) => {
    const names = state[field].map(({ name }) => name);
    return names.length === 0 ? [] : [{ fields: { [field]: names }, message: UNUSUAL[field] }];
  });
}

/** Logs it. */
export function logSkew(state: MigrationState, log: MigratorLog): void {
  for (const { fields, message } of skewWarnings(state)) log.warn(fields, message);
}

/** Logs which contracts were not asked for yet. */
export function logWaiting(state: MigrationState, log: MigratorLog): void {
  const contracts = waitingContracts(state).map(({ name }) => name);
  if (contracts.length > 0)
    log.info({ contracts }, 'contracts wait until they are asked for: "manage db migrate --contract"');
}

/** An old table, from before its names were unique, may show that two processes migrated at once. What else they did is unknown. */
export function duplicatesFault({ tracked }: MigrationState): MigratorFailure | undefined {
  const names = tracked.map(({ name }) => name);
  const twice = [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
  if (twice.length === 0) return undefined;
  return new MigratorFailure(
    'migration-failed',
    `The table of migrations records ${twice.join(', ')} more than once: two processes without a lock ran it at the same time, ` +
      'and what it changes may have been changed twice. Nothing was done. Look at the data, fix it, and delete the rows that are too many by hand.',
    { duplicates: twice },
  );
}

function editedFault({ edited }: MigrationState): MigratorFailure | undefined {
  if (edited.length === 0) return undefined;
  const names = edited.map(({ name }) => name);
  return new MigratorFailure(
    'migration-edited',
    `${names.join(', ')} ${names.length === 1 ? 'was' : 'were'} edited after being applied here, so this database differs from one made by this version. ` +
      'Nothing was done. Bring the text back as it was, and put the change into a new migration.',
    { edited: names },
  );
}

/** What only adds can be lived with; a contract removed what this version uses, and an unknown phase may have. */
function aheadFault(
  { ahead, tracked }: MigrationState,
  { isProduction }: SkewPolicy,
): MigratorFailure | undefined {
  const contracts = ahead.filter(({ phase }) => phase === null || phase === 'contract');
  if (contracts.length === 0) return undefined;
  const versions = [
    ...new Set(contracts.map(({ appVersion }) => appVersion ?? 'a version that left no name')),
  ];
  // What both versions know: the files of another branch may lack the newest of this one.
  const common = tracked.findLast((row) => !ahead.includes(row))?.name ?? 'zero';
  return new MigratorFailure(
    'database-ahead',
    `The database is ahead of this version of the server: ${contracts.map(describeAhead).join('; ')}. ` +
      'This version may need what they removed. Nothing was done. ' +
      `Start ${versions.join(' or ')} or newer. ` +
      // In production no one goes back over a contract: what it removed comes back empty.
      (isProduction
        ? 'The way back to this version is a backup from before. '
        : `To come back to this version, run "manage db migrate ${common}" with that one first. `) +
      'Anyone who knows that they do no harm sets MIGRATIONS_ALLOW_AHEAD=true.',
    { ahead: contracts.map(({ name }) => name), versions },
  );
}

function describeAhead({ name, phase, appVersion, executedAt }: TrackedMigration): string {
  const by = appVersion === null ? '' : ` by version ${appVersion}`;
  return `${name} (${phase ?? 'phase unknown'}) was applied${by} at ${executedAt.toISOString()}`;
}

function squashFault(state: MigrationState): MigratorFailure | undefined {
  const [first] = unfinishedSquashes(state);
  if (first === undefined) return undefined;
  return new MigratorFailure(
    'migration-failed',
    `${first.squash} stands for migrations of which some are applied and ${first.missing.join(', ')} not, and their files are gone. ` +
      'Nothing was done. Migrate with the last version that still has them, then start this one.',
    { migration: first.squash, missing: first.missing },
  );
}

/**
 * Returns why this version must not do in one go with what comes before it: what a later migration stands on, only the running server of
 * an earlier release can do. Undefined when it may continue.
 */
export function stopFault(
  state: MigrationState,
  plan: readonly ManifestEntry[] = state.pending,
): MigratorFailure | undefined {
  if (isFresh(state)) return undefined;
  const pending = new Set(state.pending.flatMap(({ name, replaces = [] }) => [name, ...replaces]));
  const stopped = plan.find(({ stop }) => stop !== undefined && pending.has(stop.after));
  if (stopped?.stop === undefined) return undefined;
  const { version, reason } = stopped.stop;
  return new MigratorFailure(
    'migrations-pending',
    `From this database, version ${version} may not be skipped: ${reason}. ${stopped.name} of this version relies on that. Nothing was done. ` +
      `Start version ${version}, let it serve, and then start this one.`,
    { migration: stopped.name, version },
  );
}

/** Throws it. */
export function assertNoStop(state: MigrationState, plan: readonly ManifestEntry[]): void {
  const fault = stopFault(state, plan);
  if (fault !== undefined) throw fault;
}
