/** Packages in few large files (`build/bundle-packages.ts`) for tests and for the processes that they start. A process is without them when its `NODE_OPTIONS` are empty, as one of `test/server/boot.test.ts`. */
import { createHash } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const ROOT = join(import.meta.dirname, '../..');
const FOLDER = join(ROOT, 'node_modules/.cache/test-packages');
const BUNDLER = join(ROOT, 'build/bundle-packages.ts');

/** The address of the module that makes a process load them from there; there once {@link bundlePackages} has run. */
export const PRELOAD = pathToFileURL(join(FOLDER, 'preload.mjs')).href;

/** Writes the large files, unless they are there for what is installed. */
export async function bundlePackages(): Promise<void> {
  const installed = await readFile(join(ROOT, 'node_modules/.package-lock.json'), 'utf8');
  const key = createHash('sha256')
    .update(await readFile(BUNDLER))
    .update(installed)
    .digest('hex');
  if ((await readFile(join(FOLDER, 'key'), 'utf8').catch(() => undefined)) === key) return;
  const draft = `${FOLDER}.${process.pid}`;
  // The bundler is loaded only where there is something to bundle.
  const { bundlePackages: bundle } = await import('../../build/bundle-packages.ts');
  await bundle(draft);
  await writeFile(join(draft, 'key'), key);
  await rm(FOLDER, { recursive: true, force: true });
  await rename(draft, FOLDER).catch(async (error: unknown) => {
    // Another run wrote it at the same moment; its files are the same.
    await rm(draft, { recursive: true, force: true });
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOTEMPTY')) throw error;
  });
}
