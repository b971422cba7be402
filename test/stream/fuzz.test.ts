/** Thousands of frames drawn from the published schemas, right, nearly right and hostile: no failure, and no close that is not documented. */

import { once } from 'node:events';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CHANNEL_FRAMES } from '../../src/server/channels.ts';
import { CLOSE_CODES, controlFrames } from '../../src/stream/protocol.ts';
import { hostileBody, nearlyOf } from '../support/requests/hostile-values.ts';
import { valuesOf } from '../support/requests/schema-values.ts';
import { openStreamServer, TestClient } from '../support/stream-server.ts';
import { addTrader } from '../support/trading-client.ts';
import type { JsonSchema } from '../support/requests/schema-values.ts';
import type { StreamServer } from '../support/stream-server.ts';
import type { TestTrader } from '../support/trading-client.ts';

const SEED = Number(process.env['FUZZ_SEED'] ?? 20_261_129);
const SOCKETS = 700;
const FRAMES_OF_SOCKET = 5;
const AT_ONCE = 20;

let server: StreamServer;
let owner: TestTrader;
let stranger: TestTrader;

beforeAll(async () => {
  server = await openStreamServer({ limits: { socketsPerUser: 1_000 }, logsEverything: true });
  owner = await addTrader(server);
  stranger = await addTrader(server);
});

afterAll(() => server.close());

/** Some frames that a client may send, and a last one that may be anything. */
function sequences(): fc.Arbitrary<readonly (string | Buffer)[]> {
  const ids = () => [owner.accountId, owner.accountId, stranger.accountId, stranger.user.id];
  const { authenticate: _first, ...control } = controlFrames(CHANNEL_FRAMES);
  const schemas = [...Object.values(control), ...CHANNEL_FRAMES.map(({ subscribe }) => subscribe)];
  const right = fc.oneof(...schemas.map((schema) => valuesOf(schema as JsonSchema, ids)));
  const text = (values: fc.Arbitrary<unknown>) => values.map((value) => JSON.stringify(value) ?? '');
  const before = fc.array(text(right), { minLength: FRAMES_OF_SOCKET - 1, maxLength: FRAMES_OF_SOCKET - 1 });
  const last = fc.oneof(
    { weight: 2, arbitrary: text(right) },
    { weight: 3, arbitrary: text(nearlyOf(right)) },
    { weight: 1, arbitrary: hostileBody },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)) },
  );
  return fc.tuple(before, last).map(([first, end]) => [...first, end]);
}

/** Sends frames on a socket of the owner; returns the code of its close, undefined when the server kept it open. */
async function send(sent: readonly (string | Buffer)[]): Promise<number | undefined> {
  const client = await TestClient.signedIn(server, owner.user);
  const seen = client.frames.length;
  for (const frame of sent) client.socket.send(frame);
  // Frames are answered in order: behind this answer, all of them are done.
  client.send({ type: 'unsubscribe', channel: 'events', accountId: MARK });
  const answered = client.next(({ accountId }) => accountId === MARK, seen).then(() => undefined);
  const code = await Promise.race([client.closed.then((closed) => closed.code), answered]);
  if (client.socket.readyState !== client.socket.CLOSED) {
    client.socket.close();
    await once(client.socket, 'close');
  }
  return code;
}

const MARK = '00000000-0000-7000-8000-00000000aaaa';

it(`are answered or end their socket: ${SOCKETS * FRAMES_OF_SOCKET}`, async () => {
  const drawn = fc.sample(sequences(), { seed: SEED, numRuns: SOCKETS });
  const allowed = new Set<number | undefined>([undefined, CLOSE_CODES.badFrame, CLOSE_CODES.tooSlow]);
  const wrong: string[] = [];
  const counts = new Map<number | undefined, number>();

  for (let from = 0; from < drawn.length; from += AT_ONCE) {
    await Promise.all(
      drawn.slice(from, from + AT_ONCE).map(async (sent) => {
        const code = await send(sent);
        counts.set(code, (counts.get(code) ?? 0) + 1);
        if (!allowed.has(code)) wrong.push(`${code} after ${sent.map(String).join(' | ').slice(0, 2_000)}`);
      }),
    );
  }

  process.stdout.write(`${SOCKETS} sockets with the seed ${SEED}: ${JSON.stringify([...counts])}\n`);
  expect(wrong.slice(0, 10)).toEqual([]);
  expect(server.log.filter((line) => /"level":[56]0|could not be served/.test(line))).toEqual([]);
});
