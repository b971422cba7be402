/** Every channel for everyone who may not use it, and for the things of others. */

import { once } from 'node:events';
import { randomUUIDv7 } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHANNEL_FRAMES } from '../../src/server/channels.ts';
import { CLOSE_CODES } from '../../src/stream/protocol.ts';
import { tokensThatOpenNothing } from '../support/requests/refused-people.ts';
import { valuesOf } from '../support/requests/schema-values.ts';
import { openStreamServer, TestClient } from '../support/stream-server.ts';
import { addTrader } from '../support/trading-client.ts';
import type { JsonSchema } from '../support/requests/schema-values.ts';
import type { StreamServer } from '../support/stream-server.ts';
import type { TestTrader } from '../support/trading-client.ts';

let server: StreamServer;
let owner: TestTrader;
let stranger: TestTrader;

beforeAll(async () => {
  server = await openStreamServer();
  server.notifier.start();
  owner = await addTrader(server);
  stranger = await addTrader(server);
});

afterAll(() => server.close());

const CHANNELS = CHANNEL_FRAMES.map(({ name, subscribe }) => ({ name, subscribe: subscribe as JsonSchema }));
const ACCOUNT_CHANNELS = CHANNELS.filter(({ subscribe }) => subscribe.properties?.['accountId']);

/** What a subscription must say besides the channel; an account is the only thing that channels name. */
function parametersOf({ subscribe }: (typeof CHANNELS)[number], accountId: string): object {
  const { properties = {}, required = [] } = subscribe;
  const needed = required.filter((name) => name !== 'type' && name !== 'channel');
  return Object.fromEntries(
    needed.map((name) => {
      if (name === 'accountId') return [name, accountId];
      if (name === 'instruments') return [name, ['EUR_USD']];
      const values = valuesOf({ minItems: 1, ...properties[name] }, () => [], name);
      return [name, fc.sample(values, { seed: 1, numRuns: 1 })[0]];
    }),
  );
}

describe('who is not let in', () => {
  it('gets no socket by a frame, and none by a cookie, whatever opens nothing', async () => {
    const tokens = await tokensThatOpenNothing(server);
    const origin = 'https://forex.example.org';

    const codes = await Promise.all(
      [...tokens].flatMap(([whose, token]) =>
        [
          { by: 'frame', frame: { type: 'authenticate', token: token ?? '' }, headers: {} },
          {
            by: 'cookie',
            frame: { type: 'subscribe', channel: 'events' },
            headers: token === undefined ? {} : { origin, cookie: `__Host-session=${token}` },
          },
        ].map(async ({ by, frame, headers }) => {
          const client = new TestClient(server.url, headers);
          await once(client.socket, 'open');
          client.send(frame);
          const { code } = await client.closed;
          return { whose, by, code, opened: client.frames.filter(({ type }) => type !== 'error') };
        }),
      ),
    );

    const wanted = codes.map(({ whose, by }) => {
      const isNoFrame = whose === 'no token' && by === 'frame';
      return { whose, by, code: isNoFrame ? CLOSE_CODES.badFrame : CLOSE_CODES.unauthenticated, opened: [] };
    });
    expect(codes).toEqual(wanted);
  });
});

describe('the account of another person', () => {
  it.each(ACCOUNT_CHANNELS)('looks like none in the channel $name', async (channel) => {
    const client = await TestClient.signedIn(server, stranger.user);
    const ask = async (accountId: string) => {
      const answer = await client.subscribe(channel.name, parametersOf(channel, accountId));
      return JSON.stringify(answer).replaceAll(accountId, 'ID');
    };

    const foreign = await ask(owner.accountId);
    const absent = await ask(randomUUIDv7());
    const own = await ask(stranger.accountId);
    client.socket.close();

    expect(JSON.parse(foreign)).toMatchObject({ type: 'error', code: 'not-found' });
    expect(foreign).toBe(absent);
    expect(JSON.parse(own)).toMatchObject({ type: 'subscribed' });
  });

  it('is named in no frame of any channel, while its owner reads of it in each', async () => {
    const clients = { owner: await subscribeToAll(owner), stranger: await subscribeToAll(stranger) };

    await act(owner);
    await act(stranger);
    for (const who of ['owner', 'stranger'] as const)
      for (const { name } of CHANNELS)
        await clients[who].next(({ type, channel }) => type === 'data' && channel === name);
    // The journal is read in its order: who reads of an order of their own has been sent all that came before it.
    await clients.stranger.next((frame) => frame['data']?.type === 'order-filled');

    const texts = Object.values(clients).map(({ frames }) => JSON.stringify(frames));
    for (const { socket } of Object.values(clients)) socket.close();
    const named = [owner, stranger].map(({ accountId, user }) =>
      texts.map((text) => text.includes(accountId) || text.includes(`"backtestId":"${user.id}"`)),
    );
    expect(named).toEqual([
      [true, false],
      [false, true],
    ]);
  });
});

async function subscribeToAll({ user, accountId }: TestTrader): Promise<TestClient> {
  const client = await TestClient.signedIn(server, user);
  for (const channel of CHANNELS)
    expect(await client.subscribe(channel.name, parametersOf(channel, accountId))).toMatchObject({
      type: 'subscribed',
    });
  return client;
}

/** Makes something to read in every channel. */
async function act({ user, ask, accountId, order }: TestTrader): Promise<void> {
  const terms = { accountId, name: 'Mine', strategyType: 'ema_cross', instrument: 'EUR_USD' };
  const strategy = (await ask('POST', '/strategies', terms)).json();
  expect((await ask('POST', `/strategies/${strategy.id}/start`)).statusCode).toBe(200);
  const news = { userId: user.id, backtestId: user.id, status: 'running', progress: 0.5 };
  server.showProgress(news);
  await server.quote('EUR_USD', 110_000, 110_010);
  expect((await order()).statusCode).toBe(201);
}
