/** Signs edited migrations that nobody else has: the manifest then lists them as they are now. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readBaseManifestAt } from '../review/lint/base-manifest.ts';
import { makeManifest, manifestText, readManifest, writeManifest } from '../run/state/manifest.ts';
import type { BaseManifest } from '../review/lint/lint-subject.ts';
import type { Manifest } from '../run/state/manifest.ts';

interface Signing {
  /** What is listed otherwise than before. */
  readonly signed: readonly string[];
  /** What others have and is not as they have it, one sentence each. When there is one, nothing was signed. */
  readonly refused: readonly string[];
}

/** Writes the manifest that the files make, unless that says something else of what others have. One that cannot be read is left alone. */
export async function signManifest(folder: string, base: BaseManifest | undefined): Promise<Signing> {
  const before = await readManifest(folder).catch(() => undefined);
  if (before === undefined) return { signed: [], refused: [] };
  const made = await makeManifest(folder);
  const differing = differences(before, made);
  const others = base ?? (await readBaseManifestAt(folder, 'HEAD').catch(() => undefined));
  const theirs = new Set(others?.migrations.map(({ name }) => name));
  const refused = differing.filter((name) => theirs.has(name));
  if (refused.length > 0)
    return { signed: [], refused: refused.map((name) => `${name} is not as others have it.`) };
  const isSame = (await readFile(join(folder, 'manifest.json'), 'utf8')) === manifestText(made);
  if (!isSame) await writeManifest(folder);
  return { signed: differing, refused: [] };
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
