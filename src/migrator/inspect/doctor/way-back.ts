/** What going back would take away: the statements of each `down`, and how many rows they would lose. Writes nothing. */
import { MigratorFailure } from '../../failure.ts';
import { loadEntries } from '../../run/state/load-migrations.ts';
import { assertReversible } from '../../run/plan/migration-plan.ts';
import { renderSql } from '../../run/execute/render-sql.ts';
import { findRemovals } from './find-removals.ts';
import { countLoss } from './count-loss.ts';
import type { ManifestEntry } from '../../run/state/manifest.ts';
import type { Query } from '../../run/connect/query.ts';
import type { MigrationParts } from '../../run/execute/render-sql.ts';
import type { Loss } from './count-loss.ts';
import type { Comparison } from './reader.ts';

/** One migration to revert. */
export interface StepBack {
  readonly name: string;
  /** Undefined when it asks the database while it runs, so that its SQL and its losses cannot be told. */
  readonly statements: readonly string[] | undefined;
  readonly losses: readonly Loss[];
  /** Whether it was recorded without having run: what its `down` takes away may not be there. */
  readonly isFaked: boolean;
}

/** Returns the steps in the order in which they are taken. MigratorFailure `command-invalid` when one of them cannot be taken. */
export async function lookBack(
  { folder, tracked }: Comparison,
  entries: readonly ManifestEntry[],
  {
    query,
    parts,
    isProduction,
  }: { readonly query: Query; readonly parts: MigrationParts; readonly isProduction: boolean },
): Promise<StepBack[]> {
  const migrations = await loadEntries(
    folder,
    entries.map(({ name }) => name),
  );
  assertReversible(migrations);
  if (isProduction) refuseContracts(entries);
  const steps: StepBack[] = [];
  for (const migration of migrations) {
    const statements = await renderSql(migration, 'down', parts);
    const losses: Loss[] = [];
    for (const removal of findRemovals(statements ?? [])) {
      // What a backfill has on record is the migrator's own, and nobody's loss.
      if (removal.kind === 'rows' && /(?:^|\.)"?backfill_jobs"?$/i.test(removal.table)) continue;
      const loss = await countLoss(query, removal);
      // A type that everything fits takes nothing away.
      if (loss.kind !== 'values' || loss.rows !== 0) losses.push(loss);
    }
    const isFaked = tracked.some(({ name, kind }) => name === migration.name && kind === 'fake');
    steps.push({ name: migration.name, statements, losses, isFaked });
  }
  return steps;
}

/** What a contract took away, its `down` makes again and empty; the server that runs now does not use it. */
function refuseContracts(entries: readonly ManifestEntry[]): void {
  const contracts = entries.filter(({ phase }) => phase === 'contract').map(({ name }) => name);
  if (contracts.length === 0) return;
  throw new MigratorFailure(
    'command-invalid',
    `Nothing was reverted: this is production, and there is no way back over a contract: ${contracts.join(', ')}. ` +
      'What it took away does not come back. Write a new migration that leads on, or restore a backup.',
  );
}
