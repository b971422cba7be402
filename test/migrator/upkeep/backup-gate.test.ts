import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { migrateDatabase } from '../../../src/migrator/run/migrate-database.ts';
import { ensureBackup } from '../../../src/migrator/upkeep/backup/backup-gate.ts';
import { sha256Of } from '../../../src/migrator/upkeep/backup/make-backup.ts';
import {
  openPlainConnection,
  serverMajorVersion,
} from '../../../src/migrator/run/connect/plain-connection.ts';
import { MigratorFailure } from '../../../src/migrator/failure.ts';
import { createEmptyDatabase, createTestDatabase } from '../../support/database.ts';
import { makeMigrationFolder, migrationSource } from '../../support/migration-folder.ts';
import { quiet } from '../../support/quiet-log.ts';
import { replay } from '../inspect/replayed.ts';
import { oldPgDump } from './old-pg-dump.ts';
import { findSystemPostgres, startSystemPostgres } from './system-postgres.ts';
import type { BackupGate } from '../../../src/migrator/upkeep/backup/backup-gate.ts';
import type { TestDatabase } from '../../support/database.ts';
import type { SystemPostgres } from './system-postgres.ts';

const HOUR_MS = 3_600_000;
const binaries = await findSystemPostgres();
const original = process.env['PATH'];

let directory: string;
let warnings: string[];
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'auto-forex-backups-'));
  warnings = [];
});
afterEach(async () => {
  process.env['PATH'] = original;
  await rm(directory, { recursive: true, force: true });
});

function gate(settings: Pick<BackupGate, 'databaseUrl' | 'mode'> & Partial<BackupGate>): BackupGate {
  const log = {
    info: () => undefined,
    warn: (fields: object, message: string) => void warnings.push(`${message} ${JSON.stringify(fields)}`),
  };
  return { maxAgeMs: HOUR_MS, log, ...settings };
}

async function run(databaseUrl: string, sql: string): Promise<Record<string, unknown>[]> {
  const connection = openPlainConnection(databaseUrl);
  try {
    return await connection.query(sql);
  } finally {
    await connection.close();
  }
}

async function refusal(settings: BackupGate): Promise<MigratorFailure> {
  const error: unknown = await ensureBackup(settings).catch((reason: unknown) => reason);
  if (error instanceof MigratorFailure) return error;
  throw new Error('it was not refused', { cause: error });
}

const record = (age: string): string =>
  `insert into database_backups (made_at, location, size_bytes, sha256)
   values (now() - interval '${age}', '/backups/kept.dump', 1000, repeat('a', 64))`;

describe('where no backup can be made', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.drop());
  beforeEach(async () => {
    await run(database.url, 'delete from database_backups');
    process.env['PATH'] = '/nowhere';
  });

  it('refuses a required one, and says how to make one', async () => {
    const error = await refusal(gate({ databaseUrl: database.url, mode: 'required', directory }));

    expect(error.type).toBe('backup-missing');
    expect(error.message).toContain('no backup of the last 60 minutes (none is recorded)');
    expect(error.message).toContain('there is no pg_dump on the PATH');
    expect(error.message).toContain('docker compose run --rm backup');
  });

  it('refuses a required one that is too old, and says how old it is', async () => {
    await run(database.url, record('61 minutes'));

    const error = await refusal(gate({ databaseUrl: database.url, mode: 'required' }));

    expect(error.message).toContain('the newest is 61 minutes old');
    expect(error.message).toContain('BACKUP_DIRECTORY is not set');
  });

  it('does not take a record from the future for fresh', async () => {
    await run(database.url, record('-5 minutes'));

    await expect(ensureBackup(gate({ databaseUrl: database.url, mode: 'required' }))).rejects.toThrow(
      MigratorFailure,
    );
  });

  it('continues with a warning when one is only wanted', async () => {
    await run(database.url, record('2 days'));

    const outcome = await ensureBackup(gate({ databaseUrl: database.url, mode: 'auto', directory }));

    expect(outcome).toMatchObject({ kind: 'none', reason: 'there is no pg_dump on the PATH' });
    expect(warnings.join()).toContain('without a fresh backup');
  });

  it.each([
    { age: '0 minutes', mode: 'auto' },
    { age: '59 minutes', mode: 'auto' },
    { age: '59 minutes', mode: 'required' },
  ] as const)('is content with a record $age old ($mode)', async ({ age, mode }) => {
    await run(database.url, record('3 days'));
    await run(database.url, record(age));

    const outcome = await ensureBackup(gate({ databaseUrl: database.url, mode }));

    expect(outcome).toMatchObject({ kind: 'fresh', location: '/backups/kept.dump' });
    expect(warnings).toEqual([]);
  });

  it('asks nothing of the database when it is off', async () => {
    const outcome = await ensureBackup(
      gate({ databaseUrl: 'postgresql://none@127.0.0.1:1/nothing', mode: 'off' }),
    );

    expect(outcome).toEqual({ kind: 'off' });
  });

  it.each(['auto', 'required'] as const)(
    'knows a database without the table as one without backups (%s)',
    async (mode) => {
      const empty = await createEmptyDatabase();
      try {
        const outcome = ensureBackup(gate({ databaseUrl: empty.url, mode }));

        if (mode === 'auto') await expect(outcome).resolves.toMatchObject({ kind: 'none' });
        else await expect(outcome).rejects.toThrow(/none is recorded/);
      } finally {
        await empty.drop();
      }
    },
  );
});

