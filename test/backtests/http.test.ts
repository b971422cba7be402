import { randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LARGEST_UPLOAD_BYTES } from '../../src/http/uploads.ts';
import { openTestServer } from '../support/test-server.ts';
import { longQuoteFile, quoteFile, START } from '../support/price-files.ts';
import type { TestServer, TestUser } from '../support/test-server.ts';

let server: TestServer;
let alice: TestUser;
let bob: TestUser;
let seriesId: string;

beforeAll(async () => {
  server = await openTestServer();
  server.backtests.start();
  alice = await server.addUser();
  bob = await server.addUser();
  const uploaded = await upload({ payload: gzipSync(longQuoteFile(6_000)), type: 'application/gzip' });
  seriesId = uploaded.json().id;
});

afterAll(() => server.close());

interface UploadOptions {
  readonly payload: string | Buffer;
  readonly type?: string;
  readonly query?: string;
  readonly headers?: Record<string, string>;
}

function upload({ payload, type = 'text/csv', query = 'instrument=EUR_USD', headers = {} }: UploadOptions) {
  const url = `/api/v1/price-series?${query}`;
  return server.app.inject({
    method: 'POST',
    url,
    payload,
    headers: { ...alice.headers, 'content-type': type, ...headers },
  });
}

type Method = 'GET' | 'POST' | 'DELETE';

function ask(user: TestUser, method: Method, path: string, body?: object) {
  return server.app.inject({
    method,
    url: `/api/v1${path}`,
    headers: user.headers,
    ...(body && { payload: body }),
  });
}

async function completed(id: string) {
  const done = Promise.withResolvers<void>();
  const stop = server.backtests.onBacktestProgress((news) => {
    if (news.backtestId === id && news.status === 'completed') done.resolve();
  });
  if ((await ask(alice, 'GET', `/backtests/${id}`)).json().status === 'completed') done.resolve();
  await done.promise;
  stop();
}

const BODY = {
  strategyType: 'ema_cross',
  instrument: 'EUR_USD',
  parameters: { granularity: 'M1', fast: 3, slow: 8 },
};

