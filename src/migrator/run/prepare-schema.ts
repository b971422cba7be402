/** What a start does about the schema: brings it to this version, waits until another copy has, or only looks. */
import { setTimeout as sleep } from 'node:timers/promises';
import { MigratorFailure } from '../failure.ts';
import { inWords } from './connect/database-failure.ts';
import { migrateDatabase } from './migrate-database.ts';
import { dueAtStart } from './state/migration-state.ts';
import { onMigrator } from './open-migrator.ts';
import { skewFault, logSkew } from './state/skew.ts';
import type { MigrateSettings, MigrationOutcome, SchemaProgress } from './migrate-database.ts';
import type { MigrationState } from './state/migration-state.ts';

/** How often a copy that leaves migrating to others checks whether they are done. */
const LOOK_EVERY_MS = 1_000;
const DEFAULT_WAIT_MS = 15 * 60_000;

export interface SchemaSettings extends Omit<MigrateSettings, 'onProgress'> {
  /** `auto` and `only` apply what is due, `wait` leaves that to another copy, `check` refuses when something is due. */
  readonly mode: 'auto' | 'only' | 'wait' | 'check';
  readonly onProgress?: (progress: SchemaProgress) => void;
}

/** Returns when this version can serve with the schema; a MigratorFailure says why it cannot. */
export async function prepareSchema(settings: SchemaSettings): Promise<MigrationOutcome> {
  try {
    return await prepare(settings);
  } catch (error) {
    throw inWords(error, settings.databaseUrl);
  }
}

function prepare(settings: SchemaSettings): Promise<MigrationOutcome> {
  switch (settings.mode) {
    case 'auto':
    case 'only':
      return migrateDatabase(settings);
    case 'wait':
      return waitForSchema(settings);
    case 'check':
      return checkSchema(settings);
  }
}

/** Returns why this version cannot serve with the schema as it is now, in one sentence; undefined when it can. */
export async function schemaFault(settings: SchemaSettings): Promise<string | undefined> {
  try {
    const state = await readState(settings);
    return (skewFault(state, settings) ?? pendingFault(state))?.message;
  } catch (error) {
    if (error instanceof Error) return error.message;
    throw error;
  }
}

/**
 * Looks once more, after this copy was entered among those that live: a contract that ran in between did not see it. MigratorFailure
 * `database-ahead` then; nothing else can have become wrong.
 */
export async function confirmSchema(settings: SchemaSettings): Promise<void> {
  const fault = skewFault(await readState(settings), settings);
  if (fault !== undefined) throw fault;
}

/** Whether every copy of the server has ended that a contract would break which this version needs. */
export async function areOldCopiesGone(settings: SchemaSettings): Promise<boolean> {
  const { oldInstances } = await import('./plan/contract-gate.ts');
  return onMigrator(settings, async ({ orm, migrator }) => {
    const contracts = dueAtStart(await migrator.state()).filter(({ phase }) => phase === 'contract');
    for (const entry of contracts)
      if ((await oldInstances((sql) => orm.driver.execute(sql), entry)).length > 0) return false;
    return true;
  });
}

async function checkSchema(settings: SchemaSettings): Promise<MigrationOutcome> {
  const state = await readState(settings);
  logSkew(state, settings.log);
  const fault = skewFault(state, settings) ?? pendingFault(state);
  if (fault !== undefined) throw fault;
  return { applied: [], alreadyApplied: state.tracked.length };
}

async function waitForSchema(settings: SchemaSettings): Promise<MigrationOutcome> {
  const { signal, onProgress, lockWaitMs = DEFAULT_WAIT_MS } = settings;
  const startedAt = performance.now();
  for (;;) {
    const state = await readState(settings);
    const fault = pendingFault(state);
    const isLate = performance.now() - startedAt > lockWaitMs;
    if (fault === undefined || isLate) return checkSchema(settings);
    onProgress?.({ phase: 'waiting for migrations', total: dueAtStart(state).length });
    await sleep(LOOK_EVERY_MS, undefined, { ...(signal && { signal }) });
  }
}

function readState(settings: SchemaSettings): Promise<MigrationState> {
  return onMigrator(settings, ({ migrator }) => migrator.state());
}

function pendingFault(state: MigrationState): MigratorFailure | undefined {
  const due = dueAtStart(state).map(({ name }) => name);
  if (due.length === 0) return undefined;
  return new MigratorFailure(
    'migrations-pending',
    `The database lacks ${due.join(', ')}, and this process is set not to migrate. ` +
      'Run "manage db migrate", or start a copy with MIGRATIONS=auto.',
    { pending: due },
  );
}
