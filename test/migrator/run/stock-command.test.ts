/** MikroORM's own commands about the database: they have the guards too, because the migrator is the same. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPlainConnection } from '../../../src/migrator/run/connect/plain-connection.ts';
import { COMPILE_CACHE } from '../../support/compile-cache.ts';
import { createEmptyDatabase } from '../../support/database.ts';
import type { PlainConnection } from '../../../src/migrator/run/connect/plain-connection.ts';
import type { TestDatabase } from '../../support/database.ts';

const ROOT = join(import.meta.dirname, '../../..');
const NOBODY_LISTENS = 'postgresql://nobody:secret@127.0.0.1:1/nothing';

let database: TestDatabase;
let connection: PlainConnection;

beforeAll(async () => {
  database = await createEmptyDatabase();
  connection = openPlainConnection(database.url);
});

afterAll(async () => {
  await connection.close();
  await database.drop();
});

/** Runs `mikro-orm migration:<command>`, with nothing of the test runner in its environment. */
function migration(command: string, databaseUrl: string): Promise<{ code: number | null; output: string }> {
  const cli = join(ROOT, 'node_modules/@mikro-orm/cli/cli.js');
  const child = spawn(process.execPath, [cli, ...`migration:${command}`.split(' ')], {
    cwd: ROOT,
    env: {
      PATH: process.env['PATH'],
      NODE_COMPILE_CACHE: COMPILE_CACHE,
      NO_COLOR: '1',
      MIGRATION_DATABASE_URL: databaseUrl,
    },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, output })));
}

describe('without a database that answers', () => {
  it.each(['pending', 'list', 'up'])(
    'migration:%s fails, and calls nothing pending or done',
    async (command) => {
      const { code, output } = await migration(command, NOBODY_LISTENS);

      expect(code).toBe(1);
      expect(output).toContain('ECONNREFUSED');
      expect(output).not.toMatch(/accounts_initial|Successfully/);
    },
  );
});

describe('with an empty database', () => {
  it('migration:list and migration:pending write nothing', async () => {
    expect(await migration('list', database.url)).toMatchObject({ code: 0 });
    expect(await migration('pending', database.url)).toMatchObject({ code: 0 });

    expect(await connection.query(`select to_regclass('mikro_orm_migrations') as found`)).toEqual([
      { found: null },
    ]);
  });

  it('migration:up refuses a target that does not exist, and applies everything without one', async () => {
    const typo = await migration('up --to acounts_initial', database.url);
    expect(typo).toEqual({ code: 1, output: expect.stringMatching(/no migration "acounts_initial"/) });
    expect(await connection.query(`select to_regclass('mikro_orm_migrations') as found`)).toEqual([
      { found: null },
    ]);

    const up = await migration('up', database.url);

    expect(up).toEqual({ code: 0, output: expect.stringMatching(/Applied 'Migration\d+_accounts_initial'/) });
    const kinds = await connection.query(
      'select distinct kind, checksum is not null as has_checksum from mikro_orm_migrations',
    );
    expect(kinds).toEqual([{ kind: 'run', has_checksum: true }]);
  });
});
