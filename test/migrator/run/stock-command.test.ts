/** MikroORM's own commands about the database: they have the guards too, because the migrator is the same. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { openPlainConnection } from '../../../src/migrator/run/connect/plain-connection.ts';
import { MikroORM } from '@mikro-orm/postgresql';
import { commandLineOptions } from '../../../src/migrator/index.ts';
import { NODE_ENVIRONMENT } from '../../support/node-environment.ts';
import { createEmptyDatabase } from '../../support/database.ts';
import { makeMigrationFolder, migrationSource } from '../../support/migration-folder.ts';
import { project } from '../../../src/server/schema.ts';
import { openQuietMigrator } from '../../support/migrator.ts';
import type { PlainConnection } from '../../../src/migrator/run/connect/plain-connection.ts';
import type { TestDatabase } from '../../support/database.ts';

const ROOT = join(import.meta.dirname, '../../..');
const NOTHING_LISTENS = 'postgresql://none:secret@127.0.0.1:1/nothing';

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

/** Runs `mikro-orm <command>`, with nothing of the test runner in its environment. */
function mikroOrm(
  command: string,
  databaseUrl: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<{ code: number | null; output: string }> {
  const cli = join(ROOT, 'node_modules/@mikro-orm/cli/cli.js');
  const child = spawn(process.execPath, [cli, ...command.split(' ')], {
    cwd: ROOT,
    env: {
      PATH: process.env['PATH'],
      ...NODE_ENVIRONMENT,
      NO_COLOR: '1',
      MIGRATION_DATABASE_URL: databaseUrl,
      ...environment,
    },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, output })));
}

/** The ORM as the command line has it. */
async function withOrm(databaseUrl: string, work: (orm: MikroORM) => Promise<void>, folder = project.folder) {
  const orm = new MikroORM({
    ...(await commandLineOptions(databaseUrl, { ...project, folder })),
    entities: [],
    discovery: { warnWhenNoEntities: false },
  });
  try {
    await work(orm);
  } finally {
    await orm.close(true);
  }
}

const migrationsTable = () => connection.query(`select to_regclass('mikro_orm_migrations') as found`);

describe('without a database that answers', () => {
  it('the calls behind migration:pending, migration:list and migration:up fail, and call nothing pending or done', async () => {
    await withOrm(NOTHING_LISTENS, async ({ migrator }) => {
      await expect(migrator.getPending()).rejects.toThrow('ECONNREFUSED');
      await expect(migrator.getExecuted()).rejects.toThrow('ECONNREFUSED');
      await expect(migrator.up()).rejects.toThrow('ECONNREFUSED');
    });
  });
});

describe('with an empty database', () => {
  it('the calls behind migration:list and migration:pending write nothing', async () => {
    await withOrm(database.url, async ({ migrator }) => {
      expect(await migrator.getExecuted()).toEqual([]);
      expect((await migrator.getPending()).length).toBeGreaterThan(0);
    });

    expect(await migrationsTable()).toEqual([{ found: null }]);
  });

  it('the calls behind migration:up and migration:down refuse a target that does not exist, and migration:up applies everything without one', async () => {
    await withOrm(database.url, async ({ migrator }) => {
      await expect(migrator.up({ to: 'acounts_initial' })).rejects.toThrow(/no migration "acounts_initial"/);
      expect(await migrationsTable()).toEqual([{ found: null }]);

      await migrator.up();
      await expect(migrator.down({ to: 'acounts_initial' })).rejects.toThrow(
        /no migration "acounts_initial".*accounts_initial/,
      );
    });

    const kinds = await connection.query(
      'select distinct kind, checksum is not null as has_checksum from mikro_orm_migrations',
    );
    expect(kinds).toEqual([{ kind: 'run', has_checksum: true }]);
  });
});

