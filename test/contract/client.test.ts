/** The TypeScript client at a server: the README's first session, lost answers and broken sockets. */

import { openAsBlob } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect, etagOf, ProblemError, Stream } from '../../clients/typescript/src/index.ts';
import { quoteFile } from '../support/price-files.ts';
import { openReceiver } from '../support/receiver.ts';
import { PASSWORD, useServer } from '../support/test-server.ts';
import { openUnsteadyWay } from './unsteady-way.ts';
import type { Client, DataFrame } from '../../clients/typescript/src/index.ts';
import type { UnsteadyWay } from './unsteady-way.ts';

const context = useServer();
let way: UnsteadyWay;

beforeAll(async () => {
  way = await openUnsteadyWay(await context.server.listen());
});
afterAll(() => way.close());

async function trader(): Promise<{
  readonly client: Client;
  readonly token: string;
  readonly accountId: string;
}> {
  const { token } = await context.server.addUser();
  const client = connect({ address: way.address, token });
  const { id } = await client.createAccount({
    body: { name: 'First', environment: 'paper', currency: 'USD', initialBalance: '10000' },
  });
  await context.server.quote('EUR_USD', 110_000, 110_010);
  return { client, token, accountId: id };
}

const buy = (accountId: string) =>
  ({ accountId, instrument: 'EUR_USD', side: 'buy', type: 'market', units: 1_000 }) as const;

describe('the client', () => {
  it('has the first trading session of the README', async () => {
    const person = { email: 'me@example.com', username: 'newcomer', password: PASSWORD };
    const stranger = connect({ address: way.address });
    await stranger.register({ body: person });
    const { token } = await stranger.login({ body: { email: person.email, password: PASSWORD } });
    const client = connect({ address: way.address, token });

    const account = await client.createAccount({
      body: { name: 'First', environment: 'paper', currency: 'USD', initialBalance: '10000' },
    });
    const accountId = account.id;
    expect((await client.listAccounts()).items.map(({ id }) => id)).toEqual([accountId]);

    await context.server.quote('EUR_USD', 110_000, 110_010);
    const quotes = await client.listQuotes({ query: { instrument: ['EUR_USD'] } });
    expect(quotes.items[0]).toMatchObject({ bid: '1.10000', ask: '1.10010' });

    const order = await client.placeOrder({ body: buy(accountId) });
    expect(order).toMatchObject({ status: 'filled', averagePrice: '1.10010' });
    const { items: positions } = await client.listPositions({ query: { accountId, open: true } });
    const position = positions[0] ?? expect.fail('The position is not there');
    await client.closePosition({ path: { id: position.id } });
    expect((await client.listTrades({ query: { accountId } })).items).toMatchObject([
      { positionId: position.id, result: '-0.1000' },
    ]);

    const strategy = await client.createStrategy({
      body: {
        accountId,
        name: 'Crossing',
        strategyType: 'ema_cross',
        instrument: 'EUR_USD',
        parameters: { granularity: 'M1', units: 5000 },
      },
    });
    const path = { id: strategy.id };
    expect((await client.startStrategy({ path })).status).toBe('running');
    const events = await client.listEvents({ query: { accountId } });
    expect(events.items.map(({ type }) => type)).toContain('order-filled');
    expect((await client.stopStrategy({ path, body: { mode: 'close' } })).status).toBe('stopped');
    expect((await client.getAccountSummary({ path: { id: accountId } })).money?.balance).toBe('9999.9000');

    expect(await client.logout()).toBeUndefined();
    await expect(client.getMe()).rejects.toMatchObject({ status: 401, code: 'unauthenticated' });
  });

  it('uploads a file: from the disk, from memory, or in a form', async () => {
    const { client, accountId } = await trader();
    const query = { instrument: 'EUR_USD' };
    const text = quoteFile([
      [0, '1.10000', '1.10010'],
      [1, '1.10001', '1.10011'],
    ]);
    const folder = await mkdtemp(join(tmpdir(), 'auto-forex-client-'));
    const path = join(folder, 'EUR_USD.csv.gz');
    await writeFile(path, gzipSync(text));
    const form = new FormData();
    form.append('file', new Blob([text]), 'EUR_USD.csv');

    for (const body of [await openAsBlob(path), new Blob([text], { type: 'text/csv' }), form])
      expect(await client.importPriceSeries({ query, body })).toMatchObject({ kind: 'quotes', rows: 2 });
    const calendar = new Blob(['time,currency\n2026-03-06T13:30:00Z,USD\n']);
    const { limits } = await client.putNewsCalendar({ path: { id: accountId }, body: calendar });

    expect(limits.newsWindows).toMatchObject([{ currencies: ['USD'] }]);
    await rm(folder, { recursive: true });
  });

  it('throws what is refused, with the field and the remedy', async () => {
    const { client, accountId } = await trader();

    const refusal = await client
      .placeOrder({ body: { ...buy(accountId), units: 1e12 } })
      .catch((error) => error);

    expect(refusal).toBeInstanceOf(ProblemError);
    expect(refusal).toMatchObject({ status: 400, code: 'invalid-request' });
    expect(refusal.message).toContain('/units must be');
  });

  it('repeats an order whose answer was lost under the same key: it is placed once', async () => {
    const { client, accountId } = await trader();

    way.loseNextAnswer();
    const order = await client.placeOrder({ body: buy(accountId) });

    const { items } = await client.listOrders({ query: { accountId } });
    expect(items.map(({ id }) => id)).toEqual([order.id]);
    expect(order.status).toBe('filled');
  });

  it('waits for the outcome of what is still worked on under the same key', async () => {
    const receiver = await openReceiver();
    const answer = (status: number, body: object) =>
      receiver.answers.set('/api/v1/orders', {
        status,
        headers: { 'content-type': 'application/json' },
        text: JSON.stringify(body),
      });
    answer(409, { status: 409, code: 'request-in-progress', detail: 'It is being worked on.' });
    const placing = connect({ address: receiver.url, retries: 1 }).placeOrder({ body: buy('one') });
    await expect.poll(() => receiver.at('/api/v1/orders').length).toBeGreaterThan(2);
    answer(201, { id: 'made' });

    expect(await placing).toEqual({ id: 'made' });
    const keys = receiver.at('/api/v1/orders').map(({ headers }) => headers['idempotency-key']);
    expect(new Set(keys).size).toBe(1);
  });

  it('changes a thing only as it was read, when it says so', async () => {
    const { client, accountId } = await trader();
    const path = { id: accountId };
    const read = await client.getAccount({ path });
    const ifMatch = etagOf(read);

    const changed = await client.changeAccount({ path, body: { name: 'Second' }, ifMatch });
    const late = client.changeAccount({ path, body: { name: 'Third' }, ifMatch });

    await expect(late).rejects.toMatchObject({ status: 412, code: 'precondition-failed' });
    expect(etagOf(changed)).not.toBe(ifMatch);
    expect(etagOf(await client.getAccount({ path }))).toBe(etagOf(changed));
    expect((await client.getAccount({ path })).name).toBe('Second');
  });

  it('does not repeat a change of a version, which would be refused because it was made', async () => {
    const { client, accountId } = await trader();
    const path = { id: accountId };
    const ifMatch = etagOf(await client.getAccount({ path }));
    const body = new Blob(['time,currency\n2026-03-06T13:30:00Z,USD\n']);

    way.loseNextAnswer();

    await expect(client.putNewsCalendar({ path, body, ifMatch })).rejects.toThrow('fetch failed');
    expect((await client.getAccount({ path })).limits.newsWindows).toHaveLength(1);
  });

  it('does not repeat what might be done twice', async () => {
    const { client, accountId } = await trader();

    way.loseNextAnswer();

    await expect(client.haltAccount({ path: { id: accountId } })).rejects.toThrow('fetch failed');
    expect((await client.getAccount({ path: { id: accountId } })).status).toBe('halted');
  });
});

