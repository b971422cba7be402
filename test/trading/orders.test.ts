import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { NOON, useServer } from '../support/test-server.ts';
import { addTrader } from '../support/trading-client.ts';
import type { TestTrader } from '../support/trading-client.ts';

const context = useServer();
let trader: TestTrader;

beforeAll(async () => {
  trader = await addTrader(context.server);
});

const limit = (rest: object) => ({ type: 'limit', price: '1.09', ...rest });

describe('an order that is no order', () => {
  it.each([
    [
      'an unknown instrument',
      { instrument: 'EUR_XXX' },
      '/instrument',
      /one of the names.*there is no EUR_XXX/,
    ],
    ['an instrument in small letters', { instrument: 'eur_usd' }, '/instrument', /there is no eur_usd/],
    ['an unknown side', { side: 'long' }, '/side', 'must be one of "buy", "sell"'],
    [
      'an unknown type',
      { type: 'stop_limit', price: '1.09' },
      '/type',
      /must be one of "market", "limit", "stop"/,
    ],
    ['no units', { units: undefined }, '/units', 'is required'],
    ['units of zero', { units: 0 }, '/units', 'must be above 0'],
    ['negative units', { units: -1_000 }, '/units', 'must be above 0'],
    ['half a unit', { units: 1_000.5 }, '/units', 'must be units of EUR_USD: at least 1, in steps of 1'],
    ['units as text', { units: '1000' }, '/units', 'must be a number'],
    [
      'units beyond the ceiling',
      { units: 100_000_001 },
      '/units',
      'must be at most 100000000, as EUR_USD allows',
    ],
    ['units beyond all numbers', { units: 1e300 }, '/units', 'must be at most 100000000, as EUR_USD allows'],
    [
      'a price as a number',
      { type: 'limit', price: 1.09 },
      '/price',
      'must be a price as text, such as "1.08765"',
    ],
    [
      'a price of zero',
      limit({ price: '0' }),
      '/price',
      'must be a price above zero with at most 5 decimal places',
    ],
    ['a negative price', limit({ price: '-1.09' }), '/price', 'must be a price as text, such as "1.08765"'],
    [
      'a price beyond all prices',
      limit({ price: '12345678' }),
      '/price',
      'must be a price as text, such as "1.08765"',
    ],
    [
      'a price with an exponent',
      limit({ price: '1e1' }),
      '/price',
      'must be a price as text, such as "1.08765"',
    ],
    [
      'a price with too many decimals',
      limit({ price: '1.090001' }),
      '/price',
      'must have at most 5 decimal places, as EUR_USD has; has 6',
    ],
    [
      'a price of yen with too many decimals',
      limit({ instrument: 'USD_JPY', price: '150.1234' }),
      '/price',
      'must have at most 3 decimal places, as USD_JPY has; has 4',
    ],
    [
      'a stop loss with too many decimals',
      { stopLoss: '1.0900001' },
      '/stopLoss',
      'must have at most 5 decimal places, as EUR_USD has; has 7',
    ],
    [
      'a take profit with too many decimals',
      { takeProfit: '1.1200001' },
      '/takeProfit',
      'must have at most 5 decimal places, as EUR_USD has; has 7',
    ],
    [
      'a trailing distance with too many decimals',
      { trailingDistance: '0.0010001' },
      '/trailingDistance',
      'must have at most 5 decimal places, as EUR_USD has; has 7',
    ],
    [
      'a price bound with too many decimals',
      { priceBound: '1.2000001' },
      '/priceBound',
      'must have at most 5 decimal places, as EUR_USD has; has 7',
    ],
    ['a limit order without a price', { type: 'limit' }, '/price', 'is required for limit orders'],
    ['a stop order without a price', { type: 'stop' }, '/price', 'is required for stop orders'],
    [
      'a market order with a price',
      { price: '1.1' },
      '/price',
      'must be left out of market orders; see priceBound',
    ],
    [
      'a limit order with a price bound',
      limit({ priceBound: '1.1' }),
      '/priceBound',
      /must be left out of limit orders/,
    ],
    ['an expiry that is no time', limit({ expiresAt: 'tomorrow' }), '/expiresAt', /must be a time such as/],
    [
      'an expiry in the year 10000',
      limit({ expiresAt: '9999-12-31T23:59:59-10:00' }),
      '/expiresAt',
      /must be a time such as/,
    ],
    [
      'an expiry in the year 0',
      limit({ expiresAt: '0000-06-01T00:00:00Z' }),
      '/expiresAt',
      /must be a time such as/,
    ],
    ['an account that is no id', { accountId: '7' }, '/accountId', 'must be a UUID'],
    ['an unknown field', { leverage: 30 }, '/leverage', 'is not known here'],
  ])('is refused with a pointer and a remedy: %s', async (_case, wrong, pointer, detail) => {
    const answer = await trader.order(wrong);

    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({
      type: '/problems/invalid-request',
      errors: [{ pointer, detail: typeof detail === 'string' ? detail : expect.stringMatching(detail) }],
    });
  });

  it('is refused with everything that is wrong with it at once', async () => {
    const answer = await trader.order({ type: 'stop', units: 200_000_000, stopLoss: '1.0900001' });

    expect(answer.json().errors.map(({ pointer }: { pointer: string }) => pointer)).toEqual([
      '/units',
      '/price',
      '/stopLoss',
    ]);
  });
});

