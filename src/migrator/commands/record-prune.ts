/** `db migrate --prune`: deletes the records of migrations that have no file in this version and that it does not need. */
import { resolveName } from '../run/state/selection.ts';
import { outlivedOriginals } from '../run/state/squash-rows.ts';
import { alignedLines, timeText } from './text.ts';
import { confirm } from './confirm.ts';
import { findMigration } from './migration-names.ts';
import { withMigrator } from './operator-migrator.ts';
import type { CommandRun } from './declare-command.ts';

/**
 * Deletes those of the originals of squashes, which only versions from before the squash could need; such a version is then refused.
 * What another version has made is listed, and deleted when it is named.
 */
export async function pruneRecords(run: CommandRun): Promise<void> {
  await withMigrator(run, async ({ migrator, databaseUrl }) => {
    const { manifest, tracked, squashes, ahead } = await migrator.state();
    const outlived = outlivedOriginals(manifest, tracked, squashes);
    const unneeded = [...outlived, ...ahead];
    const names = unneeded.map(({ name }) => name);
    const named = run.words.map((word) => resolveName(names, findMigration(names, word)));
    const chosen = named.length === 0 ? outlived : unneeded.filter(({ name }) => named.includes(name));
    if (unneeded.length === 0) return run.say('Every row belongs to a migration that this version has.\n');
    const lines = unneeded.map((row) => [
      chosen.includes(row) ? 'delete' : 'keep',
      row.name,
      row.phase ?? 'phase unknown',
      timeText(row.executedAt.getTime()),
      `by version ${row.appVersion ?? 'unknown'}`,
    ]);
    run.say(alignedLines(lines));
    if (chosen.length < unneeded.length)
      run.say('What is kept may belong to another version; name a row to delete it all the same.\n');
    if (chosen.length === 0) return;
    const what = `This deletes the records of ${chosen.map(({ name }) => name).join(', ')}.`;
    await confirm(run, { what, databaseUrl });
    for (const { name } of chosen) {
      await migrator.pruneRecord(name, { reason: 'db migrate --prune' });
      run.say(`deleted the row of ${name}\n`);
    }
  });
}
