/** Signs edited migrations that nobody else has: the manifest then lists them as they are now. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readBaseManifestAt } from '../review/lint/base-manifest.ts';
import { makeManifest, manifestText, readManifest, writeManifest } from '../run/state/manifest.ts';
import type { BaseManifest } from '../review/lint/lint-subject.ts';
import type { Manifest } from '../run/state/manifest.ts';

/**
 * Writes the manifest that the files make when it differs only in migrations that the base does not have, and returns these.
 * Where others have one of them, or the manifest cannot be read, nothing is written: that is for a person to settle.
 */
export async function signOwn(folder: string, base: BaseManifest | undefined): Promise<string[]> {
  const signed = await readManifest(folder).catch(() => undefined);
  if (signed === undefined) return [];
  const wanted = await makeManifest(folder);
  const differing = differences(signed, wanted);
  const others = base ?? (await readBaseManifestAt(folder, 'HEAD').catch(() => undefined));
  const theirs = new Set(others?.migrations.map(({ name }) => name));
  if (differing.some((name) => theirs.has(name))) return [];
  if ((await readFile(join(folder, 'manifest.json'), 'utf8')) === manifestText(wanted)) return [];
  await writeManifest(folder);
  return differing;
}

/** The names whose line is not the same in both. */
function differences(one: Manifest, other: Manifest): string[] {
  const [ones, others] = [linesOf(one), linesOf(other)];
  return [...new Set([...ones.keys(), ...others.keys()])].filter(
    (name) => ones.get(name) !== others.get(name),
  );
}

function linesOf({ migrations }: Manifest): Map<string, string> {
  return new Map(migrations.map((entry) => [entry.name, JSON.stringify(entry)]));
}