describe('an order against the rules', () => {
  it.each([
    ['a stop loss above a buy', { stopLoss: '1.2' }, 'stop-loss-on-wrong-side'],
    ['a stop loss below a sell', { side: 'sell', stopLoss: '1.0' }, 'stop-loss-on-wrong-side'],
    ['a take profit below a buy', { takeProfit: '1.0' }, 'take-profit-on-wrong-side'],
    ["a stop loss beyond a limit's own price", limit({ stopLoss: '1.095' }), 'stop-loss-on-wrong-side'],
    ['a trailing distance that is too small', { trailingDistance: '0.0001' }, 'trailing-distance-invalid'],
    ['a market order that waits', { timeInForce: 'GTC' }, 'time-in-force-invalid'],
    ['an expiry in the past', limit({ expiresAt: '2020-01-01T00:00:00Z' }), 'expiry-invalid'],
    [
      'an expiry of an order that has none',
      limit({ timeInForce: 'GTC', expiresAt: '2030-01-01T00:00:00Z' }),
      'expiry-invalid',
    ],
    ['GTD without an expiry', limit({ timeInForce: 'GTD' }), 'expiry-invalid'],
    ['an instrument without a price', { instrument: 'GBP_USD' }, 'no-quote'],
    ['more than the margin', { units: 50_000_000 }, 'insufficient-margin'],
  ])('is denied with a code: %s', async (_case, order, code) => {
    const answer = await trader.order(order);

    expect(answer.statusCode).toBe(422);
    expect(answer.json()).toMatchObject({
      type: '/problems/order-denied',
      code,
      detail: expect.stringMatching(/\S/),
    });
  });

  it('is denied with the numbers that the rule compared, and the field that it is about', async () => {
    const careful = await addTrader(context.server, { limits: { maxOrderUnits: 500 } });

    const answer = await careful.order();

    const detail = expect.stringMatching(
      /maxOrderUnits .*\. Units 1000 units, limit 500 units\. Order fewer units/,
    );
    expect(answer.json()).toMatchObject({
      detail,
      errors: [{ pointer: '/units', detail }],
      facts: { units: { value: '1000', unit: 'units' }, limit: { value: '500', unit: 'units' } },
    });
    const denials = async () => {
      const { items } = (await careful.ask('GET', `/events?accountId=${careful.accountId}`)).json();
      return items.filter(({ type }: { type: string }) => type === 'order-denied');
    };
    await expect
      .poll(denials)
      .toMatchObject([
        { details: { code: 'order-units-exceeded', facts: { limit: { value: '500', unit: 'units' } } } },
      ]);
  });

  it('is denied by the limits of its account, and kept as denied', async () => {
    const careful = await addTrader(context.server, {
      limits: { maxOrderUnits: 500, allowedInstruments: ['EUR_USD'] },
    });

    const tooLarge = await careful.order();
    const forbidden = await careful.order({ instrument: 'USD_JPY', units: 1 });

    expect(tooLarge.json()).toMatchObject({ status: 422, code: 'order-units-exceeded' });
    expect(forbidden.json()).toMatchObject({ status: 422, code: 'instrument-not-allowed' });
    const { items } = (await careful.ask('GET', '/orders')).json();
    expect(items).toMatchObject([
      { status: 'denied', reasonCode: 'instrument-not-allowed', instrument: 'USD_JPY' },
      { status: 'denied', reasonCode: 'order-units-exceeded', units: 1_000 },
    ]);
  });
});

