import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeBackup } from '../../../src/migrator/upkeep/backup/make-backup.ts';
import { checkRestore } from '../../../src/migrator/upkeep/backup/restore-check.ts';
import { openPlainConnection } from '../../../src/migrator/run/connect/plain-connection.ts';
import { fillEmptyTables } from '../../support/sample-rows.ts';
import { replay } from '../inspect/replayed.ts';
import { findSystemPostgres, startSystemPostgres } from './system-postgres.ts';
import { project } from '../../../src/server/schema.ts';
import { manage } from '../commands/run-operator-command.ts';
import type { SystemPostgres } from './system-postgres.ts';

const binaries = await findSystemPostgres();
if (binaries === undefined)
  process.stdout.write(
    'Restoring is not tested: this machine has no PostgreSQL with pg_dump in /usr/lib/postgresql.\n',
  );

async function run(databaseUrl: string, sql: string): Promise<Record<string, unknown>[]> {
  const connection = openPlainConnection(databaseUrl);
  try {
    return await connection.query(sql);
  } finally {
    await connection.close();
  }
}

describe.skipIf(binaries === undefined)('a backup', () => {
  const original = process.env['PATH'];
  let server: SystemPostgres;
  /** With a row in every table; each test has a copy. */
  let filledUrl: string;
  let databaseUrl: string;
  let directory: string;
  let environment: Record<string, string>;
  beforeAll(async () => {
    server = await startSystemPostgres(binaries ?? '');
    process.env['PATH'] = `${binaries}:${original}`;
    filledUrl = await server.createDatabase();
    await replay(filledUrl);
    const connection = openPlainConnection(filledUrl);
    try {
      await fillEmptyTables(connection);
      await connection.query('delete from database_backups');
    } finally {
      await connection.close();
    }
  });
  afterAll(async () => {
    process.env['PATH'] = original;
    await server.stop();
  });
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'auto-forex-backups-'));
    databaseUrl = await server.createDatabase(filledUrl);
    environment = { DATABASE_URL: databaseUrl, BACKUP_DIRECTORY: directory };
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  const scratchDatabases = () =>
    run(databaseUrl, `select datname from pg_database where datname like 'auto_forex_scratch%'`);

  it('that is no backup is refused', async () => {
    const file = join(directory, 'letter.dump');
    await writeFile(file, 'Dear Sir or Madam');

    const { code, stderr } = await manage(['db', 'backup', '--verify', file], environment);

    expect(code).toBe(16);
    expect(stderr).toContain('pg_restore failed');
  });

  it('that was cut off is refused, and its scratch database removed', async () => {
    const { location } = await makeBackup({ databaseUrl, directory });
    const whole = await readFile(location);
    await writeFile(location, whole.subarray(0, whole.length - 2_000));

    await expect(checkRestore({ ...project, databaseUrl, file: location })).rejects.toMatchObject({
      type: 'backup-missing',
    });
    expect(await scratchDatabases()).toEqual([]);
  });

  it('is not sound when the database has what it lacks', async () => {
    const { location } = await makeBackup({ databaseUrl, directory });
    await run(databaseUrl, 'alter table users add note text');

    const report = await checkRestore({ ...project, databaseUrl, file: location });

    expect(report).toMatchObject({
      isSound: false,
      differences: ['users.note is missing'],
      verifiedRecords: 0,
    });
    expect(await run(databaseUrl, 'select verified_at from database_backups')).toEqual([
      { verified_at: null },
    ]);
  });

  it('is sound when rows went since, which it counts', async () => {
    const { location } = await makeBackup({ databaseUrl, directory });
    await run(databaseUrl, 'delete from notifications');

    const report = await checkRestore({ ...project, databaseUrl, file: location });

    expect(report.isSound).toBe(true);
    expect(report.counts).toContainEqual({ table: 'notifications', restored: 1, source: 0 });
    expect(report.counts).toContainEqual({ table: 'orders', restored: 1, source: 1 });
  });

  it('of before a migration is compared with what its own migrations make', async () => {
    const older = await server.createDatabase();
    const names = await replay(older, { count: 4 });
    const { location } = await makeBackup({ databaseUrl: older, directory });
    await run(
      older,
      `alter table users add later text; insert into mikro_orm_migrations (name) values ('Migration2099_later')`,
    );

    const report = await checkRestore({ ...project, databaseUrl: older, file: location });

    expect(names).toHaveLength(4);
    expect(report).toMatchObject({
      isSound: true,
      comparedWith: 'what its migrations make',
      differences: [],
    });
  });

  it('made by db backup is proven by db backup --verify and marked as verified', async () => {
    const made = await manage(['db', 'backup'], { ...environment, PATH: process.env['PATH'] ?? '' });
    expect(made.code, made.stderr).toBe(0);
    const [file = ''] = await readdir(directory);
    expect(made.stdout).toContain(file);

    const checked = await manage(['db', 'backup', '--verify', join(directory, file)], environment);

    expect(checked.code, checked.stderr).toBe(0);
    expect(checked.stdout).toContain('The backup is sound');
    expect(checked.stdout).toMatch(/orders +1\n/);
    expect(
      await run(databaseUrl, 'select verified_at is not null as verified from database_backups'),
    ).toEqual([{ verified: true }]);
    expect(await scratchDatabases()).toEqual([]);
  });
});

describe('db backup', () => {
  it.each([
    { words: [], said: '--directory' },
    { words: ['--dirctory', '/nowhere'], said: '--dirctory' },
  ])('refuses $words', async ({ words, said }) => {
    const { code, stderr } = await manage(['db', 'backup', ...words], {
      DATABASE_URL: 'postgresql://none@127.0.0.1:1/nothing',
    });

    expect(code).toBe(2);
    expect(stderr).toContain(said);
  });
});
