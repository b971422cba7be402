/** Files of prices that come over the wire: slowly, not whole, or twice. */
import { readdir, readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { getPriority } from 'node:os';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { longQuoteFile } from '../support/price-files.ts';
import { openTestServer } from '../support/test-server.ts';
import { until } from '../support/until.ts';
import type { TestServer, TestUser } from '../support/test-server.ts';

let server: TestServer;
let port: number;

beforeAll(async () => {
  server = await openTestServer();
  port = Number((await server.listen()).split(':')[1]);
});

afterAll(() => server.close());

/** Begins an upload that announces more than it sends. */
function beginUpload(user: TestUser) {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  const text = longQuoteFile(20_000);
  socket.write(
    `POST /api/v1/price-series?instrument=EUR_USD HTTP/1.1\r\nHost: forex.test\r\nAuthorization: ${user.headers.authorization}\r\n` +
      `Content-Type: text/csv\r\nContent-Length: ${text.length + 1}\r\n\r\n${text}`,
  );
  return socket;
}

const stagedChunks = () => server.database.selectFrom('price_chunks').select('ordinal').execute();

it('delay no one else’s journal while they come', async () => {
  const socket = beginUpload(await server.addUser());
  await until('a chunk is stored', async () => (await stagedChunks()).length > 0);
  const other = await server.addUser();
  const heard = new Promise<void>((resolve) => {
    server.journal.subscribe((entries) => {
      if (entries.some(({ userId }) => userId === other.id)) resolve();
    });
  });

  await server.journal.record({
    category: 'system',
    type: 'noted',
    severity: 'info',
    description: '',
    userId: other.id,
  });

  await heard;
  expect((await stagedChunks()).length).toBeGreaterThan(0);
  socket.destroy();
  await until('nothing of it is left', async () => (await stagedChunks()).length === 0);
});

it('are read by a thread that gives way to the one that trades', async () => {
  // Threads of earlier uploads may end meanwhile: what counts is which are there now and were not.
  const before = new Set(await loweredThreads());
  const socket = beginUpload(await server.addUser());
  await until('a chunk is stored', async () => (await stagedChunks()).length > 0);

  const since = (await loweredThreads()).filter((thread) => !before.has(thread));
  expect(since).toHaveLength(process.platform === 'linux' ? 1 : 0);
  socket.destroy();
  await until('nothing of it is left', async () => (await stagedChunks()).length === 0);
});

/** The threads of this process that give way to its first, where threads have a priority. */
async function loweredThreads(): Promise<string[]> {
  if (process.platform !== 'linux') return [];
  const threads = await readdir('/proc/self/task');
  const priorities = await Promise.all(threads.map(priorityOf));
  return threads.filter((_, index) => (priorities[index] ?? 0) > getPriority());
}

/** Of a thread that may end while this looks. */
async function priorityOf(thread: string): Promise<number> {
  const text = await readFile(`/proc/self/task/${thread}/stat`, 'utf8').catch(() => '');
  return Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[16] ?? 0);
}

it('leave nothing when the sender goes away, and the log does not blame the database', async () => {
  const user = await server.addUser();
  const before = server.log.length;
  const socket = beginUpload(user);
  await until('a chunk is stored', async () => (await stagedChunks()).length > 0);

  socket.destroy();

  await until('it is refused', () => server.log.slice(before).some((line) => line.includes('broke off')));
  expect(await stagedChunks()).toEqual([]);
  expect(server.log.slice(before).join('')).not.toContain('database-unavailable');
});

/** A form as browsers send it, each time with another boundary. */
function form(text: string, boundary: string) {
  return {
    payload: `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\nContent-Type: text/csv\r\n\r\n${text}\r\n--${boundary}--\r\n`,
    type: `multipart/form-data; boundary=${boundary}`,
  };
}

const FILE = longQuoteFile(5);
const OTHER_FILE = FILE.replace(/\d(?=\n)/, (digit) => String((Number(digit) + 1) % 10));

it.each([
  ['in a body', { payload: FILE, type: 'text/csv' }, { payload: OTHER_FILE, type: 'text/csv' }],
  ['in a form', form(FILE, 'aaaa'), form(OTHER_FILE, 'bbbb')],
])('are recognized by their bytes when they come again under a key, %s', async (where, file, other) => {
  const user = await server.addUser();
  const send = ({ payload, type }: typeof file) =>
    server.app.inject({
      method: 'POST',
      url: '/api/v1/price-series?instrument=EUR_USD',
      headers: { ...user.headers, 'content-type': type, 'idempotency-key': where.replaceAll(' ', '-') },
      payload,
    });

  const first = await send(file);
  const again = await send(where === 'in a form' ? form(FILE, 'cccc') : file);
  const another = await send(other);

  expect(first.statusCode).toBe(201);
  expect({
    status: again.statusCode,
    body: again.body,
    replayed: again.headers['idempotent-replayed'],
  }).toEqual({
    status: 201,
    body: first.body,
    replayed: 'true',
  });
  expect(again.headers).not.toHaveProperty('file-digest');
  expect({ status: another.statusCode, code: another.json().code }).toEqual({
    status: 409,
    code: 'idempotency-conflict',
  });
});

it('are compared with the first one when its answer was lost', async () => {
  const { headers } = await server.addUser();
  const upload = (file: string) =>
    server.app.inject({
      method: 'POST',
      url: '/api/v1/price-series?instrument=EUR_USD',
      headers: { ...headers, 'content-type': 'text/csv', 'idempotency-key': 'lost-answer' },
      payload: file,
    });
  const file = longQuoteFile(3);
  // As when the server is killed between the two: the series is stored, the answer to it is not.
  const { idempotency } = server.stores;
  const complete = idempotency.complete.bind(idempotency);
  idempotency.complete = () => Promise.reject(new Error('killed'));
  const first = await upload(file);
  idempotency.complete = complete;
  const isOver = 60_001;
  server.clock.now += isOver;

  const other = await upload(file.replace('1.1', '1.2'));
  const same = await upload(file);

  expect([first.statusCode, same.statusCode]).toEqual([201, 201]);
  expect(same.json().id).toBe(first.json().id);
  expect(other.json()).toMatchObject({ status: 409, type: '/problems/idempotency-conflict' });
});
