/** Programs in few large files, as the image has them and the processes that tests start. */
import { execFile } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { present } from '../../src/core/shared/assert.ts';
import { createTestDatabase, withWrongPassword } from '../support/database.ts';
import { PROGRAMS_PRELOAD } from '../support/large-files.ts';
import { NODE_ENVIRONMENT } from '../support/node-environment.ts';
import { ServerProcess } from '../support/server-process.ts';

const ROOT = join(import.meta.dirname, '../..');
/** A line of a stack in a source of the server. */
const IN_SOURCE = /at async (\w+) \((file:\S+\/src\/server\/\S+\.ts):(\d+):\d+\)/;
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

describe('what Node starts', () => {
  it('fails with a stack that names sources and their lines', async () => {
    const database = await createTestDatabase();
    await using server = new ServerProcess({ DATABASE_URL: withWrongPassword(database.url, 'wrong') });

    await server.ended;
    await database.drop();

    const stack = JSON.stringify(present(server.errors.at(-1), 'an error in the log')['err']);
    const [, name, source = '', line] = IN_SOURCE.exec(stack) ?? [];
    expect(name).toBe('start');
    expect(readFileSync(fileURLToPath(source), 'utf8').split('\n')[Number(line) - 1]).toContain('await');
    expect(stack).not.toContain('test-programs');
  });

  it('has its threads there, and what migrations import', () => {
    const sources = globSync('src/**/*.ts', { cwd: ROOT, exclude: ['**/*.test.ts'] });
    const threads = sources.flatMap((path) =>
      [...read(path).matchAll(/new Worker\(\s*new URL\('(.+?)'/g)].map(([, file = '']) =>
        join(path, '..', file),
      ),
    );
    const imported = globSync('src/migrations/*.ts', { cwd: ROOT }).flatMap((path) =>
      [...read(path).matchAll(/^import .*from '(\..+)';/gm)].map(([, file = '']) => join(path, '..', file)),
    );
    const there = read('node_modules/.cache/test-programs/preload.mjs');

    const named = [...new Set([...threads, ...imported])];
    expect(named.length).toBeGreaterThan(2);
    expect(named.filter((path) => !there.includes(`"${path.replace('src/', '')}":`))).toEqual([]);
  });
});

it('what loads entities from their files knows them as those of the program', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['src/manage.ts', 'db', 'check'], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'], ...NODE_ENVIRONMENT },
  });

  expect(stdout).toContain('Entities, migrations and manifest agree.');
});

it('stacks of what is no error, or has a text of its own, begin as Node begins them', async () => {
  const script = `const odd = { name: 'Odd', message: 'so', toString() { throw new Error(); } };
    const bare = Object.create(null);
    for (const one of [odd, bare]) Error.captureStackTrace(one);
    console.log([odd, bare].map(({ stack }) => stack.split('\\n')[0]).join());`;
  const outputs = await Promise.all(
    [{}, NODE_ENVIRONMENT].map(async (environment) => {
      const env = { PATH: process.env['PATH'], ...environment };
      const { stdout } = await promisify(execFile)(process.execPath, ['--eval', script], { cwd: ROOT, env });
      return stdout;
    }),
  );

  expect(outputs).toEqual(['Odd: so,Error\n', 'Odd: so,Error\n']);
});

it('a process that starts with anything else loads the sources themselves', async () => {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '--eval', `console.log(import.meta.resolve('./src/migrator/recipes.ts'))`],
    { cwd: ROOT, env: { PATH: process.env['PATH'], ...NODE_ENVIRONMENT } },
  );

  expect(NODE_ENVIRONMENT.NODE_OPTIONS).toContain(PROGRAMS_PRELOAD);
  expect(stdout).toMatch(/\/src\/migrator\/recipes\.ts\n$/);
});
