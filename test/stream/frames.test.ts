/** Frames that make no sense, and those that do. */
import { once } from 'node:events';
import { randomUUIDv7 } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStreamServer, TestClient } from '../support/stream-server.ts';
import type { StreamServer } from '../support/stream-server.ts';

let server: StreamServer;

beforeAll(async () => {
  server = await openStreamServer({ limits: { socketsPerUser: 1_000 } });
});

afterAll(() => server.close());

const ACCOUNT = '0198c9d2-1c5e-7000-8000-000000000000';
const subscribe = (rest: object) => JSON.stringify({ type: 'subscribe', ...rest });

describe('a malformed frame', () => {
  const user = () => server.addUser();

  it.each([
    ['no JSON', 'subscribe!', 'a frame must be JSON'],
    ['nothing', '', 'a frame must be JSON'],
    ['a list', '[]', 'a frame must be a JSON object'],
    ['null', 'null', 'a frame must be a JSON object'],
    ['text', '"authenticate"', 'a frame must be a JSON object'],
    ['no type', '{}', '/type must be one of authenticate, subscribe, unsubscribe, acknowledge'],
    [
      'an unknown type',
      '{"type":"publish"}',
      '/type must be one of authenticate, subscribe, unsubscribe, acknowledge',
    ],
    [
      'a type of another kind',
      '{"type":["subscribe"]}',
      '/type must be one of authenticate, subscribe, unsubscribe, acknowledge',
    ],
    [
      'a name that every object has',
      '{"type":"constructor"}',
      '/type must be one of authenticate, subscribe, unsubscribe, acknowledge',
    ],
    [
      'an unknown channel',
      subscribe({ channel: 'news' }),
      '/channel must be one of quotes, account, strategies, backtests, events, notifications',
    ],
    [
      'no channel',
      subscribe({}),
      '/channel must be one of quotes, account, strategies, backtests, events, notifications',
    ],
    ['an unknown field', subscribe({ channel: 'events', since: 4 }), '/since is not known here'],
    ['a prototype', '{"type":"subscribe","channel":"events","__proto__":{}}', '/__proto__ is not known here'],
    ['a field too few', subscribe({ channel: 'account' }), '/accountId is required'],
    [
      'an account that is no id',
      subscribe({ channel: 'account', accountId: '1' }),
      '/accountId must match format "uuid"',
    ],
    ['a negative number', subscribe({ channel: 'events', after: -1 }), '/after must be >= 0'],
    ['a number as text', subscribe({ channel: 'events', after: '4' }), '/after must be integer'],
    [
      'no instruments',
      subscribe({ channel: 'quotes', accountId: ACCOUNT, instruments: [] }),
      '/instruments must not have fewer than 1 items',
    ],
    [
      'the same instrument twice',
      subscribe({ channel: 'quotes', accountId: ACCOUNT, instruments: ['EUR_USD', 'EUR_USD'] }),
      '/instruments must not have duplicate items',
    ],
    ['an acknowledgement of nothing', '{"type":"acknowledge"}', '/sequence is required'],
    ['a token of another kind', '{"type":"authenticate","token":7}', '/token must be string'],
    [
      'too much',
      JSON.stringify({ type: 'authenticate', token: 'x'.repeat(17_000) }),
      'a frame may have 16384 bytes, this one has 17034',
    ],
  ])('that is %s is explained, and ends the socket', async (_case, text, wrong) => {
    const client = await TestClient.signedIn(server, await user());

    client.socket.send(text);

    expect(await client.closed).toEqual({ code: 4400, reason: wrong.slice(0, 123) });
    expect(client.frames.at(-1)).toEqual({ type: 'error', code: 'invalid-request', detail: wrong });
  });

  it('that is binary is explained, and ends the socket', async () => {
    const client = await TestClient.signedIn(server, await user());

    client.socket.send(Buffer.from('{"type":"subscribe","channel":"events"}'));

    expect(await client.closed).toEqual({
      code: 4400,
      reason: 'binary frames are not taken, only JSON text',
    });
  });

  it('that names a field at length is explained in few words', async () => {
    const client = await TestClient.signedIn(server, await user());

    client.send({ type: 'subscribe', channel: 'events', ['あ'.repeat(5_000)]: 1 });

    const { code, reason } = await client.closed;
    expect(code).toBe(4400);
    expect(Buffer.byteLength(reason)).toBeLessThanOrEqual(123);
    expect(reason).toMatch(/^\/あ+$/);
  });

  it('beyond what is read at all ends the socket', async () => {
    const client = await TestClient.signedIn(server, await user());

    client.socket.send('x'.repeat(70_000));

    expect(await client.closed).toMatchObject({ code: 1009 });
  });

  it('from an unknown client ends the socket, too', async () => {
    const client = new TestClient(server.url);
    await once(client.socket, 'open');

    client.socket.send('{"type":');

    expect(await client.closed).toMatchObject({ code: 4400 });
  });
});