describe('an order', () => {
  it('at the market is filled, with a place to read it', async () => {
    const answer = await trader.order({ stopLoss: '1.09', takeProfit: '1.12' });

    expect(answer.statusCode).toBe(201);
    const order = answer.json();
    expect(answer.headers.location).toBe(`/api/v1/orders/${order.id}`);
    expect(order).toEqual({
      id: expect.any(String),
      accountId: trader.accountId,
      strategyId: null,
      positionId: expect.any(String),
      replacesOrderId: null,
      replacedByOrderId: null,
      brokerOrderId: expect.stringMatching(/^\d+$/),
      createdBy: 'person',
      instrument: 'EUR_USD',
      type: 'market',
      side: 'buy',
      units: 1_000,
      price: null,
      priceBound: null,
      takeProfit: '1.12000',
      stopLoss: '1.09000',
      trailingDistance: null,
      takeProfitDistance: null,
      stopLossDistance: null,
      timeInForce: 'FOK',
      expiresAt: null,
      leaseUntil: null,
      triggerCondition: 'DEFAULT',
      positionFill: 'DEFAULT',
      tag: null,
      comment: null,
      ocoGroup: null,
      status: 'filled',
      reasonCode: null,
      filledUnits: 1_000,
      averagePrice: '1.10010',
      submittedAt: expect.stringMatching(/Z$/),
      filledAt: expect.stringMatching(/Z$/),
      cancelledAt: null,
      createdAt: expect.stringMatching(/Z$/),
    });
    expect((await trader.ask('GET', `/orders/${order.id}`)).json()).toEqual(order);
  });

  it.each<[string, object]>([
    ['at the market', {}],
    [
      'with a tag, a comment and protection',
      { tag: 'it\'s "mine"', comment: 'é', takeProfit: '1.2', stopLoss: '1.05' },
    ],
    ['at distances', { stopLossDistance: '0.00500', trailingDistance: '0.00700' }],
    ['of odd units', { units: 777 }],
    ['that rests', { type: 'limit', price: '1.05' }],
    [
      'that rests until a time',
      { type: 'stop', price: '1.15', timeInForce: 'GTD', expiresAt: '2026-03-03T12:00:00.500Z' },
    ],
    ['that the broker cancels', { priceBound: '1.00000' }],
    ['of another instrument', { instrument: 'USD_JPY', units: 3 }],
    ['that sells, and so closes', { side: 'sell', units: 900 }],
  ])('%s is answered with what is read of it afterwards', async (_, terms) => {
    await context.server.quote('USD_JPY', 150_000, 150_010);

    const answer = await trader.order(terms);

    expect(answer.statusCode).toBe(201);
    const { id } = answer.json();
    expect(answer.body).toBe((await trader.ask('GET', `/orders/${id}`)).body);
  });

  it('that closes a position is answered with what is read of it afterwards', async () => {
    await trader.order({ units: 300 });
    const [position] = (await trader.ask('GET', '/positions')).json().items;

    const answer = await trader.ask('POST', `/positions/${position.id}/close`, { units: 100 });

    const { id } = answer.json();
    expect(answer.body).toBe((await trader.ask('GET', `/orders/${id}`)).body);
  });

  it('that the broker cancels at once is made, and says why', async () => {
    const answer = await trader.order({ priceBound: '1.05' });

    expect(answer.statusCode).toBe(201);
    expect(answer.json()).toMatchObject({
      status: 'cancelled',
      reasonCode: expect.stringMatching(/\S/),
      filledUnits: 0,
    });
  });

  it.each([
    ['limit', { type: 'limit', price: '1.0900' }, { price: '1.09000', timeInForce: 'GTC', expiresAt: null }],
    ['stop', { type: 'stop', price: '1.2', priceBound: '1.21' }, { price: '1.20000', priceBound: '1.21000' }],
    [
      'limit until a day',
      limit({ expiresAt: '2026-03-03T13:00:00+01:00' }),
      { timeInForce: 'GTD', expiresAt: '2026-03-03T12:00:00.000Z' },
    ],
  ])('that waits, a %s, rests at the broker and can be cancelled once', async (_case, order, expected) => {
    const placed = await trader.order(order);
    expect(placed.statusCode).toBe(201);
    expect(placed.json()).toMatchObject({ status: 'accepted', ...expected });

    const cancelled = await trader.ask('DELETE', `/orders/${placed.json().id}`);
    const again = await trader.ask('DELETE', `/orders/${placed.json().id}`);

    expect(cancelled.statusCode).toBe(200);
    expect(cancelled.json()).toMatchObject({
      id: placed.json().id,
      status: 'cancelled',
      cancelledAt: expect.stringMatching(/Z$/),
    });
    expect(again.statusCode).toBe(409);
    expect(again.json()).toMatchObject({
      type: '/problems/invalid-transition',
      detail: expect.stringContaining('cancelled'),
    });
  });

  it('of the broker, which protects a position, can be cancelled', async () => {
    await trader.order({ stopLoss: '1.08' });
    const { items } = (await trader.ask('GET', '/orders?status=accepted')).json();
    const protection = items.find(
      ({ type, price }: { type: string; price: string }) => type === 'stop_loss' && price === '1.08000',
    );

    const answer = await trader.ask('DELETE', `/orders/${protection.id}`);

    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toMatchObject({ createdBy: 'broker', status: 'cancelled' });
    expect((await trader.ask('GET', `/positions/${protection.positionId}`)).json()).toMatchObject({
      stopLoss: null,
    });
  });

  it('sent twice under one key is one order, and the second answer is the first', async () => {
    const headers = { 'idempotency-key': randomUUID() };

    const [first, second] = [
      await trader.order({ units: 7 }, headers),
      await trader.order({ units: 7 }, headers),
    ];
    const other = await trader.order({ units: 8 }, headers);

    expect(second.statusCode).toBe(201);
    expect(second.body).toBe(first.body);
    expect(second.headers['idempotent-replayed']).toBe('true');
    expect(other.statusCode).toBe(409);
    const { items } = (await trader.ask('GET', `/orders?accountId=${trader.accountId}&limit=500`)).json();
    expect(items.filter(({ units }: { units: number }) => units === 7)).toHaveLength(1);
  });

  it('sent many times at once under one key is one order', async () => {
    const headers = { 'idempotency-key': randomUUID() };

    const answers = await Promise.all(Array.from({ length: 8 }, () => trader.order({ units: 13 }, headers)));

    // One makes it; the others come while that is in progress, or after it.
    const made = answers.filter(({ statusCode }) => statusCode === 201);
    expect(new Set(made.map(({ body }) => body)).size).toBe(1);
    expect(answers.filter(({ statusCode }) => statusCode === 409)).toHaveLength(answers.length - made.length);
    const { items } = (await trader.ask('GET', '/orders?limit=500')).json();
    expect(
      items.filter(
        ({ units, createdBy }: { units: number; createdBy: string }) =>
          units === 13 && createdBy === 'person',
      ),
    ).toHaveLength(1);
  });

  it('that was denied stays denied when its request is repeated after its answer was lost', async () => {
    const headers = { 'idempotency-key': randomUUID() };
    await trader.order({ takeProfit: '1.0' }, headers);
    // As if the server had ended before it kept the answer.
    await context.server.database
      .updateTable('idempotency_keys')
      .set({ state: 'in_progress', status: null, body: null, updated_at: new Date(0) })
      .where('key', '=', headers['idempotency-key'])
      .execute();

    const repeated = await trader.order({ takeProfit: '1.0' }, headers);

    expect(repeated.statusCode).toBe(422);
    expect(repeated.json()).toMatchObject({ code: 'take-profit-on-wrong-side' });
  });

  it('on an account that runs elsewhere is asked for again in a moment', async () => {
    const away = await addTrader(context.server);
    await context.server.supervisor.dismiss(away.accountId);

    const answer = await away.order();

    expect(answer.statusCode).toBe(503);
    expect(answer.json().type).toBe('/problems/account-not-trading');
    expect(answer.headers['retry-after']).toBe('2');
  });
});

