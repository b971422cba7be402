/** `db migrate --contract`: runs the contracts that nothing prevents, and names what prevents the others. */
import { MigratorFailure } from '../failure.ts';
import { leftoversOf } from '../run/plan/contract-gate.ts';
import { judgeContracts } from '../run/plan/refuse-contracts.ts';
import { openContracts } from '../run/state/migration-state.ts';
import { resolveNames } from '../run/state/selection.ts';
import { misuse } from './io.ts';
import { confirm } from './confirm.ts';
import { findMigration, joinSteps } from './migration-names.ts';
import { backUpFirst, printEach } from './migrate-run.ts';
import { withMigrator } from './operator-migrator.ts';
import type { ManifestEntry } from '../run/state/manifest.ts';
import type { MigrationState } from '../run/state/migration-state.ts';
import type { CommandRun } from './declare-command.ts';

/** Prints what waits, or of that what is named, and runs what may run. */
export async function runContracts(run: CommandRun, words: { readonly 'dry-run'?: true }): Promise<void> {
  await withMigrator(run, async (opened) => {
    const { migrator, orm, databaseUrl } = opened;
    const query = <Row extends object>(sql: string) => orm.driver.execute<Row[]>(sql);
    const state = await migrator.state();
    const contracts = select(state, run.words);
    const { free, blocked } = await judgeContracts(query, state, contracts, await leftoversOf(query));
    const names = free.map(({ name }) => name);
    if (contracts.length === 0) run.say('No contract waits.\n');
    for (const joined of joinSteps(names)) run.say(`${joined}: may run\n`);
    for (const { entry, obstacles } of blocked)
      run.say(`${entry.name}: has to wait\n${obstacles.map((each) => `  ${each}\n`).join('')}`);
    if (words['dry-run'] !== true && free.length > 0) {
      const what = `What ${joinSteps(names).join(', ')} removes cannot be restored.`;
      await confirm(run, { what, databaseUrl });
      await backUpFirst(run, opened);
      printEach(migrator, run, 'applied');
      // One at a time: each is judged again under the lock.
      for (const name of names) await migrator.up({ migrations: [name] });
    }
    if (blocked.length === 0) return;
    // After what may run has run, so that a script sees that something is left.
    const sentences = blocked.map(
      ({ entry, obstacles }) => `${entry.name} has to wait: ${obstacles.join('; ')}.`,
    );
    throw new MigratorFailure('contract-refused', sentences.join(' '));
  });
}

function select(state: MigrationState, names: readonly string[]): readonly ManifestEntry[] {
  const waiting = openContracts(state);
  if (names.length === 0) return waiting;
  const { migrations } = state.manifest;
  const known = migrations.map(({ name }) => name);
  const wanted = names.flatMap((name) => {
    const named = resolveNames(known, findMigration(known, name));
    const meant = migrations.filter((entry) => named.includes(entry.name));
    const contracts = meant.filter(({ phase }) => phase === 'contract');
    if (contracts.length > 0) return contracts;
    throw misuse(
      `Nothing was done: ${named.join(', ')} is no contract but ${meant[0]?.phase}; manage db migrate applies it.`,
    );
  });
  return waiting.filter((entry) => wanted.includes(entry));
}
