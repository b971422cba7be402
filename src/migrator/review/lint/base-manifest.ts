/** The manifest of the branch that everything is merged into: what is in it others have applied already. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import Type from 'typebox';
import { Value } from 'typebox/value';
import { MigratorFailure } from '../../failure.ts';
import { SharedEntrySchema } from '../../run/state/manifest.ts';
import type { SharedEntry } from '../../run/state/manifest.ts';

/** The part of a manifest that others rely on. */
export interface BaseManifest {
  readonly migrations: readonly SharedEntry[];
}

/** Runs git in a folder. */
export async function git(folder: string, ...words: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)('git', ['-C', folder, ...words]);
  return stdout;
}

const BaseSchema = Type.Object({ migrations: Type.Array(SharedEntrySchema) });

/** Returns the manifest of the main branch, as it was last fetched, else the local one; undefined where there is no git, no such branch or no manifest in it. */
export async function readBaseManifest(folder: string): Promise<BaseManifest | undefined> {
  return (await readManifestAt(folder, 'origin/main')) ?? readManifestAt(folder, 'main');
}

/**
 * Returns the manifest at a branch, tag or commit; an empty one where it has none yet. MigratorFailure `command-invalid` where there is
 * no such branch, tag or commit, or no git.
 */
export async function readBaseManifestAt(folder: string, reference: string): Promise<BaseManifest> {
  try {
    await git(folder, 'rev-parse', '--quiet', '--verify', '--end-of-options', `${reference}^{commit}`);
  } catch (cause) {
    throw new MigratorFailure(
      'command-invalid',
      `There is no branch, tag or commit "${reference}" here to compare with. Fetch it first.`,
      {},
      { cause },
    );
  }
  return (await readManifestAt(folder, reference)) ?? { migrations: [] };
}

/** Returns the manifest there; undefined without git, such a branch, or a manifest in it, which make no difference to a comparison. */
export async function readManifestAt(folder: string, reference: string): Promise<BaseManifest | undefined> {
  try {
    const parsed: unknown = JSON.parse(
      await git(folder, 'show', '--end-of-options', `${reference}:./manifest.json`),
    );
    return Value.Check(BaseSchema, parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}