describe('a start', () => {
  const start = async (databaseUrl: string, folder: string) =>
    migrateDatabase({
      folder,
      databaseUrl,
      log: quiet,
      backup: { mode: 'required', maxAgeMs: HOUR_MS },
    });

  it('wants no backup of an empty database, and one where tables are without any record', async () => {
    await using folder = await makeMigrationFolder({
      Migration20260101000001_ones: migrationSource({ up: ['create table ones (id int)'] }),
    });
    const [empty, unrecorded] = [await createEmptyDatabase(), await createEmptyDatabase()];
    try {
      await run(unrecorded.url, 'create table made_by_hand (id int)');

      await expect(start(unrecorded.url, folder.path)).rejects.toMatchObject({ type: 'backup-missing' });
      expect((await start(empty.url, folder.path)).applied).toHaveLength(1);

      expect(await run(unrecorded.url, 'select from mikro_orm_migrations')).toEqual([]);
    } finally {
      await empty.drop();
      await unrecorded.drop();
    }
  });
});

if (binaries === undefined)
  process.stdout.write(
    'Backups are not tested: this machine has no PostgreSQL with pg_dump in /usr/lib/postgresql.\n',
  );

describe('with a pg_dump that is older than the server', () => {
  it('names both versions', async () => {
    const database = await createTestDatabase();
    try {
      process.env['PATH'] = await oldPgDump(join(directory, 'bin'));
      const major = await serverMajorVersion(database.url);
      const error = await refusal(gate({ databaseUrl: database.url, mode: 'required', directory }));

      expect(error.message).toContain(`pg_dump on the PATH is version 13.4 and the server ${major}.`);
      expect(await readdir(directory)).toEqual(['bin']);
    } finally {
      await database.drop();
    }
  });
});

describe.skipIf(binaries === undefined)("with a pg_dump of the server's version", () => {
  let server: SystemPostgres;
  /** With our tables; each test has a copy. */
  let migratedUrl: string;
  let names: readonly string[];
  let databaseUrl: string;
  beforeAll(async () => {
    server = await startSystemPostgres(binaries ?? '');
    migratedUrl = await server.createDatabase();
    names = await replay(migratedUrl);
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    process.env['PATH'] = `${binaries}:${original}`;
    databaseUrl = await server.createDatabase(migratedUrl);
  });

  it('leaves nothing behind when the dump fails, and says why', async () => {
    await run(databaseUrl, 'create role without_rights login');
    const other = new URL(databaseUrl);
    other.username = 'without_rights';

    const error = await refusal(gate({ databaseUrl: other.href, mode: 'required', directory }));

    expect(error.message).toContain('permission denied for table');
    expect(await readdir(directory)).toEqual([]);
  });

  it('makes one where none is fresh, records it and is content with it the next time', async () => {
    const outcome = await ensureBackup(gate({ databaseUrl, mode: 'required', directory }));

    if (outcome.kind !== 'made') throw new Error(`a backup was to be made, and it was ${outcome.kind}`);
    expect(outcome.isRecorded).toBe(true);
    const [row] = await run(databaseUrl, 'select * from database_backups');
    expect(row).toMatchObject({
      location: outcome.location,
      size_bytes: (await stat(outcome.location)).size,
      sha256: await sha256Of(outcome.location),
      migrations_head: names.at(-1),
      verified_at: null,
    });
    expect((await stat(outcome.location)).mode & 0o077).toBe(0);
    expect(await ensureBackup(gate({ databaseUrl, mode: 'required', directory }))).toMatchObject({
      kind: 'fresh',
      location: outcome.location,
    });
    expect(await readdir(directory)).toHaveLength(1);
  });

  it('makes one of a database that has no table for it, without a record', async () => {
    const older = await server.createDatabase();
    await replay(older, { count: 1 });

    const outcome = await ensureBackup(gate({ databaseUrl: older, mode: 'required', directory }));

    expect(outcome).toMatchObject({ kind: 'made', isRecorded: false });
  });

  it('ends with the signal, whatever the mode, and leaves no file', async () => {
    const blocker = openPlainConnection(databaseUrl);
    try {
      await blocker.query('begin; lock table users in access exclusive mode');
      const interrupted = new AbortController();
      const outcome = ensureBackup(
        gate({ databaseUrl, mode: 'auto', directory, signal: interrupted.signal }),
      );
      await expect
        .poll(async () => (await blocker.query(`select 1 from pg_locks where not granted`)).length)
        .toBe(1);

      interrupted.abort(new Error('stopping'));

      await expect(outcome).rejects.toThrow('stopping');
      expect(await readdir(directory)).toEqual([]);
    } finally {
      await blocker.close();
    }
  });
});
