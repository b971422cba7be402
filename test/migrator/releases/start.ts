/** A release as it is run: it starts, and people give it commands. */
import { findDatabaseCommand } from '../../../src/migrator/commands.ts';
import { prepareSchema, schemaFault } from '../../../src/migrator/run/prepare-schema.ts';
import { MigratorFailure } from '../../../src/migrator/failure.ts';
import { quiet } from '../../support/quiet-log.ts';
import { runOperatorCommand } from '../commands/run-operator-command.ts';
import type { SchemaSettings } from '../../../src/migrator/run/prepare-schema.ts';
import type { Release } from './made-releases.ts';

export type Contracts = 'manual' | 'auto';

const settingsOf = (
  { folder, version }: Release,
  databaseUrl: string,
  contracts: Contracts,
): SchemaSettings => ({
  folder,
  version,
  databaseUrl,
  mode: 'auto',
  log: quiet,
  isProduction: true,
  runsContracts: contracts === 'auto',
});

/** Starts it once; returns what it applied, or its failure. One that starts can serve: nothing that it needs is missing. */
export async function start(
  release: Release,
  databaseUrl: string,
  contracts: Contracts = 'manual',
): Promise<readonly string[] | MigratorFailure> {
  const settings = settingsOf(release, databaseUrl, contracts);
  try {
    const { applied } = await prepareSchema(settings);
    const fault = await schemaFault(settings);
    if (fault !== undefined) throw new Error(`It started, and cannot serve: ${fault}`);
    return applied;
  } catch (error) {
    if (error instanceof MigratorFailure) return error;
    throw error;
  }
}

/** Runs a command with this release, as a message spells it: `db migrate`. */
export async function manage(release: Release, databaseUrl: string, spelling: string) {
  const found = await findDatabaseCommand(spelling.split(' '));
  if (found === undefined) throw new Error(`There is no command "${spelling}".`);
  return runOperatorCommand(found.command, found.argv, {
    databaseUrl,
    folder: release.folder,
    environment: { NODE_ENV: 'production', BACKUP_BEFORE_MIGRATE: 'off' },
  });
}

/** Returns the one command that a message says to run, besides the one that shows the state. */
export function commandIn(message: string): string {
  const commands = [...message.matchAll(/"manage (db [^"]+)"/g)].map(([, words = '']) => words);
  const [only, ...more] = new Set(commands.filter((words) => words !== 'db status'));
  if (only === undefined || more.length > 0) throw new Error(`It names not one command but: ${message}`);
  return only;
}
