/** The schema at start: brought up to date, waited for or only looked at; and what happens when that fails. */

import { setTimeout as sleep } from 'node:timers/promises';
import { backupPolicy, migratorPolicy } from './schema.ts';
import {
  MigratorFailure,
  areOldCopiesGone,
  confirmSchema,
  migrationAddress,
  newestBackup,
  prepareSchema,
  schemaFault,
} from '../migrator/index.ts';
import type { Log } from '../process/log.ts';
import type { Config } from './config.ts';
import type { StartProgress } from '../http/readiness.ts';
import type { FailureType, Project, SchemaSettings } from '../migrator/index.ts';

/** How often a server that is held checks whether its database has been repaired. */
const LOOK_EVERY_MS = 2_000;

/** What a person can repair in the database while the process waits. An incomplete installation is not among it. */
const REPAIRABLE = new Set<FailureType>([
  'migration-failed',
  'migration-lock-timeout',
  'migrations-pending',
  'database-ahead',
  'migration-edited',
  'backup-missing',
  'contract-refused',
]);

function isRepairable(error: unknown): error is MigratorFailure {
  return error instanceof MigratorFailure && REPAIRABLE.has(error.type);
}

export interface SchemaParts {
  readonly config: Config;
  readonly project: Project;
  readonly databaseUrl: string;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly readiness: StartProgress;
}

/** Returns the address to migrate at, when the database has a schema that this version can serve with. */
export async function startWithSchema(parts: SchemaParts): Promise<string> {
  const { config, log, readiness } = parts;
  if (config.MIGRATIONS === 'off') return parts.databaseUrl;
  const migrationDatabaseUrl = config.MIGRATION_DATABASE_URL;
  const databaseUrl = await migrationAddress({ ...parts, migrationDatabaseUrl });
  const settings = schemaSettings({ ...parts, databaseUrl }, config.MIGRATIONS);
  try {
    const { applied, alreadyApplied } = await prepareSchema(settings);
    log.info({ applied, alreadyApplied }, 'the database has the schema of this version');
  } catch (error) {
    const isHeld =
      config.MIGRATIONS_ON_FAILURE === 'hold' && config.MIGRATIONS !== 'only' && isRepairable(error);
    if (!isHeld) throw error;
    log.error(
      { err: error, seconds: config.MIGRATIONS_HOLD_SECONDS },
      'held for a person to fix the database',
    );
    readiness.fail(error.message);
    await untilRepaired(parts, settings, error);
    log.info({}, 'the database was fixed');
  }
  return databaseUrl;
}

/** Throws when a contract has run since {@link startWithSchema}, whose address it is given; asked when others can see that this copy lives. */
export async function confirmStartSchema(parts: SchemaParts): Promise<void> {
  const { MIGRATIONS: mode } = parts.config;
  if (mode !== 'off') await confirmSchema(schemaSettings(parts, mode));
}

function schemaSettings(
  { config, project, databaseUrl, log, signal, readiness }: SchemaParts,
  mode: SchemaSettings['mode'],
): SchemaSettings {
  return {
    ...project,
    databaseUrl,
    mode,
    log,
    signal,
    onProgress: ({ phase, ...details }) => readiness.enter(phase, details),
    ...migratorPolicy(config),
    runsContracts: config.CONTRACT === 'auto',
    backup: backupPolicy(config),
  };
}

/**
 * Returns when nothing is wrong any more; throws the failure when it was not repaired in time. What a person does there migrates,
 * except for making a backup and stopping old copies: then we continue ourselves.
 */
async function untilRepaired(
  { config, log, readiness }: SchemaParts,
  settings: SchemaSettings,
  failure: MigratorFailure,
): Promise<void> {
  const deadline = performance.now() + config.MIGRATIONS_HOLD_SECONDS * 1_000;
  let last = failure;
  while (performance.now() < deadline) {
    await sleep(LOOK_EVERY_MS, undefined, { ...(settings.signal && { signal: settings.signal }) });
    const next = (await isOutOfTheWay(settings, last)) ? await failureOf(settings) : undefined;
    if (next !== undefined) {
      log.error({ err: next }, 'still held for a person to fix the database');
      readiness.fail(next.message);
      last = next;
    }
    if ((await schemaFault(settings)) === undefined) return;
  }
  throw last;
}

/** Whether the cause that ended the start is gone, and was not one that a person repairs by migrating. */
async function isOutOfTheWay(settings: SchemaSettings, { type, facts }: MigratorFailure): Promise<boolean> {
  if (type === 'backup-missing') return isBackedUp(settings);
  return facts['isHeldByCopies'] === true && areOldCopiesGone(settings);
}

/** Continues; returns the next failure, which may be another one that a person can repair. */
async function failureOf(settings: SchemaSettings): Promise<MigratorFailure | undefined> {
  try {
    await prepareSchema(settings);
    return undefined;
  } catch (error) {
    if (isRepairable(error)) return error;
    throw error;
  }
}

async function isBackedUp({ databaseUrl, backup }: SchemaSettings): Promise<boolean> {
  const newest = await newestBackup(databaseUrl);
  return newest !== undefined && newest.ageMs <= (backup?.maxAgeMs ?? 0);
}
