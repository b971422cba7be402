import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { checkAccount } from '../../src/trading/accounts/verify-account.ts';
import { useServer } from '../support/test-server.ts';
import { addTrader } from '../support/trading-client.ts';
import type { TestTrader } from '../support/trading-client.ts';

const context = useServer();
let trader: TestTrader;

beforeEach(async () => {
  trader = await addTrader(context.server);
});

const resting = (rest: object = {}) => ({ type: 'limit', price: '1.09', ...rest });
const place = async (order: object = {}) => (await trader.order(order)).json();
const get = async (path: string) => (await trader.ask('GET', path)).json();

/** The trader's only open position. */
async function openPosition(): Promise<{ id: string }> {
  await place();
  return (await get('/positions?open=true')).items[0];
}

/** An order of the trader that protects a position. */
const protective = (body: object) => trader.ask('POST', '/orders', { accountId: trader.accountId, ...body });

describe('an order that rests', () => {
  it('is changed by one that takes its place, and each names the other', async () => {
    const old = await place(resting({ stopLoss: '1.08', tag: 'grid' }));

    const answer = await trader.ask('PATCH', `/orders/${old.id}`, {
      price: '1.095',
      units: 2_000,
      stopLoss: null,
    });

    expect(answer.statusCode).toBe(201);
    const changed = answer.json();
    expect(answer.headers.location).toBe(`/api/v1/orders/${changed.id}`);
    expect(changed).toMatchObject({
      replacesOrderId: old.id,
      status: 'accepted',
      price: '1.09500',
      units: 2_000,
      stopLoss: null,
      tag: 'grid',
    });
    expect(await get(`/orders/${old.id}`)).toMatchObject({
      status: 'cancelled',
      reasonCode: 'replaced',
      replacedByOrderId: changed.id,
    });
  });

  it.each([
    ['an expiry', { expiresAt: '2026-03-03T12:00:00Z' }, { timeInForce: 'GTD' }],
    ['no expiry', { expiresAt: null }, { timeInForce: 'GTC', expiresAt: null }],
    ['an end with the day', { timeInForce: 'GFD' }, { timeInForce: 'GFD', expiresAt: null }],
    [
      'a distance for its stop loss',
      { stopLossDistance: '0.005' },
      { stopLoss: null, stopLossDistance: '0.00500' },
    ],
  ])('gets %s', async (_case, patch, expected) => {
    const { id } = await place(resting({ expiresAt: '2026-03-02T18:00:00Z', stopLoss: '1.08' }));

    expect((await trader.ask('PATCH', `/orders/${id}`, patch)).json()).toMatchObject(expected);
  });

  it('stays when its change is denied or makes no sense', async () => {
    const { id } = await place(resting());

    const denied = await trader.ask('PATCH', `/orders/${id}`, { stopLoss: '1.2' });
    const wrong = await trader.ask('PATCH', `/orders/${id}`, { price: '1.1234567' });
    const empty = await trader.ask('PATCH', `/orders/${id}`, {});

    expect([denied.statusCode, denied.json().code]).toEqual([422, 'stop-loss-on-wrong-side']);
    expect([wrong.statusCode, wrong.json().errors[0].pointer]).toEqual([400, '/price']);
    expect(empty.statusCode).toBe(400);
    expect(await get(`/orders/${id}`)).toMatchObject({ status: 'accepted', price: '1.09000' });
  });

  it('is changed once by a request that is sent twice', async () => {
    const { id } = await place(resting());
    const headers = { 'idempotency-key': randomUUID() };

    const [first, second] = [
      await trader.ask('PATCH', `/orders/${id}`, { price: '1.095' }, { headers }),
      await trader.ask('PATCH', `/orders/${id}`, { price: '1.095' }, { headers }),
    ];

    expect(second.body).toBe(first.body);
    expect((await get('/orders?status=accepted')).items).toHaveLength(1);
  });

  it('cannot be changed when it is gone, or is not the person’s', async () => {
    const { id } = await place(resting());
    const other = await addTrader(context.server);
    await trader.ask('DELETE', `/orders/${id}`);

    expect((await trader.ask('PATCH', `/orders/${id}`, { units: 1 })).statusCode).toBe(409);
    expect((await other.ask('PATCH', `/orders/${id}`, { units: 1 })).statusCode).toBe(404);
  });
});

