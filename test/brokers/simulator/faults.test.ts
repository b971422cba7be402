import { describe, expect, it } from 'vitest';
import { ACCOUNT, NOON, startSimulator, TOKEN } from '../../support/v20-simulator.ts';
import { until } from '../../support/until.ts';
import { arm, control, happened } from '../../support/v20-faults.ts';
import { note, openStream, prices, transactions } from '../../support/v20-stream.ts';

describe('a fault is refused', () => {
  it.each([
    [{}, /"fault" must be one of request-lost, answer-lost/],
    [{ fault: 'earthquake' }, /"fault" must be one of/],
    [{ fault: 'answer-lost', count: 0 }, /The fault answer-lost is not right: count /],
    [{ fault: 'answer-lost', path: 'orders' }, /The fault answer-lost is not right: path /],
    [{ fault: 'answer-lost', delayMs: 5 }, /answer-lost is not right: it has no field delayMs$/],
    [{ fault: 'status', status: 418 }, /status is not right: status must be one of 401, 403, 404, 429, 500/],
    [{ fault: 'connections-refused' }, /connections-refused is not right: count is missing$/],
    [{ fault: 'halted', instrument: 'EUR_XXX' }, /"instrument" must be one of the simulator's, was EUR_XXX/],
  ])('as %j', async (fault, message) => {
    await using running = await startSimulator();

    const { status, body } = await control(running, 'POST', '/faults', fault);

    expect(status).toBe(400);
    expect(body['errorMessage']).toMatch(message);
    expect((await control(running, 'GET', '/faults')).body).toEqual({ faults: [] });
  });

  it('to be removed when there is none', async () => {
    await using running = await startSimulator();

    expect(await control(running, 'DELETE', '/faults/7')).toMatchObject({ status: 404 });
  });
});

describe('armed faults', () => {
  it('are listed with how often they happened, and end when they are removed', async () => {
    await using running = await startSimulator();
    const first = await arm(running, { fault: 'status', status: 503, path: '/accounts', count: 1 });
    const second = await arm(running, { fault: 'status', status: 429, path: '/accounts' });

    const statuses: number[] = [];
    for (let index = 0; index < 3; index += 1) statuses.push((await running.send('GET', '/accounts')).status);

    expect(statuses).toEqual([503, 429, 429]);
    expect((await control(running, 'GET', '')).body).toEqual({
      time: '2026-01-06T12:00:02.000000000Z',
      accounts: [{ id: ACCOUNT, currency: 'USD', lastTransactionID: '2' }],
      faults: [
        { id: first, happened: 1, fault: 'status', status: 503, path: '/accounts', count: 1 },
        { id: second, happened: 2, fault: 'status', status: 429, path: '/accounts' },
      ],
    });
    expect(await control(running, 'DELETE', `/faults/${second}`)).toMatchObject({ status: 204 });
    expect((await running.send('GET', '/accounts')).status).toBe(200);
    expect(await control(running, 'DELETE', '/faults')).toMatchObject({ status: 204 });
    expect((await control(running, 'GET', '/faults')).body).toEqual({ faults: [] });
  });

  it('spare requests of another method or path', async () => {
    await using running = await startSimulator();
    await arm(running, { fault: 'status', status: 500, method: 'POST' });
    await arm(running, { fault: 'status', status: 500, path: '/transactions/*' });

    expect((await running.send('GET', '/accounts')).status).toBe(200);
    expect((await running.send('GET', '/{A}/transactions/1')).status).toBe(500);
  });
});

describe('an answer that the fault "status" gives', () => {
  it.each([
    [401, '{"errorMessage":"Insufficient authorization to perform request."}'],
    [429, '{"errorMessage":"Too many requests."}'],
    [504, '{"errorMessage":"Timeout waiting for response."}'],
  ])('%i is JSON', async (status, text) => {
    await using running = await startSimulator();
    await arm(running, { fault: 'status', status, retryAfter: 2 });

    const response = await fetch(`${running.url}/v3/accounts`, {
      headers: { authorization: `Bearer ${TOKEN}` },
    });

    expect(response.status).toBe(status);
    expect(await response.text()).toBe(text);
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
    expect(response.headers.get('retry-after')).toBe('2');
  });

  it('may be the page of a gateway', async () => {
    await using running = await startSimulator();
    await arm(running, { fault: 'status', status: 502, body: 'html' });

    const response = await fetch(`${running.url}/v3/accounts`, {
      headers: { authorization: `Bearer ${TOKEN}` },
    });

    expect(response.status).toBe(502);
    expect(response.headers.get('content-type')).toMatch(/^text\/html/);
    expect(await response.text()).toContain('<h1>502 Bad Gateway</h1>');
  });

  it('refuses a stream before it starts', async () => {
    await using running = await startSimulator();
    await arm(running, { fault: 'status', status: 503, path: '/pricing/stream', count: 1 });

    using refused = await openStream(prices(running));
    using taken = await openStream(prices(running));

    expect([refused.response.statusCode, taken.response.statusCode]).toEqual([503, 200]);
  });
});

describe('what is held up', () => {
  it('is answered when its fault is removed', async () => {
    await using running = await startSimulator();
    const id = await arm(running, { fault: 'answer-delayed' });
    let isAnswered = false;

    const answer = running.send('GET', '/accounts').then(({ status }) => ((isAnswered = true), status));
    await until('it has been held up', async () => (await happened(running, id)) === 1);
    expect(isAnswered).toBe(false);
    await control(running, 'DELETE', `/faults/${id}`);

    expect(await answer).toBe(200);
  });

  it('is answered after its time', async () => {
    await using running = await startSimulator();
    await arm(running, { fault: 'answer-delayed', delayMs: 1 });

    expect((await running.send('GET', '/accounts')).status).toBe(200);
  });

  it('does not keep the simulator from ending', async () => {
    const running = await startSimulator();
    const id = await arm(running, { fault: 'answer-delayed' });
    const over = (): string => 'over';
    const answer = running.send('GET', '/accounts').then(over, over);
    await until('it has been held up', async () => (await happened(running, id)) === 1);

    await running[Symbol.asyncDispose]();

    expect(await answer).toBe('over');
  });
});

describe('a page of sinceid', () => {
  it('may end before the log does, which it states all the same', async () => {
    await using running = await startSimulator();
    await arm(running, { fault: 'sinceid-truncated', transactions: 1, count: 1 });

    const short = await running.send('GET', '/{A}/transactions/sinceid?id=0');
    const whole = await running.send('GET', '/{A}/transactions/sinceid?id=0');

    expect(short.body).toMatchObject({ transactions: [{ id: '1' }], lastTransactionID: '2' });
    expect(short.body['transactions']).toHaveLength(1);
    expect(whole.body['transactions']).toHaveLength(2);
  });
});

describe('odd shapes', () => {
  it('are those of answers and of the lines of streams', async () => {
    await using running = await startSimulator();
    await arm(running, { fault: 'numeric-ids' });
    await arm(running, { fault: 'unknown-fields', path: '/transactions/stream' });
    using stream = await openStream(transactions(running));

    note(running);

    const { body } = await running.send('GET', '/{A}/transactions/1');
    expect(body).toMatchObject({ transaction: { id: 1, accountID: ACCOUNT }, lastTransactionID: 3 });
    expect(body).not.toHaveProperty('unknownField');
    expect(await stream.next()).toMatchObject({ id: 3, unknownField: { nested: [1, 'two', null] } });
  });

  it('may be a transaction of a type that no one knows, with a number of its own', async () => {
    await using running = await startSimulator();
    using stream = await openStream(transactions(running));

    await arm(running, { fault: 'unknown-transaction', type: 'REWARD_CREDIT' });

    expect(await stream.next()).toMatchObject({ id: '3', type: 'REWARD_CREDIT', accountID: ACCOUNT });
    const { body } = await running.send('GET', '/{A}/transactions/sinceid?id=2');
    expect(body).toMatchObject({ transactions: [{ type: 'REWARD_CREDIT' }], lastTransactionID: '3' });
  });
});

describe('a market', () => {
  it('that is halted has the price of before and cannot be traded', async () => {
    await using running = await startSimulator();
    const id = await arm(running, { fault: 'halted', instrument: 'EUR_USD' });
    running.market.publish('EUR_USD', 120_000, 120_010, NOON + 60_000);
    running.market.publish('USD_JPY', 160_000, 160_010, NOON + 60_000);

    const halted = await running.send('GET', '/{A}/pricing?instruments=EUR_USD,USD_JPY');
    await control(running, 'DELETE', `/faults/${id}`);
    const resumed = await running.send('GET', '/{A}/pricing?instruments=EUR_USD');

    expect(halted.body['prices']).toMatchObject([
      { tradeable: false, closeoutBid: '1.09996' },
      { tradeable: true, closeoutBid: '159.996' },
    ]);
    expect(resumed.body['prices']?.[0]).toMatchObject({ tradeable: true, closeoutBid: '1.09996' });
  });

  it('may have an empty side', async () => {
    await using running = await startSimulator();
    await arm(running, { fault: 'side-empty', side: 'asks' });

    const { body } = await running.send('GET', '/{A}/pricing?instruments=EUR_USD');

    expect(body['prices']?.[0]).toMatchObject({ asks: [], closeoutAsk: '1.10014' });
    expect(body['prices']?.[0]?.['bids']).toHaveLength(4);
  });
});
