/** A run that has something to do: it holds the migration lock, and takes one migration after another. Most starts need none of it. */
import type { AbstractSqlDriver } from '@mikro-orm/postgresql';
import type { Configuration, MigrationInfo } from '@mikro-orm/core';
import { runWithRetries } from './execute/run-with-retries.ts';
import { canDoWithout, takeTurn } from './plan/contract-turn.ts';
import { isPlain } from './plan/migration-plan.ts';
import { planRun } from './plan/plan-run.ts';
import { confirmLock, restoreSession } from './session/migration-lock.ts';
import { adoptAll } from './state/adopt-squash.ts';
import { loadSigned } from './state/installation.ts';
import { FIRST_RUN_NOTE, isFirstRunOver, isFresh } from './state/migration-state.ts';
import { logSkew } from './state/skew.ts';
import { rowsRevertedWith } from './state/squash-rows.ts';
import type { Query } from './connect/query.ts';
import type { Run } from './execute/run-migration.ts';
import type { MigratorSettings } from './migrator-settings.ts';
import type { Turns } from './plan/contract-turn.ts';
import type { Session } from './session/session.ts';
import type { MigrationState } from './state/migration-state.ts';
import type { Selection } from './state/selection.ts';
import type { TrackingTable } from './state/tracking-table.ts';

/** What a run needs of the migrator that it belongs to. */
export interface RunHost {
  readonly driver: AbstractSqlDriver;
  readonly config: Configuration;
  readonly table: TrackingTable;
  readonly settings: MigratorSettings;
  readonly databaseUrl: string;
  readonly folder: string;
  readonly query: Query;
  readonly readState: () => Promise<MigrationState>;
  /** Throws when this version must not work with this database. */
  readonly refuseSkew: (state: MigrationState) => void;
}

/** Writes or deletes the row of the migration at hand; in the transaction, if there is one. */
export type RunRecord = Run['record'];

export interface Wanted {
  readonly method: 'up' | 'down';
  readonly selection: Selection;
  /** Runs one migration through MikroORM, with its events. */
  readonly runOne: (name: string) => Promise<MigrationInfo[]>;
}

/** Runs what is selected, in order, and returns it. What succeeded before a failure stays. */
export async function runSelection(
  host: RunHost,
  session: Session,
  { method, selection, runOne }: Wanted,
): Promise<MigrationInfo[]> {
  const { settings, query, table, folder } = host;
  const state = await readAndAdopt(host);
  host.refuseSkew(state);
  logSkew(state, settings.log);
  const plan = await planRun({ ...settings, method, selection, state, query }, folder);
  const signed = await loadSigned(folder, plan);
  if (plan.length > 0) await settings.beforeChanges(state);
  const turns = { state, isPlain: isPlain(selection), blocked: [] };
  // One that goes to a target leaves a database that may be used from then on.
  const isFirstRun = isFresh(state) && plan.length === state.pending.length;
  for (const [position, { entry, migration }] of signed.entries()) {
    settings.signal?.throwIfAborted();
    session.current = { entry, migration, index: position + 1, total: plan.length };
    if (method === 'up' && !(await mayRun(host, session, turns))) continue;
    await confirmLock(query);
    table.expect({
      ...entry,
      goesWith: rowsRevertedWith(state.squashes, entry.name),
      kind: 'run',
      // The last one's commit is the end of a first run, wherever the process is killed.
      note: isFirstRun && position < signed.length - 1 ? FIRST_RUN_NOTE : null,
      startedAt: performance.now(),
    });
    reportProgress(host, session, undefined);
    try {
      session.done.push(...(await runOne(entry.name)));
    } catch (error) {
      if (method === 'down' || !(await canDoWithout(entry, turns, error, host))) throw error;
    }
  }
  await finish(host, method);
  return session.done;
}

/** Runs the migration at hand; `record` writes or deletes its row in the same transaction. */
export async function runCurrent(
  { driver, config, settings }: RunHost,
  session: Session & { current: NonNullable<Session['current']> },
  method: 'up' | 'down',
  record: RunRecord,
): Promise<void> {
  await runWithRetries({
    migration: session.current.migration,
    method,
    driver,
    config,
    record,
    settings,
    side: session.side,
    pid: session.lock.pid,
    done: session.done.map(({ name }) => name),
    onBlocked: (blockedBy) => reportProgress({ settings }, session, blockedBy),
  });
}

/** Whether it is not a waiting contract; an obstacle to a contract that something else requires ends the run there. */
function mayRun(host: RunHost, session: Session, turns: Turns): Promise<boolean> {
  const { databaseUrl, query, settings } = host;
  return takeTurn(session, turns, {
    databaseUrl,
    query,
    log: settings.log,
    signal: settings.signal,
    lockWaitMs: settings.lockWaitMs,
    onProgress: (progress) => reportProgress(host, session, progress),
  });
}

/** What is true only when everything is done. */
async function finish(host: RunHost, method: Wanted['method']): Promise<void> {
  const { query, settings, table } = host;
  await restoreSession(query, settings);
  const state = await readAndAdopt(host);
  if (method === 'up' && isFirstRunOver(state)) {
    await table.endFirstRun();
    await readAndAdopt(host);
  }
  await confirmLock(query);
}

function readAndAdopt({ driver, table, settings, readState, refuseSkew }: RunHost): Promise<MigrationState> {
  return adoptAll({ driver, table, log: settings.log, read: readState, refuse: refuseSkew });
}

function reportProgress(
  { settings }: Pick<RunHost, 'settings'>,
  { current }: Session,
  blockedBy: string | undefined,
): void {
  if (current === undefined) return;
  const { entry, index, total } = current;
  settings.onProgress({
    phase: 'migrating',
    migration: entry.name,
    index,
    total,
    ...(blockedBy !== undefined && { blockedBy }),
  });
}
