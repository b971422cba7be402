/**
 * Packages that are hundreds of small files, put into few large ones for tests and for the processes that they start. More than half of
 * what such a process imports is in them, and each file costs a search, a read and a compilation of its own. The project's own
 * files are loaded from where they are, without the search.
 *
 * The code is the packages' own and whole; only where it is loaded from differs. A process is without this when its
 * `NODE_OPTIONS` are empty, as one of `test/server/boot.test.ts`.
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Nothing of them is loaded by its path, and none looks for files beside its own. */
const PACKAGES = [
  'typebox',
  'kysely',
  '@mikro-orm/core',
  '@mikro-orm/sql',
  '@mikro-orm/postgresql',
  '@mikro-orm/migrations',
  'undici',
  'ws',
  'fastify',
  '@fastify/cookie',
  '@fastify/multipart',
  '@fastify/rate-limit',
  '@fastify/swagger',
  '@fastify/websocket',
];
/** Optional parts of them that are not installed, and a logger that starts threads by the path of its files. */
const ELSEWHERE = ['pino', 'pg-native', 'dataloader', 'bufferutil', 'utf-8-validate'];
const ROOT = join(import.meta.dirname, '../..');
const FOLDER = join(ROOT, 'node_modules/.cache/test-packages');

/** The address of the module that makes a process load them from there; there once {@link bundlePackages} has run. */
export const PRELOAD = pathToFileURL(join(FOLDER, 'preload.mjs')).href;

interface Package {
  readonly name: string;
  readonly exports?: Readonly<Record<string, unknown>>;
}

/** Writes the large files, unless they are there for what is installed. */
export async function bundlePackages(): Promise<void> {
  const installed = await readFile(join(ROOT, 'node_modules/.package-lock.json'), 'utf8');
  const key = createHash('sha256')
    .update(await readFile(import.meta.filename))
    .update(installed)
    .digest('hex');
  if ((await readFile(join(FOLDER, 'key'), 'utf8').catch(() => undefined)) === key) return;
  const draft = `${FOLDER}.${process.pid}`;
  const packages = await Promise.all(PACKAGES.map(readPackage));
  await writeBundle(draft, (await Promise.all(packages.map(entriesOf))).flat());
  await writeFile(join(draft, 'key'), key);
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

/** What can be imported of a package under one name. */
interface Entry {
  readonly specifier: string;
  /** Of a CommonJS module: Node finds them as it loads one, a bundler does not. */
  readonly names: readonly string[] | undefined;
}

/** All that can be imported of it: a part that was left out would be loaded a second time from the package. */
async function entriesOf({ name, exports = { '.': name } }: Package): Promise<readonly Entry[]> {
  const paths = Object.keys(exports).filter((path) => !path.endsWith('.json'));
  return Promise.all(paths.map((path) => entryOf(join(name, path))));
}

async function entryOf(specifier: string): Promise<Entry> {
  const names = Object.keys(await import(specifier));
  const isCommonJs = names.includes('module.exports');
  return {
    specifier,
    names: isCommonJs ? names.filter((name) => /^\w+$/.test(name) && name !== 'default') : undefined,
  };
}

/** What is used of the bundler, which vitest brings. */
interface Bundler {
  rolldown(options: object): Promise<{ write(options: object): Promise<unknown>; close(): Promise<void> }>;
}

async function writeBundle(folder: string, entries: readonly Entry[]): Promise<void> {
  const ofVitest = createRequire(join(ROOT, 'node_modules/vitest/package.json'));
  const bundler: Bundler = await import(pathToFileURL(ofVitest.resolve('rolldown')).href);
  await mkdir(folder, { recursive: true });
  const input = await Promise.all(
    entries.map(async (entry) => [fileOf(entry.specifier), await sourceOf(entry, folder)] as const),
  );
  const bundle = await bundler.rolldown({
    input: Object.fromEntries(input),
    cwd: ROOT,
    platform: 'node',
    treeshake: false,
    external: ELSEWHERE,
  });
  const names = { entryFileNames: '[name]', chunkFileNames: '[name]-[hash].mjs' };
  await bundle.write({ dir: folder, format: 'esm', ...names });
  await bundle.close();
  await writeFile(join(folder, 'preload.mjs'), preloadSource(entries.map(({ specifier }) => specifier)));
}

/** Returns what the bundler starts at. */
async function sourceOf({ specifier, names }: Entry, folder: string): Promise<string> {
  if (names === undefined) return specifier;
  const path = join(folder, `named-${fileOf(specifier)}`);
  const named = `export const { ${names.join(', ')} } = whole;`;
  await writeFile(path, `import whole from '${specifier}';\nexport default whole;\n${named}\n`);
  return path;
}

const fileOf = (specifier: string): string => `${specifier.replaceAll('/', '-')}.mjs`;

function preloadSource(specifiers: readonly string[]): string {
  const files = specifiers.map((specifier) => [specifier, fileOf(specifier)]);
  return `import { registerHooks } from 'node:module';

const files = new Map(${JSON.stringify(files)});

registerHooks({
  resolve(specifier, context, next) {
    // A file of the project's own, named as it is: Node would look for links and for what kind of package it is in, each time.
    const isFile = specifier.startsWith('.') && specifier.endsWith('.ts') && context.parentURL !== undefined;
    if (isFile)
      return { url: new URL(specifier, context.parentURL).href, format: 'module-typescript', shortCircuit: true };
    const file = files.get(specifier);
    if (file === undefined) return next(specifier, context);
    return { url: new URL(file, import.meta.url).href, format: 'module', shortCircuit: true };
  },
});
`;
}
