/** Examines a database: every check in order; one that fails does not prevent the others. Writes nothing. */
import { MigratorFailure } from '../../failure.ts';
import { INSUFFICIENT_PRIVILEGE, UNDEFINED_TABLE } from '../../run/connect/sql-states.ts';
import { sqlStateOf } from '../../run/execute/migration-failure.ts';
import { preflight } from '../../run/plan/preflight.ts';
import { dueAtStart } from '../../run/state/migration-state.ts';
import { skewFaults, skewWarnings, stopFault } from '../../run/state/skew.ts';
import { readNewestBackup } from '../../upkeep/backup/backup-record.ts';
import { BackfillStore } from '../../upkeep/backfills/backfill-store.ts';
import { lockText, readLockSessions } from './lock-sessions.ts';
import { invalidIndexText, readInvalidIndexes, readServerFacts } from './side-tables.ts';
import type { Reader } from './reader.ts';

/** `warn`: nothing is broken yet. `fail`: something is, or the next start will fail. */
export interface Finding {
  readonly verdict: 'ok' | 'warn' | 'fail';
  /** What was found, and what to do about it. */
  readonly said: string;
}

/** A finding with the check that made it. */
export interface NamedFinding extends Finding {
  readonly check: string;
}

/** What a check works with. */
export interface Examination {
  readonly reader: Reader;
  readonly backup: { readonly mode: 'off' | 'auto' | 'required'; readonly maxAgeMs: number };
}

/** Checks one thing and returns its findings. Throws what the database threw. */
type Check = (examination: Examination) => Promise<readonly Finding[]>;

/** A backfill in work says so after every batch, and a batch takes a tenth of a second. */
const STALE_BACKFILL_MS = 5 * 60_000;
/** A backup a day is what the guide sets up. */
const OLD_BACKUP_MS = 26 * 3_600_000;
/** Migrations wait for what such a transaction has locked, and indexes built concurrently for its end. */
const OLD_TRANSACTION_SECONDS = 300;

const warn = (said: string): Finding => ({ verdict: 'warn', said });
const fail = (said: string): Finding => ({ verdict: 'fail', said });

const CHECKS: Readonly<Record<string, Check>> = {
  server: async ({ reader }) => {
    // What every run of the migrator asks for: new enough, no standby, no pooler in between.
    await preflight(reader);
    return [];
  },
  rights: async ({ reader }) => {
    const facts = await readServerFacts(reader.query);
    if (facts === undefined) return [];
    const { user, schema, mayCreate, tablesOfOthers } = facts;
    const otherwise = 'or set MIGRATION_DATABASE_URL to a user that may';
    return [
      ...(mayCreate
        ? []
        : [
            fail(
              `user "${user}" may not create tables in schema ${schema ?? 'none'}. Grant it, ${otherwise}`,
            ),
          ]),
      ...(tablesOfOthers.length === 0
        ? []
        : [
            fail(
              `user "${user}" may not alter ${tablesOfOthers.join(', ')}. Give the tables to one role, ${otherwise}`,
            ),
          ]),
    ];
  },
  installation: async ({ reader }) => {
    const { faults } = await reader.compare();
    return faults.map((fault) => fail(`${fault}. Install this version again`));
  },
  migrations: async ({ reader }) => {
    const state = await reader.compare();
    const faults = [...skewFaults(state, { isProduction: true, allowAhead: false }), stopFault(state)];
    const due = dueAtStart(state).map(({ name }) => name);
    return [
      ...(due.length === 0 ? [] : [warn(`pending: ${due.join(', ')}. The next start applies them`)]),
      ...faults.flatMap((fault) => (fault === undefined ? [] : [fail(fault.message)])),
      ...skewWarnings(state)
        .filter(({ fields }) => fields['edited'] === undefined)
        .map(({ fields, message }) => warn(`${message}: ${Object.values(fields).flat().join(', ')}`)),
    ];
  },
  lock: async ({ reader }) => lockText(await readLockSessions(reader.query)).map(warn),
  backfills: async ({ reader }) => {
    const all = await new BackfillStore(reader.query).list();
    return all.flatMap(({ name, state, error, heartbeatAt }) => {
      if (state === 'failed')
        return [fail(`${name} failed: ${error}. Fix it, then: manage db backfill retry ${name}`)];
      const silentMs = heartbeatAt === null ? 0 : Date.now() - heartbeatAt;
      if (state !== 'running' || silentMs <= STALE_BACKFILL_MS) return [];
      return [
        warn(
          `${name} has said nothing for ${Math.round(silentMs / 60_000)} min. The next server that starts continues with it`,
        ),
      ];
    });
  },
  backup: async ({ reader, backup: { mode, maxAgeMs } }) => {
    const newest = await readNewestBackup(reader.query);
    const remedy = 'Make one: manage db backup, or the backup service of compose';
    if (newest === undefined)
      return [
        mode === 'required' ? fail(`none is recorded. ${remedy}`) : warn(`none is recorded. ${remedy}`),
      ];
    if (newest.ageMs <= (mode === 'required' ? maxAgeMs : OLD_BACKUP_MS)) return [];
    return [
      warn(`the newest is ${Math.round(newest.ageMs / 60_000)} min old: ${newest.location}. ${remedy}`),
    ];
  },
  indexes: async ({ reader }) =>
    (await readInvalidIndexes(reader.query)).map((index) =>
      index.isBeingBuilt ? warn(invalidIndexText(index)) : fail(invalidIndexText(index)),
    ),
  transactions: async ({ reader }) => {
    const rows = await reader.query<{ pid: number; application: string; seconds: number }>(
      `select pid, application_name as application, extract(epoch from now() - xact_start)::int as seconds from pg_stat_activity
       where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'
         and xact_start < now() - interval '${OLD_TRANSACTION_SECONDS} s' order by xact_start`,
    );
    return rows.map(({ pid, application, seconds }) =>
      warn(
        `process ${pid} (${application}) has a transaction open for ${seconds} s, and migrations wait for what it has locked. ` +
          `Let it finish, or end it: select pg_terminate_backend(${pid})`,
      ),
    );
  },
};

/** Returns what each check found, in order. */
export async function examine(examination: Examination): Promise<NamedFinding[]> {
  const all: NamedFinding[] = [];
  // One after the other: they share one session.
  for (const [check, run] of Object.entries(CHECKS)) {
    const findings = await run(examination).catch(findingOf);
    const reported: readonly Finding[] = findings.length === 0 ? [{ verdict: 'ok', said: '' }] : findings;
    all.push(...reported.map((finding) => ({ check, ...finding })));
  }
  return all;
}

/** A check that could not be made is a finding too. */
function findingOf(error: unknown): Finding[] {
  // Its message says what to do, too.
  if (error instanceof MigratorFailure) return [fail(error.message)];
  const sqlState = sqlStateOf(error);
  // An older database has none of the tables beside that of migrations.
  if (sqlState === UNDEFINED_TABLE) return [];
  const reason = error instanceof Error ? error.message : String(error);
  return sqlState === INSUFFICIENT_PRIVILEGE
    ? [warn(`not visible to this user: ${reason}`)]
    : [fail(`could not be examined: ${reason}`)];
}
