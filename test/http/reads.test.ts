/** What one person reads takes nothing that others need: not their turn, not the connections of those who change something. */
import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { Type } from 'typebox';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { csvOfPages } from '../../src/http/csv.ts';
import { openPlainConnection } from '../../src/migrator/run/connect/plain-connection.ts';
import { openTestServer } from '../support/test-server.ts';
import { addTrader } from '../support/trading-client.ts';
import { until } from '../support/until.ts';
import type { App } from '../../src/http/route.ts';
import type { PlainConnection } from '../../src/migrator/index.ts';
import type { TestServer, TestUser } from '../support/test-server.ts';

/** Longer than this test takes: its reads end when the lock is gone. */
const READ_TIMEOUT_MS = 120_000;

/** An answer with a thousand rows, or as many as are asked for. */
function registerRows(app: App): void {
  app.get('/rows', {
    config: { access: 'user' },
    schema: {
      operationId: 'listRows',
      summary: 'Rows',
      tags: ['events'],
      querystring: Type.Object({ limit: Type.Optional(Type.Integer()) }),
      response: { 200: Type.Object({ items: Type.Array(Type.Integer()) }) },
    },
    handler: ({ query: { limit = 1_000 } }) =>
      Promise.resolve({ items: Array.from({ length: limit }, (_, row) => row) }),
  });
}

let server: TestServer;
let lock: PlainConnection;
/** A transaction sees the activity of its beginning only, so another connection looks. */
let watch: PlainConnection;
let greedy: TestUser;
let other: TestUser;

beforeAll(async () => {
  server = await openTestServer({ readTimeoutMs: READ_TIMEOUT_MS });
  lock = openPlainConnection(server.databaseUrl);
  watch = openPlainConnection(server.databaseUrl);
  greedy = await server.addUser();
  other = await server.addUser();
});

afterAll(async () => {
  await lock.close();
  await watch.close();
  await server.close();
});

/** Begins at once; what `inject` returns begins when it is awaited. */
const read = async (user: TestUser, path: string) =>
  await server.app.inject({ url: `/api/v1${path}`, headers: user.headers });

async function readsUnderWay(): Promise<number> {
  const rows = await watch.query(
    `select 1 from pg_stat_activity where datname = current_database() and state = 'active' and query like '%from "trades"%' and pid <> pg_backend_pid()`,
  );
  return rows.length;
}

it('two reads of a person are answered at a time, and hold up no one', async () => {
  // A lock stands for a query that reads very much.
  await lock.query('begin');
  await lock.query('lock table trades in access exclusive mode');
  const slow = Array.from({ length: 5 }, () => read(greedy, '/trades'));
  await until('the first are under way', async () => (await readsUnderWay()) === 2);

  const others = [
    await read(other, '/orders'),
    await read(other, '/me'),
    await server.app.inject({
      method: 'PATCH',
      url: '/api/v1/me',
      headers: other.headers,
      payload: { firstName: 'O' },
    }),
  ];
  const underWay = await readsUnderWay();
  await lock.query('commit');

  expect(others.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200]);
  expect(underWay).toBe(2);
  expect((await Promise.all(slow)).map(({ statusCode }) => statusCode)).toEqual([200, 200, 200, 200, 200]);
});

it('a strategy starts while other people read as much as they can', async () => {
  const trader = await addTrader(server);
  const strategy = await trader.ask('POST', '/strategies', {
    accountId: trader.accountId,
    name: 'Crossing',
    strategyType: 'ema_cross',
    instrument: 'EUR_USD',
  });
  await lock.query('begin');
  await lock.query('lock table trades in access exclusive mode');
  const slow = [greedy, greedy, other, other].map((user) => read(user, '/trades'));
  await until('they have all connections for reads', async () => (await readsUnderWay()) === 4);

  const started = await trader.ask('POST', `/strategies/${strategy.json().id}/start`);
  const underWay = await readsUnderWay();
  await lock.query('commit');
  await Promise.all(slow);

  expect(started.json()).toMatchObject({ status: 'running' });
  expect(underWay).toBe(4);
});

