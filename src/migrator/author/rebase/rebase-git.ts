/** Asks git which migrations another branch has. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { MigratorFailure } from '../../failure.ts';

const run = promisify(execFile);

/** Where the migrations of everybody are, unless one says otherwise. */
const MAIN_BRANCHES = ['main', 'origin/main'];

/** The migrations that other branches have. */
export interface OtherBranches {
  readonly references: readonly string[];
  readonly names: ReadonlySet<string>;
}

/**
 * Reads the names of a folder's migrations at `onto`, or at the main branch, its own and the server's copy of it together:
 * either may be the newer one. MigratorFailure `command-invalid` when git knows none.
 */
export async function migrationsElsewhere(folder: string, onto: string | undefined): Promise<OtherBranches> {
  const references = onto === undefined ? await mainReferences(folder) : [onto];
  if (references.length === 0) {
    throw new MigratorFailure(
      'command-invalid',
      'git knows no branch "main" besides this one. Say --onto BRANCH, or name your migrations with --own.',
    );
  }
  const lists = await Promise.all(references.map((reference) => namesAt(folder, reference)));
  return { references, names: new Set(lists.flat()) };
}

async function mainReferences(folder: string): Promise<string[]> {
  const current = await git(folder, 'symbolic-ref', '--quiet', '--short', 'HEAD').catch(() => '');
  const known = await Promise.all(
    MAIN_BRANCHES.filter((branch) => branch !== current.trim()).map((branch) =>
      git(folder, 'rev-parse', '--verify', '--quiet', `${branch}^{commit}`).then(
        () => [branch],
        () => [],
      ),
    ),
  );
  return known.flat();
}

async function namesAt(folder: string, reference: string): Promise<string[]> {
  // A name that looks like an option would be taken for one.
  const name = reference.startsWith('-') ? '' : reference;
  const list = await git(folder, 'ls-tree', '--name-only', name, './').catch((cause: unknown) => {
    throw new MigratorFailure(
      'command-invalid',
      `git cannot list the migrations at "${reference}". Say --onto BRANCH, or name your migrations with --own.`,
      {},
      { cause },
    );
  });
  return list
    .split('\n')
    .filter((file) => /^Migration.*\.ts$/.test(file))
    .map((file) => file.replace(/\.ts$/, ''));
}

async function git(folder: string, ...words: readonly string[]): Promise<string> {
  const { stdout } = await run('git', ['-C', folder, ...words]);
  return stdout;
}
