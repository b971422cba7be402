/** What starts the server, a command and the demo loads the files that imports name without a search. */
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';

const NAMED_FILES = pathToFileURL(join(import.meta.dirname, '../../src/process/named-files.ts')).href;

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'auto-forex-named-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

/** Runs a program of these files, which begins with `main.mjs` once files are loaded directly. */
async function run(files: Readonly<Record<string, string>>) {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
  const main = pathToFileURL(join(folder, 'main.mjs')).href;
  const own = new URL('.', main).href;
  const program = `import { loadNamedFilesDirectly } from '${NAMED_FILES}'; loadNamedFilesDirectly('${own}'); await import('${main}');`;
  const words = ['--input-type=module', '--eval', program];
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'pipe'] });
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { stdout, stderr };
}

it('loads files of every kind, and packages with folders of their own', async () => {
  const { stdout, stderr } = await run({
    'main.mjs': `import { a } from './a.ts'; import { b } from './deep/../b.mjs'; import c from './c.js'; import { d, e } from 'd';
      import { readFileSync } from 'node:fs'; console.log(a, b, c.c, d, e, typeof readFileSync);`,
    'a.ts': 'export const a: number = 1;',
    'b.mjs': 'export const b = 2;',
    // A package that says nothing is CommonJS; there a name with an ending may be a folder.
    'package.json': '{}',
    'c.js': `module.exports = { c: require('./folder.js').c };`,
    'folder.js/index.js': 'exports.c = 3;',
    'node_modules/d/package.json': '{ "type": "module", "exports": "./index.js" }',
    'node_modules/d/index.js': `export { d } from './lib/d.js'; export { e } from './old/e.js';`,
    'node_modules/d/lib/d.js': 'export const d = 4;',
    // The nearest says what a file is.
    'node_modules/d/old/package.json': '{ "type": "commonjs" }',
    'node_modules/d/old/e.js': 'exports.e = 5;',
  });

  expect({ stdout, stderr }).toEqual({ stdout: '1 2 3 4 5 function\n', stderr: '' });
});

it('finds a package for all files that import it', async () => {
  const { stdout, stderr } = await run({
    'main.mjs': `import { d } from 'd'; import './deep/a.ts'; import { join } from 'node:path'; console.log(d.count, join('x', 'y'));`,
    'deep/a.ts': `import { d } from 'd'; import { join } from 'node:path'; d.count += join('x').length;`,
    'node_modules/d/package.json': '{ "type": "module", "exports": "./index.js" }',
    'node_modules/d/index.js': 'export const d = { count: 1 };',
  });

  expect({ stdout, stderr }).toEqual({ stdout: '2 x/y\n', stderr: '' });
});

it('names the package that is not there', async () => {
  const { stderr } = await run({ 'main.mjs': `import 'absent-package';` });

  expect(stderr).toMatch(/absent-package/);
});

it('names the file that is not there', async () => {
  const { stderr } = await run({ 'main.mjs': `import './gone.ts';` });

  expect(stderr).toMatch(/gone\.ts/);
});
