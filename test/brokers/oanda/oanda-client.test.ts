/** What the client makes of every way in which a request can end, on real sockets. */

import { createServer } from 'node:net';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OandaConnections } from '../../../src/brokers/open-broker.ts';
import { breaks, hangs, html, json, ScriptedOanda, TOKEN } from '../../support/scripted-oanda.ts';
import type { OandaClient } from '../../../src/brokers/oanda/http/oanda-client.ts';
import type { AddressInfo } from 'node:net';

/** The deadline where it is not what is tested: a machine that is busy with something else does not reach it. */
const TIMES = {
  requestMs: 60_000,
  readAgain: { firstMs: 1, longestMs: 4 },
  refusedAgainMs: 1,
};

/** The deadline of a request that is not answered; it must have left by then. */
const UNANSWERED_MS = 3_000;

const ORDERS = '/v3/accounts/A/orders';
const POST = `POST ${ORDERS}`;
const SUMMARY = '/v3/accounts/A/summary';
const GET = `GET ${SUMMARY}`;

let oanda: ScriptedOanda;
let client: OandaClient;
let release: () => Promise<void>;

beforeEach(async () => {
  oanda = await ScriptedOanda.start();
  ({ client, release } = lend(oanda.url));
});
afterEach(async () => {
  await release();
  await oanda.close();
});

function lend(url: string, requestMs = TIMES.requestMs): ReturnType<OandaConnections['borrow']> {
  const connections = new OandaConnections({ practiceUrl: url, times: { ...TIMES, requestMs } });
  return connections.borrow({ environment: 'practice', token: TOKEN });
}

/** A port on which no one listens. */
async function deadUrl(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}

describe('a request that must not be repeated', () => {
  it('does not leave when its sender may not send in the moment in which it is written', async () => {
    oanda.always(POST, json(201, {}));
    const asked: string[] = [];
    const maySend = (): boolean => asked.push('asked') > 1;

    expect(await client.send('POST', ORDERS, {}, maySend)).toEqual({
      end: 'refused',
      status: undefined,
      why: 'the account may have another trader',
    });
    expect(oanda.arrived).toEqual([]);
    expect(await client.send('POST', ORDERS, {}, maySend)).toMatchObject({ end: 'answered' });
  });

  it.each([
    ['429', json(429, { errorMessage: 'too many' }), 'refused'],
    ['429 as HTML', html(429), 'refused'],
    ['401', json(401, { errorMessage: 'Insufficient authorization to perform request.' }), 'refused'],
    ['403', json(403, { errorMessage: 'The provided request was forbidden.' }), 'refused'],
    ['500', json(500, { errorMessage: 'internal' }), 'unknown'],
    ['502 as HTML', html(502), 'unknown'],
    ['504', json(504, { errorMessage: 'Timeout waiting for response.' }), 'unknown'],
    ['201 as HTML', html(201), 'unknown'],
    ['400 as HTML, which may hide a rejection', html(400), 'unknown'],
    ['a redirect', json(302, {}), 'unknown'],
    ['a broken connection', breaks, 'unknown'],
    ['no answer', hangs, 'unknown'],
    ['400 with JSON', json(400, { errorMessage: 'bad' }), 'answered'],
    ['201', json(201, { lastTransactionID: '7' }), 'answered'],
  ] as const)('that ends with %s is sent once and counts as its outcome says', async (_name, answer, end) => {
    oanda.always(POST, answer);
    const sender = lend(oanda.url, answer === hangs ? UNANSWERED_MS : undefined);

    const ended = await sender.client.send('POST', ORDERS, { order: {} });
    await sender.release();

    expect(ended.end).toBe(end);
    expect(oanda.count(POST)).toBe(1);
  });

  it('that is cut off in the middle of its answer is unknown', async () => {
    oanda.always(POST, (response) => {
      response.writeHead(201, { 'content-type': 'application/json', 'content-length': '1000' });
      response.write('{"orderCreateTransaction":');
      setImmediate(() => response.socket?.destroy());
    });

    expect(await client.send('POST', ORDERS, {})).toMatchObject({ end: 'unknown' });
  });

  it('whose answer is not JSON though it says so is unknown', async () => {
    oanda.always(POST, (response) => {
      response.writeHead(201, { 'content-type': 'application/json' });
      response.end('{"orderCreate');
    });

    expect(await client.send('POST', ORDERS, {})).toMatchObject({ end: 'unknown' });
  });

  it('whose answer never ends is unknown, and is not held in memory', async () => {
    const chunk = Buffer.alloc(1024 * 1024, 'x');
    oanda.always(POST, (response) => {
      response.writeHead(201, { 'content-type': 'application/json' });
      const write = (): void => {
        if (!response.destroyed) response.write(chunk, write);
      };
      write();
    });

    const ended = await client.send('POST', ORDERS, {});

    expect(ended.end).toBe('unknown');
  });

  it('that finds no one is refused: not one byte left', async () => {
    const dead = lend(await deadUrl());

    const ended = await dead.client.send('POST', ORDERS, {});
    await dead.release();

    expect(ended).toMatchObject({ end: 'refused', why: expect.stringContaining('ECONNREFUSED') });
  });

  it('that waits for a connection until its deadline is refused, and never arrives', async () => {
    oanda.always(POST, hangs);
    // Two connections are opened at once and two more a second later; the other requests would have to wait for one of them. As the
    // deadlines pass two more may be opened, so some requests wait to the end.
    const patient = lend(oanda.url, UNANSWERED_MS);
    const hanging = Array.from({ length: 12 }, () => patient.client.send('POST', ORDERS, {}));
    const ends = (await Promise.all(hanging)).map(({ end }) => end);
    await patient.release();

    // All deadlines pass at once: a request that waits may get the connection of one that has just been given up.
    expect(ends).toContain('refused');
    expect(oanda.count(POST)).toBeLessThanOrEqual(ends.filter((end) => end === 'unknown').length);
  });
});