describe('in production', () => {
  const PRODUCTION = { NODE_ENV: 'production' };
  const tables = async () =>
    (
      await connection.query(
        `select count(*) from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace`,
      )
    )[0];

  // All that the suites before have not applied.
  beforeAll(async () => {
    await using opened = openQuietMigrator(database.url, project.folder);
    await opened.migrator.up();
  });
  afterEach(() => void vi.unstubAllEnvs());

  it.each([
    ['--quiet migration:down -t=0', /"manage db migrate NAME"/],
    ['schema:update --run', /"manage db migrate zero"/],
  ])('%s is refused with the command that does it, and changes nothing', async (command, remedy) => {
    const before = await tables();

    const { code, output } = await mikroOrm(command, database.url, PRODUCTION);

    expect(code).toBe(1);
    expect(output).toMatch(/refused in production.*Nothing was done/s);
    expect(output).toMatch(remedy);
    expect(await tables()).toEqual(before);
  });

  // What the other commands call; a process for each would show the same.
  it.each<[string, (orm: MikroORM) => Promise<unknown>, RegExp]>([
    ['migration:down', (orm) => orm.migrator.down(), /"manage db migrate NAME"/],
    [
      'migration:down --only',
      (orm) => orm.migrator.down({ migrations: ['operations'] }),
      /"manage db migrate NAME"/,
    ],
    ['migration:log', (orm) => orm.migrator.logMigration('operations'), /--fake operations --reason/],
    ['migration:unlog', (orm) => orm.migrator.unlogMigration('operations'), /--unfake operations --reason/],
    ['migration:fresh --drop-db', (orm) => orm.schema.dropDatabase(), /"manage db migrate zero"/],
    ['schema:drop -r', (orm) => orm.schema.drop(), /"manage db migrate zero"/],
    ['migration:fresh', (orm) => orm.schema.clear(), /"manage db migrate zero"/],
  ])('the call behind %s is refused too', async (_name, call, remedy) => {
    const before = await tables();
    vi.stubEnv('NODE_ENV', 'production');

    await withOrm(database.url, async (orm) => {
      await expect(call(orm)).rejects.toThrow(remedy);
    });

    expect(await tables()).toEqual(before);
  });

  it('what only reads, and going forward, continues as before', async () => {
    vi.stubEnv('NODE_ENV', 'production');
    await withOrm(database.url, async (orm) => {
      expect((await orm.migrator.getExecuted()).length).toBeGreaterThan(0);
      expect(await orm.migrator.up()).toEqual([]);
      expect(await orm.schema.getDropSchemaSQL()).toEqual(expect.any(String));
    });
  });
});

describe('a contract', () => {
  const CONTRACT = 'Migration20990101000000_drop_note';
  /** The ORM as the command line has it, on a folder with an expand that is applied and a contract that is not. */
  async function withContract(work: (orm: MikroORM) => Promise<void>): Promise<void> {
    await using folder = await makeMigrationFolder({
      Migration20980101000000_note: migrationSource({ up: ['create table noted (note text)'] }),
    });
    const own = await createEmptyDatabase();
    {
      await using opened = openQuietMigrator(own.url, folder.path);
      await opened.migrator.up();
    }
    await folder.write(CONTRACT, migrationSource({ up: ['drop table noted'], phase: 'contract' }));
    await folder.writeManifest();
    try {
      await withOrm(own.url, work, folder.path);
    } finally {
      await own.drop();
    }
  }

  it('through migration:up meets the same gate', async () => {
    await withContract(async (orm) => {
      await expect(orm.migrator.up({ migrations: [CONTRACT] })).rejects.toMatchObject({
        type: 'contract-refused',
      });
      expect((await orm.migrator.getExecuted()).length).toBeGreaterThan(0);
      expect(await orm.migrator.up()).toEqual([]);
    });
  });

  it('through migration:up in production is refused with the command that does it', async () => {
    vi.stubEnv('NODE_ENV', 'production');
    try {
      await withContract(async (orm) => {
        await expect(orm.migrator.up({ migrations: [CONTRACT] })).rejects.toThrow(
          /refused in production.*"manage db migrate --contract"/,
        );
        await expect(orm.migrator.down()).rejects.toThrow(/"manage db migrate NAME"/);
      });
    } finally {
      vi.unstubAllEnvs();
    }
  });
});