describe('uploading prices', () => {
  it.each([
    [
      'a row that is no price',
      `${quoteFile([[0, '1.1', '1.2']])}\nnonsense\n`,
      '1 unparsable (first at line 3)',
    ],
    [
      'rows in the wrong order',
      quoteFile([
        [9, '1.1', '1.2'],
        [8, '1.1', '1.2'],
      ]),
      '1 out-of-order (first at line 3)',
    ],
    ['a bid above its ask', quoteFile([[0, '1.2', '1.1']]), '1 bid-above-ask (first at line 2)'],
    ['a gzip that breaks off', gzipSync(longQuoteFile(900)).subarray(0, 2_000), 'breaks off'],
    ['binary data', Buffer.from([0, 1, 2, 3, 255, 254, 10, 7]), 'binary data'],
    ['nothing', '', 'empty'],
  ])('refuses %s with a problem that says where', async (_, payload, detail) => {
    const answer = await upload({ payload });

    expect(answer.statusCode).toBe(422);
    expect(answer.json()).toMatchObject({
      type: '/problems/price-data-invalid',
      detail: expect.stringContaining(detail),
    });
  });

  it('refuses an instrument that there is not, a query that is not known, and a body that is no file', async () => {
    const unknown = await upload({ payload: longQuoteFile(3), query: 'instrument=ABC_DEF' });
    const query = await upload({ payload: longQuoteFile(3), query: 'instrument=EUR_USD&skipbad=true' });
    const json = await upload({ payload: '{}', type: 'application/json' });
    const image = await upload({ payload: 'x', type: 'image/png' });

    expect([unknown.statusCode, query.statusCode, json.statusCode, image.statusCode]).toEqual([
      400, 400, 415, 415,
    ]);
    expect(unknown.json().errors).toMatchObject([{ pointer: '/instrument' }]);
    expect(json.json().detail).toContain('text/csv');
  });

  it('refuses a file that is announced as too large before it is sent', async () => {
    const answer = await upload({
      payload: longQuoteFile(3),
      headers: { 'content-length': String(LARGEST_UPLOAD_BYTES + 1) },
    });

    expect(answer.statusCode).toBe(413);
  });

  it('imports a body, and a file in a form, and says where it is', async () => {
    const boundary = 'a-boundary';
    const form = [
      `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="folder/may.csv"\r\nContent-Type: text/csv\r\n\r\n`,
      `${longQuoteFile(20)}\r\n--${boundary}--\r\n`,
    ].join('');

    const body = await upload({
      payload: `${quoteFile([[0, '1.10000', '1.10010']])}\nbad\n`,
      query: 'instrument=EUR_CHF&skipBad=true',
    });
    const file = await upload({
      payload: form,
      type: `multipart/form-data; boundary=${boundary}`,
      query: 'instrument=EUR_CAD',
    });

    expect(body.statusCode).toBe(201);
    expect(body.json()).toMatchObject({
      instrument: 'EUR_CHF',
      kind: 'quotes',
      granularity: null,
      rows: 1,
      skippedRows: 1,
      isShared: false,
    });
    expect(body.headers.location).toBe(`/api/v1/price-series/${body.json().id}`);
    expect(file.json()).toMatchObject({
      source: 'may.csv',
      rows: 20,
      startsAt: new Date(START).toISOString(),
    });
  });

  it('imports once when the request is repeated under its key', async () => {
    const send = () =>
      upload({
        payload: longQuoteFile(5),
        query: 'instrument=EUR_AUD',
        headers: { 'idempotency-key': 'one-import' },
      });

    const [first, second] = [await send(), await send()];

    expect(second.json()).toEqual(first.json());
    expect((await ask(alice, 'GET', '/price-series?instrument=EUR_AUD')).json().items).toHaveLength(1);
    expect((await ask(alice, 'GET', '/price-series?instrument=EURAUD')).statusCode).toBe(400);
  });

  it('shows and removes them to their owner only', async () => {
    const { id } = (await upload({ payload: longQuoteFile(5), query: 'instrument=EUR_NZD' })).json();

    expect((await ask(bob, 'GET', `/price-series/${id}`)).statusCode).toBe(404);
    expect((await ask(bob, 'DELETE', `/price-series/${id}`)).statusCode).toBe(404);
    expect((await ask(bob, 'GET', '/price-series')).json().items).toEqual([]);
    expect((await ask(alice, 'GET', `/price-series/${id}`)).json().id).toBe(id);
    expect((await ask(alice, 'DELETE', `/price-series/${id}`)).statusCode).toBe(204);
    expect((await ask(alice, 'GET', `/price-series/${id}`)).statusCode).toBe(404);
  });

  it('answers a large upload that is refused early, and does not break the connection', async () => {
    const address = await server.app.listen({ port: 0, host: '127.0.0.1' });
    const large = Buffer.concat([Buffer.from('this is no header\n'), Buffer.alloc(20_000_000, 'x')]);

    const answer = await fetch(`${address}/api/v1/price-series?instrument=EUR_USD`, {
      method: 'POST',
      headers: { ...alice.headers, 'content-type': 'text/csv' },
      body: large,
    });

    expect(answer.status).toBe(422);
    expect(await answer.json()).toMatchObject({ type: '/problems/price-data-invalid' });
  });
});

const FIRST_BUCKET = { units: 100, pipsWorse: '0' };
const depthOf = (buckets: readonly unknown[]) => ({ ...BODY, costs: { depth: { EUR_USD: buckets } } });