it('a read that takes too long ends with a remedy', async () => {
  const hasty = await openTestServer({ readTimeoutMs: 50 });
  const holding = openPlainConnection(hasty.databaseUrl);
  const user = await hasty.addUser();
  await holding.query('begin');
  await holding.query('lock table trades in access exclusive mode');

  const answer = await hasty.app.inject({ url: '/api/v1/trades', headers: user.headers });
  await holding.close();
  await hasty.close();

  expect({ status: answer.statusCode, ...answer.json() }).toMatchObject({
    status: 503,
    code: 'read-too-slow',
    detail: expect.stringContaining('too much to read'),
  });
  expect(answer.headers['retry-after']).toBe('5');
});

it('a person with very many reads that wait is refused more', async () => {
  await lock.query('begin');
  await lock.query('lock table trades in access exclusive mode');
  const all = Array.from({ length: 103 }, () => read(greedy, '/trades'));

  const refused = await Promise.race(all);
  await lock.query('commit');
  const statuses = (await Promise.all(all)).map(({ statusCode }) => statusCode);

  expect(refused.statusCode).toBe(429);
  expect(statuses.filter((status) => status === 429)).toHaveLength(1);
  expect(statuses.filter((status) => status === 200).length).toBeGreaterThan(99);
});

it('a person who has read very much waits for more, and others do not', async () => {
  const paced = await openTestServer({ routes: [registerRows], rateLimits: { rowsASecondOfPerson: 500 } });
  const [reader, newcomer] = [await paced.addUser(), await paced.addUser()];
  const rows = async ({ headers }: TestUser) =>
    (await paced.app.inject({ url: '/api/v1/rows', headers })).statusCode;
  // Two seconds' worth: the next read waits for more than one, far longer than the newcomer's takes.
  expect(await rows(reader)).toBe(200);

  const late = rows(reader);
  expect(await rows(newcomer)).toBe(200);

  expect(await Promise.race([late, Promise.resolve('waits')])).toBe('waits');
  expect(await late).toBe(200);
  await paced.close();
});

it('long reads of all people come one after the other, and small ones do not wait for them', async () => {
  // A read of a thousand rows is twenty seconds of what all may read together.
  const paced = await openTestServer({ routes: [registerRows], rateLimits: { rowsASecondOfAll: 50 } });
  const [first, second] = [await paced.addUser(), await paced.addUser()];
  const rows = async ({ headers }: TestUser, path = '/rows?limit=1000') =>
    (await paced.app.inject({ url: `/api/v1${path}`, headers })).statusCode;
  expect(await rows(first)).toBe(200);

  const late = rows(second);
  expect(await rows(second, '/rows?limit=10')).toBe(200);

  expect(await Promise.race([late, sleep(1_000, 'waits')])).toBe('waits');
  // What waits when the server stops is answered before it does.
  await paced.app.close();
  expect(await late).toBe(200);
  await paced.close();
});

it('small reads of a person do not wait for long ones of theirs that stand in line', async () => {
  const paced = await openTestServer({ routes: [registerRows], rateLimits: { rowsASecondOfAll: 50 } });
  const [first, second] = [await paced.addUser(), await paced.addUser()];
  const rows = async ({ headers }: TestUser, limit: number) =>
    (await paced.app.inject({ url: `/api/v1/rows?limit=${limit}`, headers })).statusCode;
  expect(await rows(first, 1_000)).toBe(200);
  const inLine = [rows(second, 1_000), rows(second, 1_000), rows(second, 1_000)];

  expect(await Promise.race([rows(second, 10), ...inLine.map((one) => one.then(() => 'came first'))])).toBe(
    200,
  );

  await paced.app.close();
  expect(await Promise.all(inLine)).toEqual([200, 200, 200]);
  await paced.close();
});

