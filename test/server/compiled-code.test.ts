/** What starts the server, a command and the demo keeps the code that Node has compiled for the next start. */
import { spawn } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
/** Where it is kept. */
const FOLDER = join(ROOT, 'node_modules/.cache/compiled');
/** Node says on stderr which compiled code it looks for, and where. */
const SPOKEN = { NODE_DEBUG_NATIVE: 'COMPILE_CACHE' };

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'auto-forex-compiled-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

/** Runs Node with these settings and no others. */
async function node(words: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const child = spawn(process.execPath, words, {
    cwd: ROOT,
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { stdout, stderr };
}

/** A program that keeps its code there, loads a module of the project, and says in a thread where threads look. */
const program = (keptIn: string): readonly string[] => [
  '--input-type=module',
  '--eval',
  `import { Worker } from 'node:worker_threads';
   import { keepCompiledCode } from '${pathToFileURL(join(ROOT, 'src/process/compiled-code.ts')).href}';
   keepCompiledCode(${JSON.stringify(keptIn)});
   const { backoffDelayMs } = await import('${pathToFileURL(join(ROOT, 'src/core/shared/backoff.ts')).href}');
   console.log(typeof backoffDelayMs);
   new Worker('console.log(String(process.env.NODE_COMPILE_CACHE))', { eval: true });`,
];

it('works as ever where nothing can be kept', async () => {
  const file = join(folder, 'file');
  await writeFile(file, '');

  expect(await node(program(join(file, 'compiled')))).toEqual({
    stdout: 'function\nundefined\n',
    stderr: '',
  });
});

it('keeps nothing where that is not wanted', async () => {
  const kept = join(folder, 'compiled');

  expect(await node(program(kept), { NODE_DISABLE_COMPILE_CACHE: '1' })).toEqual({
    stdout: 'function\nundefined\n',
    stderr: '',
  });
  expect(await readdir(folder)).toEqual([]);
});

it('keeps it where NODE_COMPILE_CACHE says', async () => {
  const [named, kept] = [join(folder, 'named'), join(folder, 'compiled')];

  const { stdout } = await node(program(kept), { NODE_COMPILE_CACHE: named });

  expect(stdout).toBe(`function\n${named}\n`);
  expect(await readdir(folder)).toEqual(['named']);
});

it('finds in the next process and in its threads what one kept when it ended', async () => {
  const kept = join(folder, 'compiled');
  const accepted = /code cache for ESM \S+backoff\.ts was accepted/;

  const first = await node(program(kept), SPOKEN);
  const second = await node(program(kept), SPOKEN);

  expect(first.stderr).not.toMatch(accepted);
  expect(second.stderr).toMatch(accepted);
  expect(second.stdout).toBe(`function\n${kept}\n`);
});

it.each([
  { entry: 'src/main.ts', words: [], module: 'src/server/serve.ts' },
  { entry: 'src/manage.ts', words: ['nonsense'], module: 'src/server/operator-commands.ts' },
  { entry: 'src/demo.ts', words: ['--nonsense'], module: 'src/server/demo/demo.ts' },
])('$entry looks for the compiled code of $module beside the packages', async ({ entry, words, module }) => {
  // A server without a port ends at once.
  const { stderr } = await node([entry, ...words], { ...SPOKEN, PORT: 'none' });

  const looked = stderr.split('\n').filter((line) => line.includes('reading cache from'));
  expect(looked.find((line) => line.includes(module))).toContain(FOLDER);
});