describe('a net position', () => {
  const path = '/net-positions/EUR_USD/close';

  it('is closed in part, the oldest position first, and then whole, each with one order', async () => {
    await place({ units: 1_000 });
    await place({ units: 2_000 });

    const part = await trader.ask('POST', path, { accountId: trader.accountId, units: 1_500 });
    const all = await trader.ask('POST', path, { accountId: trader.accountId });

    expect([part.statusCode, all.statusCode]).toEqual([201, 201]);
    expect(part.json()).toMatchObject({
      type: 'market',
      side: 'sell',
      positionFill: 'REDUCE_ONLY',
      status: 'filled',
      filledUnits: 1_500,
    });
    expect(all.json()).toMatchObject({ filledUnits: 1_500, createdBy: 'person' });
    expect((await get(`/net-positions?accountId=${trader.accountId}`)).items).toEqual([]);
    expect((await get('/trades')).items.map(({ exitReason }: { exitReason: string }) => exitReason)).toEqual([
      'close',
      'close',
      'close',
    ]);
  });

  it.each([
    ['nothing is open', path, {}, 422, 'position-unknown'],
    ['there is no such instrument', '/net-positions/EUR_XXX/close', {}, 422, 'instrument-unknown'],
  ])('is not closed when %s', async (_case, where, body, status, code) => {
    const answer = await trader.ask('POST', where, { accountId: trader.accountId, ...body });

    expect([answer.statusCode, answer.json().code]).toEqual([status, code]);
  });

  it('of a hedging account is closed on one side', async () => {
    const hedged = await addTrader(context.server, { hedging: true });
    const { accountId } = hedged;
    await hedged.order({ units: 3_000 });
    await hedged.order({ side: 'sell', units: 500 });

    const neither = await hedged.ask('POST', path, { accountId });
    const closed = await hedged.ask('POST', path, { accountId, side: 'short' });

    expect(neither.statusCode).toBe(422);
    expect(closed.json()).toMatchObject({ side: 'buy', filledUnits: 500 });
    const left = await hedged.ask('GET', `/net-positions?accountId=${accountId}`);
    expect(left.json().items).toMatchObject([{ netUnits: 3_000 }]);
  });

  it("of another person's account is not found", async () => {
    const other = await addTrader(context.server);

    expect((await other.ask('POST', path, { accountId: trader.accountId })).statusCode).toBe(404);
  });
});

