/** `db migrate --prune`: deletes the records of migrations that have no file in this version and that it does not need. */
import { resolveName } from '../run/state/selection.ts';
import { outlivedOriginals } from '../run/state/squash-rows.ts';
import { alignedLines, timeText } from './text.ts';
import { confirm } from './confirm.ts';
import { findMigration } from './migration-names.ts';
import { withMigrator } from './operator-migrator.ts';
import type { MigrationState, TrackedMigration } from '../run/state/migration-state.ts';
import type { CommandRun } from './declare-command.ts';

/**
 * Deletes those that an older version left: what nothing knows any more, and the originals of squashes, which only versions from
 * before the squash could need; such a version is then refused. What a newer version may have made is deleted when it is named.
 */
export async function pruneRecords(run: CommandRun): Promise<void> {
  await withMigrator(run, async ({ migrator, databaseUrl }) => {
    const state = await migrator.state();
    const chosen = chooseRows(state, run.words, run.context.project.version);
    run.say(rowsText(state, chosen));
    if (chosen.length === 0) return;
    const what = `This deletes ${chosen.length === 1 ? 'the row' : 'the rows'} of ${chosen.map(({ name }) => name).join(', ')}.`;
    await confirm(run, { what, databaseUrl });
    for (const { name } of chosen) {
      await migrator.pruneRecord(name, { reason: 'db migrate --prune' });
      run.say(`deleted the row of ${name}\n`);
    }
  });
}

function chooseRows(
  state: MigrationState,
  wanted: readonly string[],
  ownVersion: string | undefined,
): readonly TrackedMigration[] {
  const outlived = outlivedOriginals(state.manifest, state.tracked, state.squashes);
  if (wanted.length === 0)
    return [...outlived, ...state.ahead.filter((row) => !mayBeNewer(state, row, ownVersion))];
  const unneeded = [...outlived, ...state.ahead];
  const names = unneeded.map(({ name }) => name);
  const named = new Set(wanted.map((name) => resolveName(names, findMigration(names, name))));
  return unneeded.filter(({ name }) => named.has(name));
}

/**
 * A row that sorts behind this version's last migration, or was written by this version or a newer one, may belong to a
 * version that still runs somewhere. Of the rest no version from now on has the file.
 */
function mayBeNewer(
  { manifest }: MigrationState,
  { name, appVersion, phase }: TrackedMigration,
  ownVersion: string | undefined,
): boolean {
  if (name > (manifest.head ?? '')) return true;
  if (appVersion === null) return phase !== null;
  return ownVersion === undefined || !isOlder(appVersion, ownVersion);
}

/** By the numbers of the two versions; what follows a hyphen does not count. */
function isOlder(version: string, than: string): boolean {
  const others = numbersOf(than);
  for (const [index, number] of numbersOf(version).entries()) {
    const other = others[index] ?? 0;
    if (number !== other) return number < other;
  }
  return false;
}

function numbersOf(version: string): number[] {
  return (version.split('-')[0] ?? '').split('.').map(Number);
}

function rowsText({ ahead }: MigrationState, chosen: readonly TrackedMigration[]): string {
  const rows = [...chosen.filter((row) => !ahead.includes(row)), ...ahead];
  if (rows.length === 0) return 'Every row belongs to a migration that this version has.\n';
  const lines = rows.map((row) => [
    chosen.includes(row) ? 'delete' : 'keep',
    row.name,
    row.phase ?? 'phase unknown',
    timeText(row.executedAt.getTime()),
    row.appVersion === null ? 'by an unknown version' : `by version ${row.appVersion}`,
  ]);
  const kept = rows.length - chosen.length;
  return `${alignedLines(lines)}${kept === 0 ? '' : 'What is kept may belong to a newer version; name a row to delete it all the same.\n'}`;
}