describe('a read', () => {
  it.each([
    ['500', json(500, {})],
    ['502 as HTML', html(502)],
    ['429', json(429, {})],
    ['a broken connection', breaks],
    ['no answer', hangs],
    ['one false 401', json(401, { errorMessage: 'Insufficient authorization to perform request.' })],
    ['one false 403', json(403, { errorMessage: 'The provided request was forbidden.' })],
    ['one false 404', json(404, { errorMessage: 'no such account' })],
  ] as const)('is repeated after %s', async (_name, answer) => {
    oanda.next(GET, answer, json(200, { ok: true }));
    const reader = lend(oanda.url, answer === hangs ? UNANSWERED_MS : undefined);

    expect(await reader.client.read(SUMMARY)).toEqual({ ok: true });
    expect(oanda.count(GET)).toBe(2);
    await reader.release();
  });

  it('is not refused by false answers that are fewer than are believed', async () => {
    oanda.next(GET, json(401, {}), json(404, {}), json(200, { ok: true }));

    expect(await client.read(SUMMARY)).toEqual({ ok: true });
  });

  it('is repeated while its answer is doubted, and given up after some tries', async () => {
    oanda.next(GET, json(200, { part: 1 }), json(200, { part: 1 }), json(200, { whole: true }));
    const doubt = (body: unknown): string | undefined =>
      JSON.stringify(body).includes('part') ? 'it is a part' : undefined;

    expect(await client.read(SUMMARY, doubt)).toEqual({ whole: true });
    expect(oanda.count(GET)).toBe(3);
    oanda.always(GET, json(200, { part: 1 }));
    await expect(client.read(SUMMARY, doubt)).rejects.toMatchObject({
      type: 'broker-unreachable',
      message: 'OANDA cannot be reached: it is a part.',
    });
    expect(oanda.count(GET)).toBe(7);
  });

  it('is given up after some tries', async () => {
    oanda.always(GET, html(503));

    await expect(client.read(SUMMARY)).rejects.toMatchObject({
      type: 'broker-unreachable',
      message: 'OANDA cannot be reached: OANDA answered 503.',
    });
    expect(oanda.count(GET)).toBe(4);
  });

  it.each([
    [401, 'Insufficient authorization to perform request.', 'broker-token-refused', 3],
    [403, 'The provided request was forbidden.', 'broker-account-forbidden', 3],
    [400, "Invalid value specified for 'accountID'", 'broker-account-unknown', 1],
    [404, 'no such account', 'broker-account-unknown', 3],
    [416, 'The specified range of transactions cannot be satisfied', 'broker-log-behind', 1],
    [400, "Invalid value specified for 'instruments'", 'internal-error', 1],
  ] as const)('that is answered %i "%s" fails with %s', async (status, errorMessage, type, tries) => {
    oanda.always(GET, json(status, { errorMessage }));

    await expect(client.read(SUMMARY)).rejects.toMatchObject({ type });
    expect(oanda.count(GET)).toBe(tries);
  });
});

describe('the client', () => {
  it('keeps its connections, and says who it is', async () => {
    oanda.always(GET, json(200, {}));

    for (let count = 0; count < 20; count += 1) await client.read(SUMMARY);

    // A request that follows at once finds the first connection busy with the end of its answer.
    expect(oanda.connections).toBeLessThanOrEqual(2);
    expect(oanda.arrived[0]?.headers).toMatchObject({
      authorization: `Bearer ${TOKEN}`,
      'accept-datetime-format': 'RFC3339',
    });
  });

  it('is one for all who use a token, and lives until the last gives it back', async () => {
    const connections = new OandaConnections({ practiceUrl: oanda.url, times: TIMES });
    const access = { environment: 'practice', token: TOKEN } as const;
    const one = connections.borrow(access);
    const other = connections.borrow(access);
    oanda.always(GET, json(200, {}));

    await one.release();
    await one.release();

    expect(other.client).toBe(one.client);
    expect(await other.client.read(SUMMARY)).toEqual({});
    await other.release();
    expect(connections.borrow(access).client).not.toBe(other.client);
  });

  it('shows its token in no failure and no description of itself', async () => {
    oanda.always(GET, json(401, {}));
    oanda.always(POST, breaks);
    const failure: unknown = await client.read(SUMMARY).catch((error: unknown) => error);
    const lost = await client.send('POST', ORDERS, {});

    for (const shown of [failure, lost, client])
      expect(inspect(shown, { depth: 20, showHidden: true })).not.toContain(TOKEN);
  });
});
