/** Whether others can see that a copy of the server runs, and that it has stopped. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { InstanceStore } from '../../../src/migrator/upkeep/instances/instance-store.ts';
import { databaseOf, openOrm } from '../../../src/persistence/orm.ts';
import { openPlainConnection } from '../../../src/migrator/run/connect/plain-connection.ts';
import { InstanceHeartbeat } from '../../../src/migrator/upkeep/instances/instance-heartbeat.ts';
import { ServingLease } from '../../../src/migrator/upkeep/instances/serving-lease.ts';
import { createTestDatabase } from '../../support/database.ts';
import { quiet } from '../../support/quiet-log.ts';
import { until } from '../../support/until.ts';
import type { Instance } from '../../../src/migrator/upkeep/instances/instance-store.ts';
import type { Orm } from '../../../src/persistence/orm.ts';
import type { PlainConnection } from '../../../src/migrator/run/connect/plain-connection.ts';
import type { TestDatabase } from '../../support/database.ts';

let database: TestDatabase;
let connection: PlainConnection;
let orm: Orm;
let warnings: string[];

const log = { warn: (_fields: object, message: string) => void warnings.push(message) };
const newInstance = (): Instance => ({
  id: randomUUID(),
  version: '1.2.3',
  migrationsHead: 'Migration20260101000000_one',
  host: 'somewhere',
  pid: 42,
});
const make = (instance: Instance) =>
  new InstanceHeartbeat({ store: new InstanceStore(databaseOf(orm)), instance, log, beatEveryMs: 50 });

beforeAll(async () => {
  database = await createTestDatabase();
  connection = openPlainConnection(database.url);
  orm = openOrm({ databaseUrl: database.url, poolSize: 2, log: quiet });
});

afterAll(async () => {
  await orm.close(true);
  await connection.close();
  await database.drop();
});

beforeEach(async () => {
  warnings = [];
  await connection.query('delete from app_instances');
});

/** How long ago it was seen, in seconds, and whether it has stopped. */
async function look(): Promise<{ readonly ago: number; readonly stopped: boolean } | undefined> {
  const [row] = await connection.query(
    `select extract(epoch from now() - last_seen_at)::float8 as ago, stopped_at is not null as stopped from app_instances`,
  );
  return row && { ago: Number(row['ago']), stopped: row['stopped'] === true };
}

