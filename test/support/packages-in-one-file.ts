/**
 * Packages that are hundreds of small files, put into few large ones for the processes that tests start. Nearly half of
 * what such a process imports is in them, and each file costs a search, a read and a compilation of its own.
 *
 * The code is the package's own and whole; only where it is loaded from differs. A process is without this when its
 * `NODE_OPTIONS` are empty, as one of `test/server/boot.test.ts`.
 */
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** They import no other package, and nothing of them is loaded by its path. */
const PACKAGES = ['typebox', 'kysely'];
const ROOT = join(import.meta.dirname, '../..');
const FOLDER = join(ROOT, 'node_modules/.cache/test-packages');

/** The address of the module that makes a process load them from there; there once {@link bundlePackages} has run. */
export const PRELOAD = pathToFileURL(join(FOLDER, 'preload.mjs')).href;

interface Package {
  readonly name: string;
  readonly version: string;
  readonly exports: Readonly<Record<string, unknown>>;
}

/** Writes the large files, unless they are there for the installed versions. */
export async function bundlePackages(): Promise<void> {
  const packages = await Promise.all(PACKAGES.map(readPackage));
  const versions = packages.map(({ name, version }) => `${name} ${version}`).join('\n');
  if ((await readFile(join(FOLDER, 'versions'), 'utf8').catch(() => undefined)) === versions) return;
  const draft = `${FOLDER}.${process.pid}`;
  await writeBundle(draft, packages.flatMap(specifiersOf));
  await writeFile(join(draft, 'versions'), versions);
  await rm(FOLDER, { recursive: true, force: true });
  await rename(draft, FOLDER).catch(async (error: unknown) => {
    // Another run wrote it at the same moment; its files are the same.
    await rm(draft, { recursive: true, force: true });
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOTEMPTY')) throw error;
  });
}

async function readPackage(name: string): Promise<Package> {
  return JSON.parse(await readFile(join(ROOT, 'node_modules', name, 'package.json'), 'utf8'));
}

/** All that can be imported of it: a part that was left out would be loaded a second time from the package. */
function specifiersOf({ name, exports }: Package): string[] {
  return Object.keys(exports)
    .filter((path) => !path.endsWith('.json'))
    .map((path) => join(name, path));
}

/** What is used of the bundler, which vitest brings. */
interface Bundler {
  rolldown(options: object): Promise<{ write(options: object): Promise<unknown>; close(): Promise<void> }>;
}

async function writeBundle(folder: string, specifiers: readonly string[]): Promise<void> {
  const ofVitest = createRequire(join(ROOT, 'node_modules/vitest/package.json'));
  const bundler: Bundler = await import(pathToFileURL(ofVitest.resolve('rolldown')).href);
  const input = Object.fromEntries(specifiers.map((specifier) => [fileOf(specifier), specifier]));
  const bundle = await bundler.rolldown({ input, cwd: ROOT, platform: 'node', treeshake: false });
  const names = { entryFileNames: '[name]', chunkFileNames: '[name]-[hash].mjs' };
  await bundle.write({ dir: folder, format: 'esm', ...names });
  await bundle.close();
  await writeFile(join(folder, 'preload.mjs'), preloadSource(specifiers));
}

const fileOf = (specifier: string): string => `${specifier.replaceAll('/', '-')}.mjs`;

function preloadSource(specifiers: readonly string[]): string {
  const files = specifiers.map((specifier) => [specifier, fileOf(specifier)]);
  return `import { registerHooks } from 'node:module';

const files = new Map(${JSON.stringify(files)});

registerHooks({
  resolve(specifier, context, next) {
    const file = files.get(specifier);
    if (file === undefined) return next(specifier, context);
    return { url: new URL(file, import.meta.url).href, format: 'module', shortCircuit: true };
  },
});
`;
}
