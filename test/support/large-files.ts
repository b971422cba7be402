/**
 * Packages in few large files (`build/bundle-packages.ts`) for tests and for the processes that they start, and the programs' own code
 * (`build/bundle-sources.ts`) for those processes, as in the image. A process is without them when its `NODE_OPTIONS` are empty, as one of
 * `test/server/boot.test.ts`.
 */
import { createHash } from 'node:crypto';
import { glob, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const ROOT = join(import.meta.dirname, '../..');
const PACKAGES = join(ROOT, 'node_modules/.cache/test-packages');
const PROGRAMS = join(ROOT, 'node_modules/.cache/test-programs');

/** The address of the module that makes a process load packages from there; there once {@link makeLargeFiles} has run. */
export const PACKAGES_PRELOAD = preloadOf(PACKAGES);

/** The same for packages and programs. */
export const PROGRAMS_PRELOAD = preloadOf(PROGRAMS);

/** Writes the large files, unless they are there for what is installed and for the sources as they are. */
export async function makeLargeFiles(): Promise<void> {
  const made = [join(ROOT, 'node_modules/.package-lock.json'), ...(await filesOf('build/*.ts'))];
  const packagesKey = await keyOf(made);
  // The bundler is loaded only where there is something to bundle.
  await unlessThere(PACKAGES, packagesKey, async (draft) => {
    await (await import('../../build/bundle-packages.ts')).bundlePackages(draft);
  });
  const sources = (await filesOf('src/**/*.ts')).filter((file) => !file.endsWith('.test.ts'));
  const programsKey = packagesKey + (await keyOf([join(ROOT, 'package.json'), ...sources]));
  await unlessThere(PROGRAMS, programsKey, async (draft) => {
    await (await import('../../build/bundle-sources.ts')).bundleSources(draft, PACKAGES);
  });
}

async function filesOf(pattern: string): Promise<readonly string[]> {
  return (await Array.fromAsync(glob(join(ROOT, pattern)))).sort();
}

async function keyOf(files: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const file of files) hash.update(file).update(await readFile(file));
  return hash.digest('hex');
}

/** Has a folder made beside where it is to be, so that it is never there in parts. */
async function unlessThere(
  folder: string,
  key: string,
  make: (draft: string) => Promise<void>,
): Promise<void> {
  if ((await readFile(join(folder, 'key'), 'utf8').catch(() => undefined)) === key) return;
  const draft = `${folder}.${process.pid}`;
  await make(draft);
  await writeFile(join(draft, 'key'), key);
  await rm(folder, { recursive: true, force: true });
  await rename(draft, folder).catch(async (error: unknown) => {
    // Another run wrote it at the same moment; its files are the same.
    await rm(draft, { recursive: true, force: true });
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOTEMPTY')) throw error;
  });
}

function preloadOf(folder: string): string {
  return pathToFileURL(join(folder, 'preload.mjs')).href;
}
