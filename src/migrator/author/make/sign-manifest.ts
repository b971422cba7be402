/** Signs what was edited: lists it in the manifest as it is now, unless others already have it as it was. */
import { fileOf } from '../../run/state/entry-name.ts';
import {
  conditionsOf,
  isKnownAs,
  makeManifest,
  readEntryLines,
  writeManifest,
} from '../../run/state/manifest.ts';
import type { BaseManifest } from '../../review/lint/base-manifest.ts';
import type { Manifest, SharedEntry } from '../../run/state/manifest.ts';

/**
 * Returns what others have and is not as they have it, one sentence each: what it does, or under which conditions. How its file spells it
 * may be changed.
 */
export async function sharedFaults(folder: string, others: BaseManifest | undefined): Promise<string[]> {
  const before = await readEntryLines(folder);
  const made = await makeManifest(folder);
  return (others?.migrations ?? []).flatMap((theirs) => faultOf(theirs, made, before) ?? []);
}

export interface Signing {
  /** The files, without `.ts`, that are listed otherwise than before. */
  readonly signed: readonly string[];
  /** What others have and is not as they have it. When there is one, nothing was signed. */
  readonly refused: readonly string[];
}

/**
 * Writes the manifest that the files of a folder make. Signs nothing while a file is gone, which may be a mistake. Without `others`
 * no one else is known to have anything. MigratorFailure `command-invalid` for a file that states no phase.
 */
export async function signManifest(folder: string, others: BaseManifest | undefined): Promise<Signing> {
  const before = await readEntryLines(folder);
  const refused = await sharedFaults(folder, others);
  if (refused.length > 0 || hasLost(before, await makeManifest(folder))) return { signed: [], refused };
  const made = await writeManifest(folder);
  const after = new Map(made.migrations.map((entry) => [entry.name, JSON.stringify(entry)]));
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  const changed = names.filter((name) => before.get(name) !== after.get(name));
  return { signed: [...new Set(changed.map(fileOf))], refused: [] };
}

/** Whether a file is gone that the manifest lists, and that no squash stands for. */
function hasLost(before: ReadonlyMap<string, string>, { migrations }: Manifest): boolean {
  const files = new Set(migrations.map(({ name }) => fileOf(name)));
  const replaced = new Set(migrations.flatMap(({ replaces = [] }) => replaces));
  return [...before.keys()].some((name) => !files.has(fileOf(name)) && !replaced.has(name));
}

function faultOf(
  theirs: SharedEntry,
  { migrations }: Manifest,
  before: ReadonlyMap<string, string>,
): string | undefined {
  const { name, checksum } = theirs;
  const ours = migrations.find((entry) => entry.name === name);
  const file = `${fileOf(name)}.ts`;
  if (ours !== undefined) {
    if (isKnownAs(ours, checksum))
      return conditionsOf(ours) === conditionsOf(theirs)
        ? undefined
        : `${name} states other requires, backfills, replaces or stop than where it is merged: restore them as they are there`;
    return (
      `${name} does something else than where it is merged: restore ${file}, or the recipe that it uses, as it is there, ` +
      'and put the change into a new migration'
    );
  }
  // What this branch has never had it will get by a merge.
  const isGone = before.has(name) && migrations.every(({ replaces = [] }) => !replaces.includes(name));
  return isGone ? `${name} is gone, and it is merged: restore ${file} as it is there` : undefined;
}
