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

const run = promisify(execFile);

/** Where the main branch is: as it was last fetched, else the local one. */
const BRANCHES = ['origin/main', 'main'];

const BaseSchema = Type.Object({ migrations: Type.Array(SharedEntrySchema) });

/** Returns the manifest of the main branch; undefined where there is no git, no such branch or no manifest in it. */
export async function readBaseManifest(folder: string): Promise<BaseManifest | undefined> {
  for (const branch of BRANCHES) {
    const base = await readAt(folder, branch);
    if (base !== undefined) return base;
  }
  return undefined;
}

/**
 * Returns the manifest at a branch, tag or commit; an empty one where it has none yet. MigratorFailure `command-invalid` where there is
 * no such branch, tag or commit, or no git.
 */
export async function readBaseManifestAt(folder: string, reference: string): Promise<BaseManifest> {
  if (!(await isKnown(folder, reference))) {
    throw new MigratorFailure(
      'command-invalid',
      `There is no branch, tag or commit "${reference}" here to compare with. Fetch it first.`,
    );
  }
  return (await readAt(folder, reference)) ?? { migrations: [] };
}

function isKnown(folder: string, reference: string): Promise<boolean> {
  const verify = ['rev-parse', '--quiet', '--verify', '--end-of-options', `${reference}^{commit}`];
  return run('git', ['-C', folder, ...verify]).then(
    () => true,
    () => false,
  );
}

async function readAt(folder: string, reference: string): Promise<BaseManifest | undefined> {
  try {
    const { stdout } = await run('git', ['-C', folder, 'show', `${reference}:./manifest.json`]);
    const parsed: unknown = JSON.parse(stdout);
    return Value.Check(BaseSchema, parsed) ? parsed : undefined;
  } catch {
    // No git, no such branch, or no such file at it: all the same to anyone who wants to compare.
    return undefined;
  }
}