describe('an order that protects a position', () => {
  it.each([
    ['stop_loss', { price: '1.08' }, { stopLoss: '1.08000' }],
    // From the ask, 1.10010.
    ['stop_loss', { stopLossDistance: '0.01' }, { stopLoss: '1.09010' }],
    ['take_profit', { price: '1.2' }, { takeProfit: '1.20000' }],
    ['trailing_stop', { trailingDistance: '0.005' }, { trailingDistance: '0.00500' }],
  ])('is placed by itself: %s with %j', async (type, level, protection) => {
    const { id: positionId } = await openPosition();

    const answer = await protective({ type, positionId, ...level });

    expect(answer.statusCode).toBe(201);
    expect(answer.json()).toMatchObject({
      type,
      positionId,
      side: 'sell',
      units: 1_000,
      status: 'accepted',
      createdBy: 'person',
      timeInForce: 'GTC',
    });
    expect(await get(`/positions/${positionId}`)).toMatchObject(protection);
  });

  it('by distance is rebuilt from the log as it is in the tables', async () => {
    const { id: positionId } = await openPosition();
    await protective({ type: 'stop_loss', positionId, stopLossDistance: '0.01' });
    await protective({ type: 'trailing_stop', positionId, trailingDistance: '0.005' });
    await place({
      type: 'market_if_touched',
      price: '1.09',
      stopLossDistance: '0.01',
      triggerCondition: 'MID',
    });

    const { orders, positions, trades, accounts, projections } = context.server.stores;
    const report = await checkAccount({ orders, positions, trades, accounts, projections }, trader.accountId);

    expect(report).toMatchObject({ orders: 4, differences: [] });
  });

  it('is placed once, and changed after that', async () => {
    const { id: positionId } = await openPosition();
    const { id } = (await protective({ type: 'stop_loss', positionId, price: '1.08' })).json();

    const second = await protective({ type: 'stop_loss', positionId, price: '1.07' });
    const changed = await trader.ask('PATCH', `/orders/${id}`, { price: '1.085' });

    expect([second.statusCode, second.json().code]).toEqual([422, 'protection-exists']);
    expect(changed.json()).toMatchObject({ positionId, replacesOrderId: id, price: '1.08500' });
    expect(await get(`/positions/${positionId}`)).toMatchObject({ stopLoss: '1.08500' });
  });

  it.each([
    ['no position', { type: 'stop_loss', price: '1.08', positionId: undefined }, ['/positionId']],
    ['units', { type: 'stop_loss', price: '1.08', units: 5 }, ['/units']],
    ['no price', { type: 'take_profit' }, ['/price']],
    [
      'a price and a distance',
      { type: 'stop_loss', price: '1.08', stopLossDistance: '0.1' },
      ['/stopLossDistance'],
    ],
    ['no distance', { type: 'trailing_stop', price: '1.08' }, ['/trailingDistance', '/price']],
  ])('is refused with %s', async (_case, body, pointers) => {
    const { id: positionId } = await openPosition();

    const answer = await protective({ positionId, ...body });

    expect(answer.statusCode).toBe(400);
    expect(answer.json().errors.map(({ pointer }: { pointer: string }) => pointer)).toEqual(pointers);
  });

  it("of another person's position is not found", async () => {
    const { id: positionId } = await openPosition();
    const other = await addTrader(context.server);
    const body = { accountId: other.accountId, type: 'stop_loss', positionId, price: '1.08' };

    expect((await other.ask('POST', '/orders', body)).statusCode).toBe(404);
  });
});

describe('an order of a position', () => {
  it('may be set by distance', async () => {
    const { id } = await openPosition();

    const answer = await trader.ask('PATCH', `/positions/${id}`, { stopLossDistance: '0.01' });
    const both = await trader.ask('PATCH', `/positions/${id}`, {
      stopLossDistance: '0.01',
      stopLoss: '1.08',
    });

    expect(answer.json()).toMatchObject({ stopLoss: '1.09010' });
    expect([both.statusCode, both.json().errors[0].pointer]).toEqual([400, '/stopLossDistance']);
  });
});

describe('an order with everything', () => {
  it.each([
    [
      { type: 'market_if_touched', price: '1.09', priceBound: '1.095', triggerCondition: 'MID' },
      { status: 'accepted', type: 'market_if_touched', triggerCondition: 'MID', timeInForce: 'GTC' },
    ],
    [
      { tag: 'grid', comment: 'third of three' },
      { tag: 'grid', comment: 'third of three' },
    ],
    [
      { stopLossDistance: '0.01', takeProfitDistance: '0.02' },
      { status: 'filled', stopLossDistance: '0.01000', takeProfitDistance: '0.02000', stopLoss: null },
    ],
    [resting({ timeInForce: 'GFD' }), { status: 'accepted', timeInForce: 'GFD', expiresAt: null }],
    [{ positionFill: 'REDUCE_FIRST' }, { status: 'filled', positionFill: 'REDUCE_FIRST' }],
  ])('%j is made as asked', async (order, expected) => {
    const placed = await place(order);

    expect(placed).toMatchObject(expected);
    expect(await get(`/orders/${placed.id}`)).toEqual(placed);
  });

  it.each([
    ['a position', { positionId: randomUUID() }, '/positionId'],
    ['a trigger condition', { triggerCondition: 'BID' }, '/triggerCondition'],
    ['two stop losses', { stopLoss: '1.0', stopLossDistance: '0.1' }, '/stopLossDistance'],
    ['a long tag', { tag: 'x'.repeat(129) }, '/tag'],
  ])('at the market is refused with %s', async (_case, order, pointer) => {
    const answer = await trader.order(order);

    expect([answer.statusCode, answer.json().errors?.[0].pointer]).toEqual([400, pointer]);
  });
});
