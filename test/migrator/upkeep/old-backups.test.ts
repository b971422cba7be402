import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { recordBackup } from '../../../src/migrator/upkeep/backup/backup-record.ts';
import { backupFilePrefix } from '../../../src/migrator/upkeep/backup/make-backup.ts';
import { removeOldBackups } from '../../../src/migrator/upkeep/backup/remove-old-backups.ts';
import { openPlainConnection } from '../../../src/migrator/run/connect/plain-connection.ts';
import { createTestDatabase } from '../../support/database.ts';
import type { TestDatabase } from '../../support/database.ts';

let database: TestDatabase;
let directory: string;
let prefix: string;
beforeEach(async () => {
  database = await createTestDatabase();
  directory = await mkdtemp(join(tmpdir(), 'auto-forex-backups-'));
  prefix = backupFilePrefix(database.url);
});
afterEach(async () => {
  await rm(directory, { recursive: true });
  await database.drop();
});

/** A backup of that day, recorded. */
async function addBackup(day: number): Promise<string> {
  const location = join(directory, `${prefix}2026010${day}T030000000Z.dump`);
  await writeFile(location, 'data');
  const madeAt = new Date(Date.UTC(2026, 0, day)).toISOString();
  await recordBackup(database.url, { madeAt, location, sizeBytes: 4, sha256: 'a'.repeat(64) });
  return location;
}

async function recorded(): Promise<unknown[]> {
  const connection = openPlainConnection(database.url);
  try {
    const rows = await connection.query('select location from database_backups order by location');
    return rows.map(({ location }) => location);
  } finally {
    await connection.close();
  }
}

it('the newest remain, with their records, and what is not a backup of this database is left alone', async () => {
  const [third, first, second] = [await addBackup(3), await addBackup(1), await addBackup(2)];
  const others = [`${prefix}notes.txt`, `${prefix}other-20260101T030000000Z.dump`, 'letter.dump'];
  for (const name of others) await writeFile(join(directory, name), '');

  const removed = await removeOldBackups({ databaseUrl: database.url, directory, keep: 2 });

  expect(removed).toEqual([first]);
  expect(await recorded()).toEqual([second, third]);
  expect(new Set(await readdir(directory))).toEqual(
    new Set([...others, ...[second, third].map((file) => file.slice(directory.length + 1))]),
  );
  expect(await removeOldBackups({ databaseUrl: database.url, directory, keep: 2 })).toEqual([]);
});

it('what a process that died left is removed when it cannot be under way any more', async () => {
  const [dead, underWay] = [1, 2].map((day) => `${prefix}2026010${day}T030000000Z.dump.part`);
  for (const name of [dead, underWay]) await writeFile(join(directory, String(name)), '');
  const twoDaysAgo = Date.now() / 1_000 - 2 * 86_400;
  await utimes(join(directory, String(dead)), twoDaysAgo, twoDaysAgo);

  await removeOldBackups({ databaseUrl: database.url, directory, keep: 1 });

  expect(await readdir(directory)).toEqual([underWay]);
});
