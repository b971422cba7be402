/** `db migrate --fake` and `--unfake`: what is on record as applied, changed with a reason and without running anything. */
import { unfakeNames } from '../run/state/fake-record.ts';
import { resolveNames } from '../run/state/selection.ts';
import { misuse } from './io.ts';
import { confirm } from './confirm.ts';
import { findMigration, withoutApp } from './migration-names.ts';
import { withMigrator } from './operator-migrator.ts';
import type { MigrationState } from '../run/state/migration-state.ts';
import type { CommandRun } from './declare-command.ts';

interface FakeWords {
  readonly through?: true;
  readonly reason?: string;
  readonly by?: string;
}

/** Records migrations as applied. */
export async function fakeMigrations(run: CommandRun, { through, reason, by }: FakeWords): Promise<void> {
  const told = { reason: demandReason(reason), ...(by !== undefined && { by }) };
  if (run.words.length === 0)
    throw misuse('--fake wants the name of a migration; manage db status lists them.');
  await withMigrator(run, async ({ migrator }) => {
    const state = await migrator.state();
    const known = state.manifest.migrations.map(({ name }) => name);
    const words = withoutApp(run.words, known, run.io);
    if (through === true && words.length > 1)
      throw misuse(`--through goes up to one migration, and was given ${words.join(' ')}.`);
    const applied = new Set(state.tracked.map(({ name }) => name));
    const names = words.flatMap((word) => {
      const meant = resolveNames(known, findMigration(known, word));
      // Of a file whose first steps are applied, the rest is meant.
      const open = meant.filter((name) => !applied.has(name));
      return open.length > 0 ? open : meant;
    });
    refuseReplaced(state, names);
    const [first = ''] = names;
    const before =
      through === true ? state.pending.map(({ name }) => name).filter((name) => name < first) : [];
    for (const name of await migrator.recordFake([...before, ...names], told))
      run.say(`recorded ${name} as applied; it did not run\n`);
  });
}

/** Forgets one. For one that did run it asks. */
export async function unfakeMigration(run: CommandRun, words: Pick<FakeWords, 'reason'>): Promise<void> {
  const reason = demandReason(words.reason);
  await withMigrator(run, async ({ migrator, databaseUrl }) => {
    const state = await migrator.state();
    const known = state.manifest.migrations.map((entry) => entry.name);
    const [wanted, ...more] = withoutApp(run.words, known, run.io);
    if (wanted === undefined || more.length > 0)
      throw misuse('--unfake wants the name of one migration; manage db status lists them.');
    const [name = wanted] = unfakeNames(state, wanted);
    if (!known.includes(name))
      throw misuse(
        `Nothing was done: this version has no migration ${name}, so it would never run again. ` +
          'Records of such are deleted by manage db migrate --prune.',
      );
    if (state.tracked.find((row) => row.name === name)?.kind !== 'fake') {
      const what = `${name} ran on this database, and the next start runs it again: it may fail, or do it twice.`;
      await confirm(run, { what, databaseUrl });
    }
    await migrator.removeRecord(name, { reason });
    run.say(`${name} is not recorded any more; nothing was reverted\n`);
  });
}

/** The migrator refuses what is applied; what a squash stands for is refused here. */
function refuseReplaced({ tracked, pending }: MigrationState, names: readonly string[]): void {
  const replaced = names.find((name) => ![...tracked, ...pending].some((each) => each.name === name));
  if (replaced === undefined) return;
  throw misuse(
    `Nothing was done: a squash or its originals stand for ${replaced} on this database. See manage db status.`,
  );
}

/** Anyone who reads it in a year knows nothing else. */
function demandReason(reason: string | undefined): string {
  const text = reason?.trim() ?? '';
  if (text === '') throw misuse('Say why with --reason "…"; db status shows it to anyone who wonders.');
  return text;
}
