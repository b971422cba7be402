/** What is the same value, or no value at all, whichever way it is written: ids, numbers of entries, and text that others read. */
import { PASSWORD } from '../support/test-server.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStreamServer, TestClient } from '../support/stream-server.ts';
import { addTrader } from '../support/trading-client.ts';
import type { StreamServer } from '../support/stream-server.ts';
import type { TestTrader } from '../support/trading-client.ts';

let server: StreamServer;
let trader: TestTrader;

beforeAll(async () => {
  server = await openStreamServer();
  trader = await addTrader(server);
});

afterAll(() => server.close());

describe('an id in upper case', () => {
  it('is the same id, in the address, the query and the body', async () => {
    const accountId = trader.accountId.toUpperCase();

    const placed = await trader.order({ accountId, type: 'limit', price: '1.05' });
    const listed = await trader.ask('GET', `/orders?accountId=${accountId}`);
    const cancelled = await trader.ask('DELETE', `/orders/${placed.json().id.toUpperCase()}`);
    const halted = await trader.ask('POST', `/accounts/${accountId}/halt`);

    expect([placed.statusCode, placed.json().accountId]).toEqual([201, trader.accountId]);
    expect(listed.json().items).toHaveLength(1);
    expect(cancelled.statusCode).toBe(200);
    expect([halted.statusCode, halted.json().status]).toEqual([200, 'halted']);
  });

  it('ends the run of an account that is closed by it', async () => {
    const other = await addTrader(server);

    const closed = await other.ask('DELETE', `/accounts/${other.accountId.toUpperCase()}`);

    expect(closed.statusCode).toBe(204);
    expect(server.supervisor.find(other.accountId)).toBeUndefined();
  });

  it('subscribes to the account, changes after its snapshot included', async () => {
    const other = await addTrader(server);
    const client = await TestClient.signedIn(server, other.user);

    const answer = await client.subscribe('account', { accountId: other.accountId.toUpperCase() });
    await other.order({});
    const changes = await client.next(({ data }) => data?.kind === 'changes');

    expect(answer).toMatchObject({ type: 'subscribed', accountId: other.accountId });
    expect(changes['data'].account.id).toBe(other.accountId);
    client.socket.close();
  });
});

describe('a body with a key twice', () => {
  it('is refused with the key, and nothing is done', async () => {
    const other = await addTrader(server);
    const send = (payload: string) =>
      server.app.inject({
        method: 'POST',
        url: '/api/v1/orders',
        headers: { ...other.user.headers, 'content-type': 'application/json' },
        payload,
      });
    const order = `{"accountId":"${other.accountId}","instrument":"EUR_USD","side":"buy","type":"market","units":1000`;

    const [twice, once] = [await send(`${order},"units":9000}`), await send(`${order}}`)];

    expect([twice.statusCode, twice.json().detail]).toEqual([
      400,
      'The body has the key "units" twice in one object.',
    ]);
    expect(once.statusCode).toBe(201);
    expect((await other.ask('GET', '/orders')).json().items).toHaveLength(1);
  });
});

describe('a number of an entry that no double holds', () => {
  it.each([
    ['subscribe', { type: 'subscribe', channel: 'events', after: 2 ** 63 }, '/after'],
    ['subscribe', { type: 'subscribe', channel: 'events', after: 2 ** 53 }, '/after'],
    ['acknowledge', { type: 'acknowledge', sequence: 1e300 }, '/sequence'],
  ])('is refused over a socket: %s', async (_type, frame, pointer) => {
    const client = await TestClient.signedIn(server, trader.user);

    client.send(frame);

    const { code, reason } = await client.closed;
    expect([code, reason]).toEqual([4400, expect.stringMatching(new RegExp(`^${pointer} must be`))]);
  });

  it('is refused over HTTP', async () => {
    const answer = await trader.ask('GET', `/events?after=${'9'.repeat(19)}`);

    expect([answer.statusCode, answer.json().errors[0].pointer]).toEqual([400, '/after']);
  });
});

const UNSEEN = {
  'an escape character': '\u001b[31m',
  'the end of a line': 'a\r\nb',
  'a character of C1': '\u009b',
  'a mark that turns text around': '\u202e',
  'an isolate': '\u2066',
  'a mark of direction': '\u200f',
  'a character without width': 'a\u200bb',
  'a separator of lines': '\u2028',
};

describe('text that others read', () => {
  it.each(Object.entries(UNSEEN))('cannot contain %s', async (_what, text) => {
    const wrong = `Name${text}`;
    const { ask, accountId, order } = await addTrader(server);
    const paper = { environment: 'paper', currency: 'USD', initialBalance: '1000' };
    const cross = { accountId, strategyType: 'ema_cross', instrument: 'EUR_USD' };

    const answers = [
      await ask('POST', '/accounts', { ...paper, name: wrong }),
      await ask('PATCH', `/accounts/${accountId}`, { name: wrong }),
      await ask('POST', '/strategies', { ...cross, name: wrong }),
      await ask('POST', '/api-keys', { name: wrong, scope: 'read', password: PASSWORD }),
      await ask('PATCH', '/me', { firstName: wrong }),
      await ask('POST', `/accounts/${accountId}/resume`, { reason: wrong }),
      await order({ tag: wrong }),
      await order({ comment: wrong }),
      await order({ type: 'limit', price: '1.05', ocoGroup: wrong }),
    ];

    expect(answers.map(({ statusCode }) => statusCode)).toEqual(answers.map(() => 400));
    expect(answers.map((answer) => answer.json().errors.length)).toEqual(answers.map(() => 1));
  });

  it('is left as it is otherwise, in any script', async () => {
    const names = ['Größe', '日本円 口座', 'حساب', 'दल', '👩‍💻 bot', "O'Brien & Söhne"];

    for (const name of names) {
      const changed = await trader.ask('PATCH', `/accounts/${trader.accountId}`, { name });
      expect([changed.statusCode, changed.json().name]).toEqual([200, name]);
    }
  });

  it('of a file that is uploaded loses them', async () => {
    const boundary = 'x';
    const form = [
      `--${boundary}`,
      'Content-Disposition: form-data; name="file"; filename="eur\u202egpj.csv"',
      'Content-Type: text/csv',
      '',
      'time,bid,ask\n2024-01-03T00:00:00Z,1.1,1.2\n',
      `--${boundary}--`,
      '',
    ].join('\r\n');

    const answer = await server.app.inject({
      method: 'POST',
      url: '/api/v1/price-series?instrument=EUR_USD',
      headers: { ...trader.user.headers, 'content-type': `multipart/form-data; boundary=${boundary}` },
      payload: form,
    });

    expect([answer.statusCode, answer.json().source]).toEqual([201, 'eurgpj.csv']);
  });
});