describe('backtests over HTTP', () => {
  it.each([
    ['/strategyType', { ...BODY, strategyType: 'magic' }],
    ['/parameters/slow', { ...BODY, parameters: { slow: -3 } }],
    ['/currency', { ...BODY, currency: 'JPY' }],
    ['/instrument', { ...BODY, instrument: 'GBP_JPY' }],
    ['/initialBalance', { ...BODY, initialBalance: '0' }],
    ['/costs/slippagePips', { ...BODY, costs: { slippagePips: '-1' } }],
    ['/costs/financing', { ...BODY, costs: { financing: 'no' } }],
    ['/costs/financing', { ...BODY, costs: { financing: { longRate: '3', shortRate: '0' } } }],
    ['/costs/depth/EUR_USD', depthOf([])],
    ['/costs/depth/EUR_USD/0/pipsWorse', depthOf([{ units: 1, pipsWorse: '0.11' }])],
    ['/costs/depth/EUR_USD/0/units', depthOf([{ units: 0, pipsWorse: '0' }])],
    ['/costs/depth/EUR_USD', depthOf([FIRST_BUCKET, FIRST_BUCKET])],
    ['/costs/depth/EUR_XYZ', { ...BODY, costs: { depth: { EUR_XYZ: [FIRST_BUCKET] } } }],
    ['/limits/maxExposure', { ...BODY, limits: { maxExposure: '0' } }],
    ['/limits/maxOrderUnits', { ...BODY, limits: { maxOrderUnits: '1.5' } }],
    ['/to', { ...BODY, from: '2024-01-03T00:10:00Z', to: '2024-01-03T00:10:00Z' }],
    ['/fast', { ...BODY, fast: 3 }],
  ])('are refused with a word about %s', async (pointer, body) => {
    const answer = await ask(alice, 'POST', '/backtests', body);

    expect(answer.statusCode).toBe(400);
    expect(answer.json().errors).toMatchObject([{ pointer }]);
  });

  it('are accepted, run, and report', async () => {
    const terms = {
      initialBalance: '5000.50',
      costs: {
        slippagePips: '0.2',
        commissionPerMillion: '35',
        financing: { longRate: '-0.03', shortRate: '0.01' },
      },
      limits: { maxDailyLoss: '400', maxExposure: '9000', maxOpenPositions: 2, maxCurrencyExposure: '8000' },
    };

    const accepted = await ask(alice, 'POST', '/backtests', { ...BODY, ...terms });
    const { id } = accepted.json();
    await completed(id);

    expect(accepted.statusCode).toBe(202);
    expect(accepted.headers.location).toBe(`/api/v1/backtests/${id}`);
    expect(accepted.json()).toMatchObject({
      status: 'queued',
      seriesId,
      initialBalance: '5000.5000',
      costs: {
        slippagePips: '0.2',
        commissionPerMillion: '35.0000',
        conversionMarkup: '0.005',
        financing: { longRate: '-0.03', shortRate: '0.01' },
      },
      limits: {
        maxDailyLoss: '400.0000',
        maxOrderUnits: null,
        maxExposure: '9000.0000',
        maxOpenPositions: 2,
        maxCurrencyExposure: '8000.0000',
      },
      from: new Date(START).toISOString(),
      to: new Date(START + 5_999_001).toISOString(),
    });
    const backtest = (await ask(alice, 'GET', `/backtests/${id}`)).json();
    expect(backtest).toMatchObject({ status: 'completed', progress: 1, quotes: 6_000, error: null });
    const results = (await ask(alice, 'GET', `/backtests/${id}/results`)).json();
    const { gross, net, ...lines } = results.costs;
    const paid = Object.values<string>(lines).reduce((sum, line) => sum + Number(line), 0);
    expect(Number(gross) - paid).toBeCloseTo(Number(net), 8);
    expect(Number(results.finalEquity)).toBeCloseTo(5000.5 + Number(net), 8);
    expect(results).toMatchObject({
      metrics: { sharpe: null, winRate: expect.any(Number) },
      conventions: { periodsPerYear: 252 },
    });
    const curve = (await ask(alice, 'GET', `/backtests/${id}/equity`)).json();
    expect(curve.points.at(-1)).toEqual({
      at: new Date(START + 5_999_000).toISOString(),
      equity: results.finalEquity,
    });
    const first = (await ask(alice, 'GET', `/backtests/${id}/trades?limit=2`)).json();
    const second = (
      await ask(alice, 'GET', `/backtests/${id}/trades?limit=500&cursor=${first.nextCursor}`)
    ).json();
    expect([...first.items, ...second.items].map(({ ordinal }) => ordinal)).toEqual(
      Array.from({ length: results.metrics.trades }, (_, index) => index),
    );
    expect(second.nextCursor).toBeNull();
  });

  it('fill orders against the depth that is stated', async () => {
    const deep = [FIRST_BUCKET, { units: 100_000_000, pipsWorse: '5' }];
    const run = async (body: object) => {
      const accepted = (await ask(alice, 'POST', '/backtests', body)).json();
      await completed(accepted.id);
      return { ...(await ask(alice, 'GET', `/backtests/${accepted.id}/results`)).json(), accepted };
    };

    const endless = await run(BODY);
    const costly = await run(depthOf(deep));
    const shallow = await run(depthOf([FIRST_BUCKET]));

    expect(endless.accepted.costs.depth).toBeNull();
    expect(costly.accepted.costs.depth).toEqual({
      EUR_USD: [
        { units: 100, pipsWorse: '0.0' },
        { units: 100_000_000, pipsWorse: '5.0' },
      ],
    });
    expect(costly.accepted.specHash).not.toBe(endless.accepted.specHash);
    expect(costly.metrics.trades).toBe(endless.metrics.trades);
    expect(Number(costly.costs.slippage)).toBeGreaterThan(Number(endless.costs.slippage));
    expect(shallow.metrics.trades).toBe(0);
    expect(Object.keys(shallow.cancellations)).toEqual(['no-liquidity']);
  });

  it('report how many orders each risk rule denied', async () => {
    const limits = { maxOrderUnits: 1 };
    const accepted = await ask(alice, 'POST', '/backtests', { ...BODY, limits });
    const { id } = accepted.json();
    expect(accepted.statusCode).toBe(202);
    await completed(id);

    const { deniedOrders, denials } = (await ask(alice, 'GET', `/backtests/${id}/results`)).json();

    expect(deniedOrders).toBeGreaterThan(0);
    expect(denials).toEqual({ 'order-units-exceeded': deniedOrders });
  });

  it('report what became of signals that met a closed market', async () => {
    const { id } = (await ask(alice, 'POST', '/backtests', BODY)).json();
    await completed(id);
    const { closedMarket } = (await ask(alice, 'GET', `/backtests/${id}/results`)).json();

    const none = { signals: 0, filled: 0, placed: 0, lapsed: 0, replaced: 0, waiting: 0 };
    expect(closedMarket).toEqual({ entries: none, exits: none });
  });

  it('have no report before they are completed, and none after they were cancelled', async () => {
    const { id } = (await ask(alice, 'POST', '/backtests', BODY)).json();
    const cancelled = await ask(alice, 'POST', `/backtests/${id}/cancel`);

    expect(cancelled.json().status).toBe('cancelled');
    for (const part of ['results', 'equity', 'trades']) {
      const answer = await ask(alice, 'GET', `/backtests/${id}/${part}`);
      expect([answer.statusCode, answer.json().type]).toEqual([409, '/problems/conflict']);
    }
  });

  it('are hidden from other users', async () => {
    const { id } = (await ask(alice, 'POST', '/backtests', BODY)).json();
    await completed(id);

    for (const [method, part] of [
      ['GET', ''],
      ['GET', '/results'],
      ['GET', '/equity'],
      ['GET', '/trades'],
      ['POST', '/cancel'],
      ['DELETE', ''],
    ] as const) {
      expect((await ask(bob, method, `/backtests/${id}${part}`)).statusCode, `${method} ${part}`).toBe(404);
    }
    expect((await ask(bob, 'GET', '/backtests')).json().items).toEqual([]);
    expect((await ask(bob, 'POST', '/backtests', { ...BODY, seriesId })).json().errors).toMatchObject([
      { pointer: '/seriesId' },
    ]);
    expect((await ask(alice, 'GET', '/backtests')).json().items.length).toBeGreaterThan(0);
    expect((await ask(alice, 'DELETE', `/backtests/${id}`)).statusCode).toBe(204);
    expect((await ask(alice, 'GET', `/backtests/${id}`)).statusCode).toBe(404);
  });

  it('are made once when the request is repeated, and found by their hash', async () => {
    const headers = { ...alice.headers, 'idempotency-key': randomUUID() };
    const send = () =>
      server.app.inject({ method: 'POST', url: '/api/v1/backtests', headers, payload: { ...BODY, seed: 7 } });

    const [first, second] = [await send(), await send()];
    const found = await ask(alice, 'GET', `/backtests?specHash=${first.json().specHash}`);

    expect(second.json().id).toBe(first.json().id);
    expect(found.json().items.map(({ id }: { id: string }) => id)).toEqual([first.json().id]);
  });

  it('refuse a cursor of another list', async () => {
    const { id } = (await ask(alice, 'POST', '/backtests', BODY)).json();
    await completed(id);

    const answer = await ask(
      alice,
      'GET',
      `/backtests/${id}/trades?cursor=${Buffer.from('id 1').toString('base64url')}`,
    );

    expect(answer.statusCode).toBe(400);
  });
});