describe('its stream', () => {
  it('comes again after a broken connection, and misses and repeats no journal entry', async () => {
    const { client, token, accountId } = await trader();
    const sequences: number[] = [];
    const prices: DataFrame[] = [];
    const stream = new Stream({
      address: way.address,
      token,
      subscriptions: [
        { type: 'subscribe', channel: 'events', after: 0 },
        { type: 'subscribe', channel: 'quotes', accountId, instruments: ['EUR_USD'] },
      ],
      onData: (frame) => {
        if (frame.channel === 'events') sequences.push(frame.sequence);
        if (frame.channel === 'quotes') prices.push(frame);
      },
    });
    await client.placeOrder({ body: buy(accountId) });
    await expect.poll(() => prices.length).toBeGreaterThan(0);
    await expect.poll(() => sequences.length).toBeGreaterThan(0);

    way.breakAll();
    const before = prices.length;
    await client.placeOrder({ body: buy(accountId) });
    await expect.poll(() => prices.length).toBeGreaterThan(before);
    const { items } = await client.listEvents({ query: { limit: 500 } });
    const all = items.map(({ sequence }) => sequence);
    await expect.poll(() => sequences.length).toBeGreaterThanOrEqual(all.length);
    stream.close();
    await stream.ended;

    expect(sequences).toEqual(all);
    expect(stream.lastSequence).toBe(all.at(-1));
  });

  it('ends when the server refuses it for good', async () => {
    const stream = new Stream({
      address: way.address,
      token: 'none',
      subscriptions: [],
      onData: () => undefined,
    });

    await expect(stream.ended).rejects.toThrow('4401');
  });
});
