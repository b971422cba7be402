/** Signs what was edited: lists it in the manifest as it is now, unless somebody else has it as it was. */
import { fileOf } from '../../run/state/entry-name.ts';
import { isKnownAs, makeManifest, readEntryLines, writeManifest } from '../../run/state/manifest.ts';
import type { Manifest, ManifestEntry } from '../../run/state/manifest.ts';

/** The manifest of the branch that everything is merged into, as far as it matters here. */
export interface OthersManifest {
  readonly migrations: readonly Pick<ManifestEntry, 'name' | 'checksum'>[];
}

export interface Signing {
  /** The files, without `.ts`, that are listed otherwise than before. */
  readonly signed: readonly string[];
  /** What others have and is not as they have it, one sentence each. When there is one, nothing was signed. */
  readonly refused: readonly string[];
}

/**
 * Writes the manifest that the files of a folder make. What the others have must do what it does there; how its file spells it may be
 * changed. Without `others` nobody else is known to have anything. MigratorFailure `command-invalid` for a file that states no phase.
 */
export async function signManifest(folder: string, others: OthersManifest | undefined): Promise<Signing> {
  const before = await readEntryLines(folder);
  const made = await makeManifest(folder);
  const refused = (others?.migrations ?? []).flatMap((theirs) => refusal(theirs, made, before) ?? []);
  if (refused.length > 0) return { signed: [], refused };
  await writeManifest(folder);
  const after = new Map(made.migrations.map((entry) => [entry.name, JSON.stringify(entry)]));
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  const changed = names.filter((name) => before.get(name) !== after.get(name));
  return { signed: [...new Set(changed.map(fileOf))], refused: [] };
}

function refusal(
  { name, checksum }: OthersManifest['migrations'][number],
  { migrations }: Manifest,
  before: ReadonlyMap<string, string>,
): string | undefined {
  const ours = migrations.find((entry) => entry.name === name);
  const file = `${fileOf(name)}.ts`;
  if (ours !== undefined) {
    return isKnownAs(ours, checksum)
      ? undefined
      : `${name} does something else than where everybody has it: bring ${file}, or the recipe that it uses, back as it is there, ` +
          'and put the change into a new migration';
  }
  // What this branch has never had it will get by a merge.
  const isGone = before.has(name) && migrations.every(({ replaces = [] }) => !replaces.includes(name));
  return isGone ? `${name} is gone, and everybody has it: bring ${file} back as it is there` : undefined;
}