describe('the list of orders', () => {
  it('comes in pages, newest first, and by status, account and strategy', async () => {
    const busy = await addTrader(context.server);
    const ids: string[] = [];
    for (const units of [1, 2, 3])
      ids.unshift((await busy.order({ type: 'limit', price: '1.05', units })).json().id);
    await busy.ask('DELETE', `/orders/${ids[1]}`);

    const page = (await busy.ask('GET', '/orders?limit=2')).json();
    const next = (await busy.ask('GET', `/orders?limit=2&cursor=${page.nextCursor}`)).json();
    const idsOf = async (query: string) =>
      (await busy.ask('GET', `/orders?${query}`)).json().items.map(({ id }: { id: string }) => id);

    expect([...page.items, ...next.items].map(({ id }) => id)).toEqual(ids);
    expect(next.nextCursor).toBeNull();
    expect(await idsOf('status=cancelled')).toEqual([ids[1]]);
    expect(await idsOf('status=cancelled&status=accepted')).toEqual(ids);
    expect(await idsOf(`accountId=${busy.accountId}`)).toEqual(ids);
    expect(await idsOf(`accountId=${trader.accountId}`)).toEqual([]);
    expect(await idsOf(`strategyId=${randomUUID()}`)).toEqual([]);
  });

  it.each(['status=open', 'accountId=7', 'cursor=nonsense', 'limit=0', 'limit=501', 'units=5'])(
    'refuses ?%s',
    async (query) => {
      expect((await trader.ask('GET', `/orders?${query}`)).statusCode).toBe(400);
    },
  );

  it('is at market time, not at the time on the wall', async () => {
    const [newest] = (await trader.ask('GET', '/orders?limit=1&status=filled')).json().items;

    expect(Date.parse(newest.filledAt)).toBeLessThan(NOON + 3_600_000);
  });
});
