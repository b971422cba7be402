/** Connections that the database ends while they are used: the pool has as many as before, and can be closed. */
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UserRecord } from '../../src/entities/index.ts';
import { openPlainConnection } from '../../src/migrator/run/connect/plain-connection.ts';
import { DatabaseWatch } from '../../src/persistence/database-watch.ts';
import { openOrm } from '../../src/persistence/orm.ts';
import { inTransaction, queryBuilder } from '../../src/persistence/query-builder.ts';
import { createTestDatabase } from '../support/database.ts';
import { quiet } from '../support/quiet-log.ts';
import type { Orm } from '../../src/persistence/orm.ts';
import type { QueryBuilder } from '../../src/persistence/query-builder.ts';
import type { TestDatabase } from '../support/database.ts';
import type { AddressInfo, Socket } from 'node:net';

const POOL_SIZE = 2;
const LOSSES = 2 * POOL_SIZE;

const AWAY = 'the database does not answer; nothing is traded until it does';

let database: TestDatabase;
let orm: Orm;

beforeAll(async () => {
  database = await createTestDatabase();
});

afterAll(async () => {
  await database.drop();
});

const open = (): Orm => openOrm({ databaseUrl: database.url, poolSize: POOL_SIZE, log: quiet });

/** Has the database end the connection that is asked. */
const endOwn = (db: QueryBuilder) =>
  db.selectNoFrom(({ fn }) => fn('pg_terminate_backend', [fn('pg_backend_pid', [])]).as('ended')).execute();

const losses: readonly (readonly [string, () => Promise<unknown>])[] = [
  ['a transaction of the query builder', () => inTransaction(orm, (db) => endOwn(db))],
  [
    'a transaction of the unit of work, at its end',
    () =>
      orm.em.fork().transactional(async (em) => {
        em.create(UserRecord, { email: 'lost@example.org', username: 'lost', passwordHash: 'hash' });
        await endOwn(em.getKysely()).catch(() => undefined);
      }),
  ],
  ['a single statement', () => endOwn(queryBuilder(orm))],
];

describe('a pool', () => {
  it.each(losses)(
    'has its places again after connections were lost in %s, and can be closed',
    async (_what, lose) => {
      orm = open();

      for (let loss = 0; loss < LOSSES; loss += 1) await expect(lose()).rejects.toThrow();

      const asked = Array.from({ length: POOL_SIZE + 1 }, () =>
        inTransaction(orm, (db) => db.selectFrom('users').select('id').execute()),
      );
      expect(await Promise.all(asked)).toEqual(asked.map(() => []));
      await orm.close(true);
    },
  );
});

/** Starts one, and returns with it the lines of its log. */
function startWatch(databaseUrl: string) {
  const said: string[] = [];
  const note = (_fields: object, message: string) => void said.push(message);
  const watch = new DatabaseWatch({ databaseUrl, log: { info: note, warn: note, error: note } });
  watch.start();
  return { watch, said };
}

it('a pool is closed while a question waits for its first connection', async () => {
  const connection = openPlainConnection(database.url, 'test');
  // Answered or refused: it must not keep the pool open.
  const asked = connection.query('select 1').catch(() => undefined);
  await new Promise(setImmediate);

  await expect(connection.close()).resolves.toBeUndefined();
  await asked;
});

describe('the watch of the database', () => {
  it('reports a connection that was ended as one line, and not that the database is away', async () => {
    const { watch, said } = startWatch(database.url);
    orm = open();
    const ended: unknown = await endOwn(queryBuilder(orm)).catch((error: unknown) => error);

    expect(watch.notice(ended)).toBe(true);
    expect(watch.notice(ended)).toBe(true);
    expect(watch.isAway).toBe(false);

    await expect.poll(() => said).toEqual(['a connection to the database was lost; the database answers']);
    expect(watch.isAway).toBe(false);
    await watch.stop();
    await orm.close(true);
  });

  it('asks again when its own connection is ended while it asks, and does not say that the database is away', async () => {
    const { port, hostname } = new URL(database.url);
    let cuts = 2;
    const proxy = createServer((near) => {
      const far = connect(Number(port), hostname);
      far.on('error', () => undefined).pipe(near);
      near
        .on('error', () => undefined)
        .on('close', () => far.destroy())
        .on('data', (words) => {
          if (cuts === 0 || !words.includes('select 1')) return void far.write(words);
          cuts -= 1;
          near.destroy();
        });
    });
    await once(proxy.listen(0, '127.0.0.1'), 'listening');
    const address = new URL(database.url);
    address.host = `127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const { watch, said } = startWatch(address.href);

    await expect.poll(() => said).toEqual(['a connection to the database was lost; the database answers']);
    expect([cuts, watch.isAway]).toEqual([0, false]);
    await watch.stop();
    proxy.close();
  });

  it('asks over another connection when one has become silent, and its stop waits for none', async () => {
    const { port, hostname } = new URL(database.url);
    const sockets: Socket[] = [];
    const proxy = createServer((near) => {
      const far = connect(Number(port), hostname);
      sockets.push(near, far);
      near.on('error', () => undefined).pipe(far);
      far.on('error', () => undefined).pipe(near);
    });
    await once(proxy.listen(0, '127.0.0.1'), 'listening');
    const address = new URL(database.url);
    address.host = `127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const { watch, said } = startWatch(address.href);
    await expect.poll(() => sockets.length).toBe(2);
    for (const socket of sockets) socket.unpipe().pause();

    await expect.poll(() => watch.isAway).toBe(true);
    await expect.poll(() => watch.isAway).toBe(false);

    for (const socket of sockets) socket.unpipe().pause();
    await watch.stop();
    expect(said.filter((line) => line === AWAY)).toHaveLength(1);
    for (const socket of sockets) socket.destroy();
    proxy.close();
  });
});
