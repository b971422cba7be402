import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPlainConnection } from '../../../src/migrator/run/connect/plain-connection.ts';
import { waitForDatabase } from '../../../src/migrator/run/connect/wait-for-database.ts';
import { createTestDatabase, inDatabase, withWrongPassword } from '../../support/database.ts';
import type { TestDatabase } from '../../support/database.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});

afterAll(() => database.drop());

/** An address that differs in one part from one that works. */
function changed(part: 'username' | 'pathname' | 'port' | 'hostname', value: string): string {
  const url = new URL(database.url);
  url[part] = value;
  return url.href;
}

/** A port on which nothing listens: one that was free a moment ago. */
async function unusedPort(): Promise<string> {
  return new Promise((found) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => found(String(port)));
    });
  });
}

/** Listens to how often it was tried again. */
function countingLog() {
  const tries: object[] = [];
  return { tries, log: { info: () => undefined, warn: (fields: object) => void tries.push(fields) } };
}

describe('waiting for the database', () => {
  it('ends at once with "refused" when the password is wrong, and does not show it', async () => {
    const { tries, log } = countingLog();

    const waiting = waitForDatabase({
      databaseUrl: withWrongPassword(database.url, 'secret-but-wrong'),
      log,
    });

    await expect(waiting).rejects.toMatchObject({
      type: 'database-refused',
      message: expect.stringMatching(/28P01.*Correct the user or the password/),
      facts: { code: '28P01' },
    });
    await expect(waiting).rejects.not.toThrow(/secret-but-wrong/);
    expect(tries).toEqual([]);
  });

  it('ends with "refused" after a grace when the database is missing, and does not create it', async () => {
    const { tries, log } = countingLog();
    const databaseUrl = changed('pathname', 'not_there');

    const waiting = waitForDatabase({ databaseUrl, log, missingDatabaseGraceMs: 500 });

    await expect(waiting).rejects.toMatchObject({
      type: 'database-refused',
      message: expect.stringMatching(/database "not_there".*3D000.*Create it/),
    });
    expect(tries.length).toBeGreaterThan(0);
    const connection = openPlainConnection(inDatabase('postgres'));
    expect(await connection.query(`select from pg_database where datname = 'not_there'`)).toEqual([]);
    await connection.close();
  });

  it('ends with "unavailable" after its budget when nothing listens, with one line however often it tried', async () => {
    const { tries, log } = countingLog();
    const databaseUrl = changed('port', await unusedPort());

    await expect(waitForDatabase({ databaseUrl, log, budgetMs: 700 })).rejects.toMatchObject({
      type: 'database-unavailable',
      message: expect.stringMatching(/: connect ECONNREFUSED 127\.0\.0\.1:\d+\. Check that it runs/),
    });
    expect(tries).toHaveLength(1);
  });

  it('returns when the database appears while it waits, and reports it', async () => {
    const name = `late_${process.pid}`;
    const admin = openPlainConnection(inDatabase('postgres'));
    const info: string[] = [];
    const log = {
      info: (_fields: object, message: string) => void info.push(message),
      warn: () => void created(),
    };
    let create: Promise<unknown> | undefined;
    const created = () => (create ??= admin.query(`create database ${name}`));

    await expect(waitForDatabase({ databaseUrl: inDatabase(name), log })).resolves.toBeUndefined();

    expect(info).toEqual(['the database answers']);
    await create;
    await admin.query(`drop database ${name}`);
    await admin.close();
  });

  it('returns at once when the database is there', async () => {
    const { tries, log } = countingLog();

    await waitForDatabase({ databaseUrl: database.url, log });

    expect(tries).toEqual([]);
  });

  it('stops waiting on the signal', async () => {
    const stop = new AbortController();
    const databaseUrl = changed('port', await unusedPort());
    const log = { info: () => undefined, warn: () => stop.abort() };

    await expect(waitForDatabase({ databaseUrl, log, signal: stop.signal })).rejects.toThrow(/aborted/);
  });
});