describe('a copy of the server', () => {
  it('is not entered while a contract runs, which would not see it', async () => {
    await connection.query(`select pg_advisory_lock(x'41466d67'::int, 2)`);
    const store = new InstanceStore(databaseOf(orm));
    let tries = 0;
    const enter = (instance: Instance) => {
      tries += 1;
      return store.enter(instance);
    };
    const counting = {
      enter,
      beat: (instance: Instance) => store.beat(instance),
      markStopped: (id: string) => store.markStopped(id),
      removeUnseenFor: (ms: number) => store.removeUnseenFor(ms),
    };
    await using heartbeat = new InstanceHeartbeat({ store: counting, instance: newInstance(), log });

    const started = heartbeat.start();
    await until('it has asked again', () => tries > 1);
    expect(await look()).toBeUndefined();
    await connection.query(`select pg_advisory_unlock(x'41466d67'::int, 2)`);
    await started;

    expect(await look()).toMatchObject({ stopped: false });
  });

  it('is known with its version, its newest migration and its place as soon as it has started', async () => {
    const instance = newInstance();
    await using heartbeat = make(instance);
    await heartbeat.start();

    const { id, version, migrationsHead, host, pid } = instance;
    expect(
      await connection.query('select id, version, migrations_head, host, pid, stopped_at from app_instances'),
    ).toEqual([{ id, version, migrations_head: migrationsHead, host, pid, stopped_at: null }]);
  });

  it('is seen again and again, also after its row was lost', async () => {
    await using heartbeat = make(newInstance());
    await heartbeat.start();
    await connection.query(`update app_instances set last_seen_at = now() - interval '1 hour'`);
    await until('it is seen again', async () => ((await look())?.ago ?? 99) < 10);

    await connection.query('delete from app_instances');

    await until('it is back', async () => (await look()) !== undefined);
    expect(warnings).toEqual([]);
  });

  it('is shown as stopped when it has stopped, and stays so', async () => {
    const heartbeat = make(newInstance());
    await heartbeat.start();

    await heartbeat.stop();
    await heartbeat.stop();

    expect(await look()).toMatchObject({ stopped: true });
    expect(warnings).toEqual([]);
  });

  it('removes those that were not seen for a day, and no others', async () => {
    const insert = (ago: string) =>
      connection.query(
        `insert into app_instances (id, version, migrations_head, host, pid, last_seen_at)
         values (gen_random_uuid(), '1', 'M', '${ago}', 1, now() - interval '${ago}')`,
      );
    await insert('25 hours');
    await insert('23 hours');
    await using heartbeat = make(newInstance());
    await heartbeat.start();

    expect(await connection.query('select host from app_instances order by host')).toEqual([
      { host: '23 hours' },
      { host: 'somewhere' },
    ]);
  });

  it('starts with a warning where the database does not take it, and is known as soon as it does', async () => {
    await connection.query('alter table app_instances rename to elsewhere');
    await using heartbeat = make(newInstance());
    await heartbeat.start();

    await connection.query('alter table elsewhere rename to app_instances');

    await until('it is known', async () => (await look()) !== undefined);
    expect(warnings).toContain('the schema has no table of copies yet: a contract would not see this one');
  });

  it('does not start where its user may not record that it runs', async () => {
    const role = `reader_${randomUUID().slice(0, 8)}`;
    await connection.query(`create role ${role} login password 'reader'`);
    await connection.query(`grant select on all tables in schema public to ${role}`);
    const url = new URL(database.url);
    url.username = role;
    url.password = 'reader';
    const readOnly = openOrm({ databaseUrl: url.href, poolSize: 1, log: quiet });
    const heartbeat = new InstanceHeartbeat({
      store: new InstanceStore(databaseOf(readOnly)),
      instance: newInstance(),
      log,
    });

    await expect(heartbeat.start()).rejects.toThrow(/may not write app_instances/);

    await readOnly.close(true);
    await connection.query(`drop owned by ${role}`);
    await connection.query(`drop role ${role}`);
  });

  it('whose lease has lapsed is entered again and looks at the schema before it may act again', async () => {
    const lease = new ServingLease(500);
    let looks = 0;
    await using heartbeat = new InstanceHeartbeat({
      store: new InstanceStore(databaseOf(orm)),
      instance: newInstance(),
      log,
      lease,
      confirmSchema: async () => void (looks += 1),
      beatEveryMs: 60_000,
    });
    await heartbeat.start();
    expect([lease.isValid, looks]).toEqual([true, 1]);

    await until('it lapses', () => !lease.isValid);
    await connection.query('delete from app_instances');
    await until('it may act again', () => lease.isValid);

    expect(looks).toBe(2);
    expect(await look()).toMatchObject({ stopped: false });
    expect(warnings).toContainEqual(expect.stringContaining('looks at the schema before it continues'));
  });

  it('does not count a beat that came too late to be seen in time', async () => {
    const lease = new ServingLease(300);
    const store = new InstanceStore(databaseOf(orm));
    const beatsSlowly = {
      enter: store.enter.bind(store),
      markStopped: store.markStopped.bind(store),
      removeUnseenFor: store.removeUnseenFor.bind(store),
      beat: async (instance: Instance) => {
        await until('the lease lapses on the way', () => !lease.isValid);
        await store.beat(instance);
      },
    };
    let looks = 0;
    const confirmSchema = async (): Promise<void> => void (looks += 1);
    const parts = { store: beatsSlowly, instance: newInstance(), log, lease, confirmSchema };
    await using heartbeat = new InstanceHeartbeat({ ...parts, beatEveryMs: 200 });

    await heartbeat.start();
    await until('it lapses', () => !lease.isValid);
    await until('it may act again', () => lease.isValid);

    expect(looks).toBe(2);
  });
});
