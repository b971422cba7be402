/** The stock MikroORM command line, as a developer uses it. */
import { spawn } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MikroORM } from '@mikro-orm/postgresql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { entities } from '../../src/entities/index.ts';
import { commandLineOptions, NO_DATABASE_URL } from '../../src/migrator/index.ts';
import { NODE_ENVIRONMENT } from '../support/node-environment.ts';
import { createEmptyDatabase } from '../support/database.ts';
import { project } from '../../src/server/schema.ts';
import type { TestDatabase } from '../support/database.ts';

const ROOT = join(import.meta.dirname, '../..');

let database: TestDatabase;
let emptyFolder: string;

beforeAll(async () => {
  database = await createEmptyDatabase();
  emptyFolder = await mkdtemp(join(tmpdir(), 'auto-forex-cli-'));
});

afterAll(async () => {
  await database.drop();
  await rm(emptyFolder, { recursive: true });
});

/** Runs `mikro-orm migration:<command>`, without a database unless `databaseUrl` is given. */
async function migration(
  command: string,
  databaseUrl = '',
): Promise<{ code: number | null; output: string }> {
  const cli = join(ROOT, 'node_modules/@mikro-orm/cli/cli.js');
  const settings = {
    DATABASE_URL: databaseUrl,
    MIGRATION_DATABASE_URL: '',
    DATA_DIRECTORY: emptyFolder,
    ...NODE_ENVIRONMENT,
    NO_COLOR: '1',
  };
  const child = spawn(process.execPath, [cli, ...`migration:${command}`.split(' ')], {
    cwd: ROOT,
    // Nothing of the test runner: MikroORM looks for it and then behaves otherwise than for a developer.
    env: { PATH: process.env['PATH'], HOME: emptyFolder, ...settings },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, output })));
}

describe('without a database', () => {
  it('migration:list says in one line what to do', async () => {
    const { code, output } = await migration('list');

    expect(code).toBe(1);
    expect(output).toMatch(/^This command needs a database: set DATABASE_URL.*\n$/);
  });

  it('migration:check compares the records with the snapshot', async () => {
    expect(await migration('check')).toEqual({ code: 0, output: expect.stringContaining('up-to-date') });
  });

  // What the command calls; a process for each would show the same.
  describe('the call behind migration:create', () => {
    const create = async (isBlank: boolean, name: string) => {
      const orm = new MikroORM({
        ...(await commandLineOptions(NO_DATABASE_URL, project)),
        entities: [...entities],
      });
      try {
        return await orm.migrator.create(undefined, isBlank, false, name);
      } finally {
        await orm.close(true);
      }
    };

    it('finds nothing to do, and makes no file', async () => {
      const before = await readdir(project.folder);

      expect((await create(false, 'nothing')).diff.up).toEqual([]);

      expect(await readdir(project.folder)).toEqual(before);
    });

    it('requires a proper name for a blank one', async () => {
      const before = await readdir(project.folder);

      await expect(create(true, 'Not-Good')).rejects.toThrow('A migration needs a name in snake case');

      expect(await readdir(project.folder)).toEqual(before);
    });
  });
});

describe('with an empty database', () => {
  it('goes up, comes down to a step and lists', async () => {
    const up = await migration('up', database.url);
    expect(up).toEqual({
      code: 0,
      output: expect.stringMatching(/Applied 'Migration\d+_accounts_initial'.*Successfully migrated up/s),
    });

    const down = await migration('down --to trading_initial', database.url);
    expect(down).toMatchObject({ code: 0 });

    const { output } = await migration('list', database.url);
    expect(output).toContain('_trading_initial');
    expect(output).not.toContain('_event_logging');
  });
});