describe('a frame', () => {
  it.each(['quotes', 'account'])(
    'about an account that is not mine or not there finds nothing, on %s',
    async (channel) => {
      const mine = await TestClient.signedIn(server, await server.addUser());
      const theirs = await server.addAccount((await server.addUser()).id);
      const instruments = channel === 'quotes' ? { instruments: ['EUR_USD'] } : {};

      for (const accountId of [theirs.id, randomUUIDv7()]) {
        expect(await mine.subscribe(channel, { accountId, ...instruments })).toEqual({
          type: 'error',
          code: 'not-found',
          detail: 'You have no account with this id.',
          channel,
          accountId,
        });
      }
      mine.socket.close();
    },
  );

  it('that subscribes is answered with what was subscribed to, and so is its end', async () => {
    const user = await server.addUser();
    const { id: accountId } = await server.addAccount(user.id);
    const client = await TestClient.signedIn(server, user);

    expect(await client.subscribe('events')).toEqual({ type: 'subscribed', channel: 'events' });
    expect(await client.subscribe('account', { accountId })).toEqual({
      type: 'subscribed',
      channel: 'account',
      accountId,
    });
    client.send({ type: 'unsubscribe', channel: 'account', accountId });

    expect(await client.next((frame) => frame['type'] === 'unsubscribed')).toEqual({
      type: 'unsubscribed',
      channel: 'account',
      accountId,
    });
    client.socket.close();
  });

  it('is answered after those before it, even when all come at once', async () => {
    const user = await server.addUser();
    const client = new TestClient(server.url);
    await once(client.socket, 'open');

    client.send({ type: 'authenticate', token: user.token });
    for (const channel of ['events', 'strategies', 'backtests']) client.send({ type: 'subscribe', channel });

    await client.next((frame) => frame['channel'] === 'backtests');
    expect(client.frames.map((frame) => frame['channel'] ?? frame['type'])).toEqual([
      'authenticated',
      'events',
      'strategies',
      'backtests',
    ]);
    client.socket.close();
  });

  it('too many at once end the socket', async () => {
    const client = await TestClient.signedIn(server, await server.addUser());

    for (let count = 0; count < 300; count += 1) client.send({ type: 'unsubscribe', channel: 'events' });

    expect(await client.closed).toEqual({
      code: 4429,
      reason: 'frames came faster than they can be answered',
    });
  });

  it('cannot make more subscriptions than a socket may have', async () => {
    const user = await server.addUser();
    const accounts = await Promise.all(Array.from({ length: 51 }, () => server.addAccount(user.id)));
    const client = await TestClient.signedIn(server, user);
    const answers = [];

    for (const { id } of accounts) answers.push(await client.subscribe('account', { accountId: id }));

    expect(answers.slice(0, 50).every((answer) => answer['type'] === 'subscribed')).toBe(true);
    expect(answers.at(-1)).toMatchObject({ type: 'error', code: 'too-many-requests' });
    client.socket.close();
  });
});
