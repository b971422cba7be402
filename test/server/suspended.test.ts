/** A copy of the server that was suspended, as a virtual machine is, for longer than others wait for it. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openPlainConnection } from '../../src/migrator/run/connect/plain-connection.ts';
import { createTestDatabase } from '../support/database.ts';
import { makeMigrationFolder, migrationSource, ownMigrations } from '../support/migration-folder.ts';
import { ServerHere } from '../support/server-here.ts';
import { ServerProcess, sleepyClock } from '../support/server-process.ts';
import { until } from '../support/until.ts';
import type { PlainConnection } from '../../src/migrator/run/connect/plain-connection.ts';
import type { TestDatabase } from '../support/database.ts';
import type { MigrationFolder } from '../support/migration-folder.ts';

let database: TestDatabase;
let connection: PlainConnection;
/** The migrations of the next version. */
let next: MigrationFolder;

beforeAll(async () => {
  next = await makeMigrationFolder({
    ...(await ownMigrations()),
    Migration20990101000000_drop_keys: migrationSource({
      up: ['drop table idempotency_keys'],
      phase: 'contract',
    }),
  });
});

afterAll(() => next[Symbol.asyncDispose]());

beforeEach(async () => {
  database = await createTestDatabase();
  connection = openPlainConnection(database.url);
});

afterEach(async () => {
  await connection.close();
  await database.drop();
});

const settings = () => ({ DATABASE_URL: database.url, BACKUP_BEFORE_MIGRATE: 'off' });

/** Starts one that can be suspended. */
const serve = () => new ServerProcess({ ...settings(), ...sleepyClock });

const statusOf = async (address: string, path: string): Promise<number | 'gone'> => {
  try {
    return (await fetch(`${address}${path}`)).status;
  } catch {
    return 'gone';
  }
};

/** Takes it for gone, as others do after two minutes. */
const forget = () => connection.query(`update app_instances set last_seen_at = now() - interval '5 minutes'`);

describe('a copy that was suspended while a contract ran', () => {
  it('answers nothing when it wakes up, and ends with 14', async () => {
    await using server = serve();
    const address = await server.ready;
    server.suspend();
    await forget();
    {
      const contracts = { ...settings(), MIGRATIONS: 'only', CONTRACT: 'auto' };
      await using newer = new ServerHere(contracts, next.path);
      expect(await newer.ended).toMatchObject({ code: 0 });
    }

    server.wakeUp();
    const answers = await Promise.all(['/readyz', '/v1/me'].map((path) => statusOf(address, path)));

    expect(answers.every((status) => status === 503 || status === 'gone')).toBe(true);
    expect(await server.ended).toMatchObject({
      code: 14,
      stdout: expect.stringMatching(/ahead of this version.*drop_keys/),
    });
  });
});

describe('a copy that was suspended while nothing happened', () => {
  it('looks at the schema when it wakes up, and serves again', async () => {
    await using server = serve();
    const address = await server.ready;
    server.suspend();
    await forget();

    // It cannot look before this is over.
    await connection.query('begin; lock table app_instances in access exclusive mode');

    server.wakeUp();
    expect(await statusOf(address, '/readyz')).toBe(503);

    await connection.query('commit');
    await until('it serves again', async () => (await statusOf(address, '/readyz')) === 200);
    const [seen] = await connection.query(
      `select last_seen_at > now() - interval '1 minute' as lives from app_instances`,
    );
    expect(seen).toEqual({ lives: true });
  });
});
