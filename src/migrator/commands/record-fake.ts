/** `db migrate --fake` and `--unfake`: what is on record as applied, changed with a reason and without running anything. */
import { unfakeNames } from '../run/state/fake-record.ts';
import { misuse } from './io.ts';
import { confirm } from './confirm.ts';
import { findMigration, withoutApp } from './migration-names.ts';
import { withMigrator } from './operator-migrator.ts';
import type { CommandRun } from './declare-command.ts';

interface FakeWords {
  readonly through?: true;
  readonly reason?: string;
}

/** Records migrations as applied. */
export async function fakeMigrations(run: CommandRun, { through, ...words }: FakeWords): Promise<void> {
  const reason = requireReason(words.reason);
  if (run.words.length === 0)
    throw misuse('--fake needs the name of a migration; manage db status lists them.');
  await withMigrator(run, async ({ migrator }) => {
    const known = (await migrator.state()).manifest.migrations.map(({ name }) => name);
    const named = withoutApp(run.words, known, run.io);
    if (through === true && named.length > 1)
      throw misuse(`--through goes up to one migration, and was given ${named.join(' ')}.`);
    const names = named.map((word) => findMigration(known, word));
    for (const name of await migrator.recordFake(names, { reason, isThrough: through === true }))
      run.say(`recorded ${name} as applied; it did not run\n`);
  });
}

/** Forgets one. For one that did run it asks. */
export async function unfakeMigration(run: CommandRun, words: FakeWords): Promise<void> {
  const reason = requireReason(words.reason);
  await withMigrator(run, async ({ migrator, databaseUrl }) => {
    const state = await migrator.state();
    const known = state.manifest.migrations.map((entry) => entry.name);
    const [wanted, ...more] = withoutApp(run.words, known, run.io);
    if (wanted === undefined || more.length > 0)
      throw misuse('--unfake needs the name of one migration; manage db status lists them.');
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

/** Later readers know nothing else about it. */
function requireReason(reason: string | undefined): string {
  const text = reason?.trim() ?? '';
  if (text === '') throw misuse('Say why with --reason "…"; db status shows the reason.');
  return text;
}