it('small reads of those who read much come one after the other, and those who read little do not wait for them', async () => {
  const rateLimits = { rowsASecondOfPerson: 100, rowsASecondOfAll: 10 };
  const paced = await openTestServer({ routes: [registerRows], rateLimits });
  const [reader, newcomer] = [await paced.addUser(), await paced.addUser()];
  const rows = async ({ headers }: TestUser) =>
    (await paced.app.inject({ url: '/api/v1/rows?limit=100', headers })).statusCode;
  // Two hundred rows are more than anyone may read in advance, and twenty seconds of the line, in which the second read has its place.
  expect([await rows(reader), await rows(reader)]).toEqual([200, 200]);

  const late = rows(reader);
  expect(await rows(newcomer)).toBe(200);

  expect(await Promise.race([late, sleep(4_000, 'waits')])).toBe('waits');
  await paced.app.close();
  expect(await late).toBe(200);
  await paced.close();
});

it('downloads that are not received hold up no other reads of their person, and more downloads wait for them', async () => {
  const streams: PassThrough[] = [];
  const streaming = await openTestServer({
    routes: [
      registerRows,
      (app) =>
        app.get('/stream', {
          config: { access: 'user' },
          schema: {
            operationId: 'stream',
            summary: 'A stream',
            tags: ['events'],
            response: { 200: Type.Unknown() },
          },
          handler: async (request, reply) => {
            await request.readPage(() => Promise.resolve([]), 0);
            const stream = new PassThrough();
            streams.push(stream);
            return reply.type('text/csv').send(stream);
          },
        }),
    ],
  });
  const { headers } = await streaming.addUser();
  const ask = async (path: string) =>
    (await streaming.app.inject({ url: `/api/v1${path}`, headers })).statusCode;
  const downloads = [ask('/stream'), ask('/stream')];
  await until('both are sent', () => streams.length === 2);

  expect(await ask('/rows')).toBe(200);
  downloads.push(ask('/stream'));
  expect(await ask('/rows')).toBe(200);
  expect(streams.length).toBe(2);
  streams[0]?.end('rows');
  await until('the third is sent', () => streams.length === 3);

  for (const stream of streams) stream.end('rows');
  expect(await Promise.all(downloads)).toEqual([200, 200, 200]);
  await streaming.close();
});

it('pages of downloads and other reads of a person are read two at a time', async () => {
  let underWay = 0;
  const gate = Promise.withResolvers<void>();
  const slow = async () => {
    underWay += 1;
    await gate.promise;
    return [{ name: 'second' }];
  };
  async function* pages() {
    yield [{ name: 'first' }];
    yield await slow();
  }
  const schemaOf = (operationId: string) => ({
    operationId,
    summary: 'Rows',
    tags: ['events'],
    response: { 200: Type.Unknown() },
  });
  const reading = await openTestServer({
    routes: [
      registerRows,
      (app) => {
        app.get('/download', {
          config: { access: 'user' },
          schema: schemaOf('download'),
          handler: (request, reply) => reply.type('text/csv').send(csvOfPages(request, ['name'], pages())),
        });
        app.get('/slow', { config: { access: 'user' }, schema: schemaOf('slow'), handler: slow });
      },
    ],
  });
  const [reader, newcomer] = [await reading.addUser(), await reading.addUser()];
  const ask = async ({ headers }: TestUser, path: string) =>
    (await reading.app.inject({ url: `/api/v1${path}`, headers })).statusCode;
  const asked = [ask(reader, '/download'), ask(reader, '/download')];
  await until('the second pages are read', () => underWay === 2);

  asked.push(ask(reader, '/slow'), ask(reader, '/slow'));
  for (let round = 0; round < 5; round += 1) expect(await ask(newcomer, '/rows')).toBe(200);
  expect(underWay).toBe(2);
  gate.resolve();

  expect(await Promise.all(asked)).toEqual([200, 200, 200, 200]);
  expect(underWay).toBe(4);
  await reading.close();
});
