/** Checks of the migrations: what the next start would say, before it does. */
import { dueAtStart, unfinishedSquashes, waitingContracts } from '../../run/state/migration-state.ts';
import { stopFault } from '../../run/plan/required-stop.ts';
import { fail, ok, orOk, warn } from './finding.ts';
import { readLockSessions } from './lock-sessions.ts';
import { readBackfills, readLastFailure, readNewestBackup } from './side-tables.ts';
import type { Check, Finding } from './finding.ts';
import type { Session } from './lock-sessions.ts';
import type { MigrationState } from '../../run/state/migration-state.ts';

/** A backfill in work says so after every batch, and a batch takes a tenth of a second. */
const STALE_BACKFILL_MS = 5 * 60_000;
/** A backup a day is what the guide sets up. */
const OLD_BACKUP_MS = 26 * 3_600_000;

export const checkInstallation: Check = async ({ reader }) => {
  const { faults, files } = await reader.compare();
  return orOk(
    faults.map((fault) =>
      fail(fault, 'Install this version again; where migrations are written: npm run db -- check.'),
    ),
    `all ${files.length} migrations of this version are there`,
  );
};

export const checkMigrations: Check = async ({ reader }) => {
  const comparison = await reader.compare();
  const { ahead, edited, late, tracked } = comparison;
  const breaking = ahead.filter(({ phase }) => phase === 'contract' || phase === null);
  const bearable = ahead.filter((row) => !breaking.includes(row));
  const due = dueAtStart(comparison);
  return [
    ...about(due, (names) =>
      warn(`pending: ${names}`, 'The next start applies them; or now: manage db migrate.'),
    ),
    ...about(late, (names) =>
      warn(
        `pending, and older than what is applied: ${names}`,
        'They were merged late and run all the same; see that their order does not matter.',
      ),
    ),
    ...about(breaking, (names) =>
      fail(
        `applied, unknown to this version, and perhaps taking away what it needs: ${names}`,
        'Deploy the version that has them, or go back with that version (manage db migrate NAME).',
      ),
    ),
    ...about(bearable, (names) =>
      warn(
        `applied, and unknown to this version: ${names}`,
        'They only add. Deploy the version that has them.',
      ),
    ),
    ...about(edited, (names) =>
      fail(
        `edited after they were applied: ${names}`,
        'Bring the files back as they were, and put the change into a new migration.',
      ),
    ),
    ...duplicates(tracked.map(({ name }) => name)),
    ...unfinishedSquashes(comparison).map(({ squash, missing }) =>
      fail(
        `${squash} cannot run: of what it stands for, ${missing.join(', ')} is not applied, and has no file any more`,
        'Migrate with the last version that has the files, then use this one.',
      ),
    ),
    ...stops(comparison),
    ...(due.length + ahead.length + edited.length === 0
      ? [ok(`${tracked.length} applied, none pending${waitingText(waitingContracts(comparison).length)}`)]
      : []),
  ];
};

export const checkLock: Check = async ({ reader }) => {
  const { holders, waiting, blocked } = await readLockSessions(reader.query);
  if (holders.length === 0) return [ok('nobody holds the migration lock')];
  return [
    warn(
      [
        `the migration lock is held by ${named(holders)}`,
        ...(waiting.length > 0 ? [`also connected to migrate: ${named(waiting)}`] : []),
        ...(blocked.length > 0 ? [`held up by it: ${named(blocked)}`] : []),
      ].join('; '),
      'It migrates; wait for it. If it hangs: manage db doctor --locks, then --terminate PID.',
    ),
  ];
};

export const checkAttempts: Check = async ({ reader }) => {
  const failures = await readLastFailure(reader.query);
  if (failures === 'hidden') return [hiddenTable('migration_attempts')];
  const last = typeof failures === 'string' ? undefined : failures[0];
  if (last === undefined || last.isSettled) return [ok('no attempt to migrate is left failed')];
  const { name, direction, outcome, startedAt, error, sqlState } = last;
  return [
    warn(
      `${name} went ${direction} at ${startedAt.toISOString()} and ${outcome === 'lost' ? 'its process was killed' : `was ${outcome}`}` +
        `${error === null ? '' : `: ${error}`}${sqlState === null ? '' : ` (${sqlState})`}`,
      'Mend the cause, then: manage db migrate. It continues with that migration.',
    ),
  ];
};

export const checkBackfills: Check = async ({ reader }) => {
  const backfills = await readBackfills(reader.query);
  if (backfills === 'absent') return [ok('there is no table of backfills yet')];
  if (backfills === 'hidden') return [hiddenTable('backfill_jobs')];
  const findings = backfills.flatMap(({ name, state, error, heartbeatAt }): Finding[] => {
    if (state === 'failed')
      return [
        fail(
          `backfill ${name} failed: ${error ?? 'no reason given'}`,
          `Mend it, then: manage db backfill run.`,
        ),
      ];
    const silentMs = heartbeatAt === null ? 0 : Date.now() - heartbeatAt.getTime();
    return state === 'running' && silentMs > STALE_BACKFILL_MS
      ? [
          warn(
            `backfill ${name} has said nothing for ${Math.round(silentMs / 60_000)} min`,
            'Its server may be gone; the next one that starts continues with it, or: manage db backfill run.',
          ),
        ]
      : [];
  });
  const open = backfills.filter(({ state }) => state !== 'done').length;
  return orOk(findings, `${backfills.length - open} backfills done, ${open} to do`);
};

export const checkBackup: Check = async ({ reader, backup }) => {
  const backups = await readNewestBackup(reader.query);
  if (backups === 'hidden') return [hiddenTable('database_backups')];
  const newest = typeof backups === 'string' ? undefined : backups[0];
  const remedy = 'Make one: manage db backup, or the backup service of compose.';
  if (newest === undefined)
    return [
      backup.mode === 'required'
        ? fail('no backup is recorded, and BACKUP_BEFORE_MIGRATE=required demands one', remedy)
        : warn('no backup is recorded', remedy),
    ];
  const age = `the newest backup is ${Math.round(newest.ageMs / 60_000)} min old: ${newest.location}`;
  if (backup.mode === 'required' && newest.ageMs > backup.maxAgeMs)
    return [warn(`${age}; too old for a migration, as BACKUP_BEFORE_MIGRATE=required has it`, remedy)];
  return [newest.ageMs > OLD_BACKUP_MS ? warn(age, remedy) : ok(age)];
};

function about(
  migrations: readonly { readonly name: string }[],
  say: (names: string) => Finding,
): readonly Finding[] {
  return migrations.length === 0 ? [] : [say(migrations.map(({ name }) => name).join(', '))];
}

function stops(comparison: MigrationState): readonly Finding[] {
  const fault = stopFault(comparison);
  return fault === undefined
    ? []
    : [fail(fault.message, `Start version ${String(fault.facts['version'])} first.`)];
}

/** An older version of the server could record a name twice; adopting such a table is refused. */
function duplicates(names: readonly string[]): readonly Finding[] {
  const twice = [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
  return twice.map((name) =>
    fail(
      `${name} is recorded more than once: it may have run more than once`,
      'See what it did; then delete all of its rows but the oldest from mikro_orm_migrations.',
    ),
  );
}

function waitingText(count: number): string {
  return count === 0 ? '' : `, ${count} contracts wait (manage db migrate --contract)`;
}

function named(sessions: readonly Session[]): string {
  return sessions.map(({ pid, application }) => `process ${pid} (${application})`).join(', ');
}

function hiddenTable(table: string): Finding {
  return warn(`${table} is not visible to this user`, `grant select on ${table} to the user`);
}
