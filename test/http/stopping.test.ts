/** A stop answers what has arrived, and waits for nothing else. */
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { Type } from 'typebox';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { closeApp } from '../../src/http/listen.ts';
import { openTestServer } from '../support/test-server.ts';
import type { App } from '../../src/http/route.ts';
import type { TestServer } from '../support/test-server.ts';

let server: TestServer;
let port: number;
let begun: PromiseWithResolvers<void>;
let released: PromiseWithResolvers<void>;

const described = (operationId: string) => ({
  operationId,
  summary: 'For tests',
  tags: ['health'],
  response: { 200: Type.Object({ done: Type.Boolean() }) },
});

/** One answers when the test lets it, the other when it has read all that is sent. */
function registerSlowRoutes(app: App): void {
  app.get('/slow', {
    config: { access: 'public' },
    schema: described('slow'),
    handler: async () => {
      begun.resolve();
      await released.promise;
      return { done: true };
    },
  });
  app.addContentTypeParser('application/x-stream', (_request, payload, done) => done(null, payload));
  app.post('/upload', {
    config: { access: 'public' },
    schema: described('upload'),
    handler: async ({ body }) => {
      begun.resolve();
      for await (const _chunk of body as Readable);
      return { done: true };
    },
  });
}

beforeEach(async () => {
  begun = Promise.withResolvers();
  released = Promise.withResolvers();
  server = await openTestServer({ routes: [registerSlowRoutes] });
  port = Number((await server.listen()).split(':')[1]);
});

afterEach(() => server.close());

/** Opens a connection, sends this, and returns it when the server has it. */
async function send(text: string): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  const arrived = once(server.app.server, 'connection');
  await once(socket, 'connect');
  if (text !== '') socket.write(text);
  const [accepted] = await arrived;
  await expect.poll(() => accepted.bytesRead).toBe(text.length);
  return socket;
}

/** Stops as the server does; fails when connections had to be cut at the end. */
async function stop(): Promise<void> {
  const cut = vi.spyOn(server.app.server, 'closeAllConnections');
  server.readiness.stop();
  await closeApp(server.app);
  expect(cut).not.toHaveBeenCalled();
}

async function answerOn(socket: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

const POST = 'POST /api/v1/auth/login HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\n';

it.each([
  ['that has sent nothing', ''],
  ['that has sent half of the headers', 'GET /livez HTTP/1.1\r\nHost: te'],
  ['that has sent half of the body', `${POST}Content-Length: 100\r\n\r\n{"email":`],
  ['that was answered and is kept', 'GET /livez HTTP/1.1\r\nHost: test\r\n\r\n'],
])('a stop does not wait for a connection %s', async (_what, text) => {
  const socket = await send(text);
  socket.resume();

  await stop();

  expect(server.log.filter((line) => JSON.parse(line).level >= 50)).toEqual([]);
});

it('a request that has arrived is answered, however long that takes', async () => {
  const slow = await send('GET /api/v1/slow HTTP/1.1\r\nHost: test\r\n\r\n');
  await begun.promise;
  const silent = (await send('')).resume();

  const stopping = stop();
  await once(silent, 'close');
  released.resolve();

  expect(await answerOn(slow)).toMatch(/^HTTP\/1\.1 200 [^]*"done":true/);
  await stopping;
});

it('an upload that has begun is read to its end', async () => {
  const head = 'POST /api/v1/upload HTTP/1.1\r\nHost: test\r\nContent-Type: application/x-stream\r\n';
  const upload = await send(`${head}Content-Length: 8\r\n\r\nhalf`);
  await begun.promise;
  const silent = (await send('')).resume();

  const stopping = stop();
  await once(silent, 'close');
  upload.write('half');

  expect(await answerOn(upload)).toMatch(/^HTTP\/1\.1 200 [^]*"done":true/);
  await stopping;
});
