/** What a server in production does not start with. */
import { randomBytes, randomUUIDv7 } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase } from '../support/database.ts';
import { ServerHere } from '../support/server-here.ts';
import { openOrm } from '../../src/persistence/orm.ts';
import { queryBuilder } from '../../src/persistence/query-builder.ts';
import { refuseKnownPasswords } from '../../src/server/production-secrets.ts';
import { quiet } from '../support/quiet-log.ts';
import type { TestDatabase } from '../support/database.ts';

describe('the password of the database', () => {
  const check = (address: string, NODE_ENV: 'production' | 'development') => () =>
    refuseKnownPasswords({ NODE_ENV, DATABASE_URL: address });

  it.each([
    'postgresql://forex:forex@db/forex',
    'postgresql://me:postgres@db/forex',
    'postgresql://me:Change-Me@db/forex',
    'postgresql://Some%40one:some%40One@db/forex',
    'postgresql://me@db/forex?password=secret',
  ])('is refused in production when everyone knows it: %s', (address) => {
    expect(check(address, 'production')).toThrow(/DATABASE_URL has a password that anyone may guess/);
    expect(check(address, 'development')).not.toThrow();
  });

  it.each([
    'postgresql://forex@db/forex',
    'postgresql:///forex?host=/run/postgresql',
    `postgresql://forex:${randomBytes(18).toString('hex')}@db/forex`,
    'postgresql://forex:100%25sure-of-it@db/forex',
  ])('may be none, or any that must be guessed: %s', (address) => {
    expect(check(address, 'production')).not.toThrow();
  });

  it('is refused of the role that migrates too, with 78 and without repeating it', async () => {
    await using server = new ServerHere({
      NODE_ENV: 'production',
      DATABASE_URL: 'postgresql://a@127.0.0.1:1/none',
      MIGRATION_DATABASE_URL: 'postgresql://owner:changeme@127.0.0.1:1/none',
    });
    const { code, stdout } = await server.ended;

    expect(code).toBe(78);
    expect(stdout).toContain('MIGRATION_DATABASE_URL has a password that anyone may guess');
    expect(stdout).not.toContain('changeme');
  });
});

describe('stored secrets', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.drop());

  it('are not served without any key in production, and the message says which they need', async () => {
    const settings = { DATABASE_URL: database.url, BACKUP_BEFORE_MIGRATE: 'off', NODE_ENV: 'production' };
    await using calm = new ServerHere(settings);
    await calm.ready;
    await addFactor(database.url);

    await using server = new ServerHere(settings);
    const { code, stdout } = await server.ended;

    expect(code).toBe(78);
    expect(stdout).toContain(
      'ENCRYPTION_KEYS is not set, and stored tokens, second factors or channels need the key',
    );
    expect(stdout).toContain('old-key');
    const another = `new:${randomBytes(32).toString('base64')}`;
    await using lost = new ServerHere({ ...settings, ENCRYPTION_KEYS: another });
    await lost.ready;
    expect(lost.errors).toMatchObject([{ keyId: 'old-key', tokens: 0, secondFactors: 1 }]);
  });
});

async function addFactor(databaseUrl: string): Promise<void> {
  const orm = openOrm({ databaseUrl, log: quiet });
  try {
    const db = queryBuilder(orm);
    const [id, now] = [randomUUIDv7(), new Date()];
    await db
      .insertInto('users')
      .values({ id, email: `${id}@example.org`, username: id, password_hash: '-', updated_at: now })
      .execute();
    await db
      .insertInto('second_factors')
      .values({
        id: randomUUIDv7(),
        user_id: id,
        secret_ciphertext: 'sealed',
        secret_key_id: 'old-key',
        updated_at: now,
      })
      .execute();
  } finally {
    await orm.close(true);
  }
}
