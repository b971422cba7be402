/**
 * `node build/bundle-packages.ts FOLDER`: packages that are hundreds of small files, put into few large ones. More than half of what a
 * start imports is in them, and each file costs a search, a read and a compilation of its own. The image has them, and so have tests and
 * the processes that they start.
 *
 * The code is the packages' own and whole; only where it is loaded from differs. `FOLDER/preload.mjs`, given to Node by `--import`, is what
 * makes the difference: without it a process loads the packages themselves.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import type { OutputOptions } from 'rolldown';

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
/** Optional parts of them, which are not installed everywhere, and a logger that starts threads by the path of its files. */
const ELSEWHERE = [
  'pino',
  'pg-native',
  'pg-cloudflare',
  'dataloader',
  'tinyglobby',
  'bufferutil',
  'utf-8-validate',
];
const ROOT = join(import.meta.dirname, '..');
const HOOKS = 'large-files.mjs';

/** How large files are written. Of comments, licences are kept; the rest would only be read and decoded at each start. */
export const OUTPUT: OutputOptions = {
  format: 'esm',
  entryFileNames: '[name]',
  chunkFileNames: '[name]-[hash].mjs',
  comments: { legal: true, annotation: false, jsdoc: false },
};

interface Package {
  readonly name: string;
  readonly exports?: Readonly<Record<string, unknown>>;
}

/** Writes the large files, of the packages that are installed. */
export async function bundlePackages(folder: string): Promise<void> {
  const packages = await Promise.all(PACKAGES.map(readPackage));
  const entries = (await Promise.all(packages.map(entriesOf))).flat();
  await mkdir(folder, { recursive: true });
  const input = await Promise.all(
    entries.map(async (entry) => [fileOf(entry.specifier), await sourceOf(entry, folder)] as const),
  );
  const bundle = await rolldown({
    input: { ...Object.fromEntries(input), [HOOKS]: join(import.meta.dirname, 'large-files.ts') },
    cwd: ROOT,
    platform: 'node',
    treeshake: false,
    external: ELSEWHERE,
    onLog: (level, log) => {
      if (log.code === 'UNRESOLVED_IMPORT') throw new Error(log.message);
    },
  });
  await bundle.write({ ...OUTPUT, dir: folder });
  await bundle.close();
  await writeFile(join(folder, 'preload.mjs'), preloadSource(entries.map(({ specifier }) => specifier)));
}

async function readPackage(name: string): Promise<Package> {
  const described = await readFile(join(ROOT, 'node_modules', name, 'package.json'), 'utf8');
  return JSON.parse(described) as Package;
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
  const names = Object.keys((await import(specifier)) as object);
  const isCommonJs = names.includes('module.exports');
  return {
    specifier,
    names: isCommonJs ? names.filter((name) => /^\w+$/.test(name) && name !== 'default') : undefined,
  };
}

/** Returns what the bundler starts at. */
async function sourceOf({ specifier, names }: Entry, folder: string): Promise<string> {
  const source = fileURLToPath(import.meta.resolve(specifier));
  if (names === undefined) return source;
  const path = join(folder, `named-${fileOf(specifier)}`);
  const named = `export const { ${names.join(', ')} } = whole;`;
  await writeFile(path, `import whole from '${source}';\nexport default whole;\n${named}\n`);
  return path;
}

const fileOf = (specifier: string): string => `${specifier.replaceAll('/', '-')}.mjs`;

function preloadSource(specifiers: readonly string[]): string {
  const files = Object.fromEntries(specifiers.map((specifier) => [specifier, fileOf(specifier)]));
  return `import { loadPackages } from './${HOOKS}';

loadPackages(new URL('.', import.meta.url).href, ${JSON.stringify(files, undefined, 2)});
`;
}

if (import.meta.main) {
  const [, , folder] = process.argv;
  if (folder === undefined) throw new Error('Name the folder that the files are to be in.');
  await bundlePackages(resolve(folder));
}
