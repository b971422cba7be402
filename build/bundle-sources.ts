/**
 * `node build/bundle-sources.ts FOLDER PACKAGES`: the programs' own code, near a thousand files, put into few large ones, without types.
 * `FOLDER/preload.mjs`, given to Node by `--import`, loads a program from there, and packages from what `bundle-packages.ts` wrote into PACKAGES;
 * what Node is to start is still named by its source. Stacks name sources and lines, too. The sources stay beside them: migrations are
 * loaded from there, and files looked for.
 */
import { writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { rolldown } from 'rolldown';
import type { Plugin } from 'rolldown';
import { OUTPUT } from './bundle-packages.ts';
import type { LargeFiles } from './large-files.ts';

const SOURCES = join(import.meta.dirname, '../src');
const THREADS = ['backtests/backtest-worker.ts', 'prices/import/import-worker.ts'];
/** What migrations import. They must get the same class that the program has. */
const RECIPES = 'migrator/recipes.ts';
/** What is built together, for itself: a program with few files has more in each. */
const PROGRAMS: Readonly<Record<string, readonly string[]>> = {
  server: ['main.ts', ...THREADS, RECIPES],
  manage: ['manage.ts', RECIPES],
};

/** Writes the large files. `packages` has those of the packages. */
export async function bundleSources(folder: string, packages: string): Promise<void> {
  for (const [name, paths] of Object.entries(PROGRAMS)) await bundleProgram(join(folder, name), paths);
  await bundlePreload(folder);
  const programs = Object.entries(PROGRAMS).flatMap(([name, paths]) => {
    const files = Object.fromEntries(paths.map((path) => [path, `${name}/${fileOf(path)}`]));
    return paths.filter((path) => path !== RECIPES).map((path) => [path, files] as const);
  });
  await writeFile(
    join(folder, 'preload.mjs'),
    preloadSource(relative(folder, packages), relative(folder, SOURCES), Object.fromEntries(programs)),
  );
}

async function bundleProgram(folder: string, paths: readonly string[]): Promise<void> {
  const bundle = await rolldown({
    input: Object.fromEntries(paths.map((path) => [fileOf(path), join(SOURCES, path)])),
    platform: 'node',
    treeshake: false,
    external: (name) => !/^[./]/.test(name),
    plugins: [besideSources(folder), WITHOUT_HOOKS],
  });
  await bundle.write({ ...OUTPUT, dir: folder, sourcemap: true, sourcemapExcludeSources: true });
  await bundle.close();
}

/** The hooks are loaded before anything else, and without hooks. */
async function bundlePreload(folder: string): Promise<void> {
  const bundle = await rolldown({
    input: ['large-files', 'source-lines'].map((name) => join(import.meta.dirname, `${name}.ts`)),
    platform: 'node',
  });
  await bundle.write({ ...OUTPUT, entryFileNames: '[name].mjs', dir: folder });
  await bundle.close();
}

/** In code of any file, whatever it imports: a path of the file system has spaces where an address has `%20`. */
const PATH_OF = `process.getBuiltinModule('node:url').fileURLToPath`;

/** What looks for files beside itself looks beside its source. */
function besideSources(folder: string): Plugin {
  const placeOf = (path: string): string =>
    `new URL(${JSON.stringify(relative(folder, path))}, import.meta.url)`;
  return {
    name: 'beside-sources',
    transform(code, path) {
      if (!code.includes('import.meta.')) return undefined;
      const replaced = code.replaceAll(/\bimport\.meta\.(url|dirname)\b/g, (_, name) =>
        name === 'url' ? `${placeOf(path)}.href` : `${PATH_OF}(${placeOf(dirname(path))})`,
      );
      // All lines are where they were.
      return { code: replaced, map: null };
    },
  };
}

/** Where the sources are looked for is decided by the preload. */
const WITHOUT_HOOKS: Plugin = {
  name: 'without-hooks',
  load: (path) =>
    path === join(SOURCES, 'process/named-files.ts')
      ? 'export const loadNamedFilesDirectly = () => undefined;'
      : undefined,
};

const fileOf = (path: string): string => path.replaceAll('/', '-').replace(/\.ts$/, '.mjs');

function preloadSource(
  packages: string,
  sources: string,
  programs: Readonly<Record<string, LargeFiles>>,
): string {
  return `import './${packages}/preload.mjs';
import { loadPrograms } from './large-files.mjs';
import { nameSources } from './source-lines.mjs';

const folder = new URL('.', import.meta.url).href;
nameSources(folder);
loadPrograms(folder, new URL('${sources}/', folder).href, ${JSON.stringify(programs, undefined, 2)});
`;
}

if (import.meta.main) {
  const [, , folder, packages] = process.argv;
  if (folder === undefined || packages === undefined)
    throw new Error('Name the folder that the files are to be in, and the one that has the packages.');
  await bundleSources(resolve(folder), resolve(packages));
}
