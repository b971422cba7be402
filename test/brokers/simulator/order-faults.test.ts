/** Faults that meet orders: whether the order is there is what a client must find out. */
import { describe, expect, it } from 'vitest';
import { startSimulator } from '../../support/v20-simulator.ts';
import { until } from '../../support/until.ts';
import { arm, control, happened } from '../../support/v20-faults.ts';
import type { RunningSimulator, V20Json } from '../../support/v20-simulator.ts';

const MARKET = {
  order: { type: 'MARKET', instrument: 'EUR_USD', units: '100', clientExtensions: { id: 'mine' } },
};
const LIMIT = { order: { type: 'LIMIT', instrument: 'EUR_USD', units: '100', price: '1.00000' } };
const NEXT_ORDER = { method: 'POST', path: '/orders', count: 1 };

const buy = (running: RunningSimulator) => running.send('POST', '/{A}/orders', MARKET);

/** The types of what the log has beyond the account's making and money. */
async function logged(running: RunningSimulator): Promise<readonly string[]> {
  const { body } = await running.send('GET', '/{A}/transactions/sinceid?id=2');
  return (body['transactions'] ?? []).map((transaction) => String(transaction['type']));
}

const idsOf = (list: V20Json | undefined): readonly string[] => (list ?? []).map(({ id }) => String(id));

const BOUGHT = ['MARKET_ORDER', 'ORDER_FILL'];

describe('the next order', () => {
  it.each([
    ['lost', 'request-lost', []],
    ['placed, its answer lost', 'answer-lost', BOUGHT],
  ])('is %s; the one after it is answered', async (_what, fault, found) => {
    await using running = await startSimulator();
    await arm(running, { fault, ...NEXT_ORDER });

    await expect(buy(running)).rejects.toThrow('fetch failed');
    expect(await logged(running)).toEqual(found);
    expect(await buy(running)).toMatchObject({ status: 201 });
    expect(await logged(running)).toEqual([...found, ...BOUGHT]);
  });

  it('is placed long after its connection broke', async () => {
    await using running = await startSimulator();
    const id = await arm(running, { fault: 'request-delayed', ...NEXT_ORDER });

    await expect(buy(running)).rejects.toThrow('fetch failed');
    expect(await logged(running)).toEqual([]);

    await control(running, 'DELETE', `/faults/${id}`);
    await until('the order is placed', async () => (await logged(running)).length > 0);
    expect(await logged(running)).toEqual(BOUGHT);
  });

  it('is placed once, after its time, although other faults wait for it', async () => {
    await using running = await startSimulator();
    await arm(running, { fault: 'request-delayed', delayMs: 1, ...NEXT_ORDER });
    const other = await arm(running, { fault: 'request-lost', ...NEXT_ORDER });

    await expect(buy(running)).rejects.toThrow('fetch failed');

    await until('the order is placed', async () => (await logged(running)).length > 0);
    expect(await logged(running)).toEqual(BOUGHT);
    expect(await happened(running, other)).toBe(0);
  });

  it.each([
    [false, []],
    [true, BOUGHT],
  ])('is answered 503, applied: %s', async (applied, found) => {
    await using running = await startSimulator();
    await arm(running, { fault: 'status', status: 503, applied, ...NEXT_ORDER });

    const answer = await buy(running);

    expect(answer.status).toBe(503);
    expect(answer.headers.get('location')).toBeNull();
    expect(await logged(running)).toEqual(found);
  });
});

describe('reads that lag behind', () => {
  it('have nothing that is younger, one by one or in lists, until the fault is removed', async () => {
    await using running = await startSimulator();
    const older = (await running.send('POST', '/{A}/orders', LIMIT)).body['orderCreateTransaction']?.['id'];
    running.market.publish('EUR_USD', 110_000, 110_010);
    const fault = await arm(running, { fault: 'read-lag' });
    running.market.publish('EUR_USD', 110_000, 110_010);
    const younger = (await running.send('POST', '/{A}/orders', LIMIT)).body['orderCreateTransaction']?.['id'];
    const trade = (await buy(running)).body['orderFillTransaction']?.['id'];

    expect((await running.send('GET', `/{A}/orders/${older}`)).status).toBe(200);
    expect(await running.send('GET', `/{A}/orders/${younger}`)).toMatchObject({
      status: 404,
      body: { errorCode: 'NO_SUCH_ORDER' },
    });
    expect(await running.send('GET', `/{A}/trades/${trade}`)).toMatchObject({
      status: 404,
      body: { errorCode: 'NO_SUCH_TRADE' },
    });
    expect(idsOf((await running.send('GET', '/{A}/pendingOrders')).body['orders'])).toEqual([older]);
    expect(idsOf((await running.send('GET', '/{A}/openTrades')).body['trades'])).toEqual([]);
    const account = (await running.send('GET', '/{A}')).body['account'];
    expect([idsOf(account?.['orders']), idsOf(account?.['trades'])]).toEqual([[older], []]);

    await control(running, 'DELETE', `/faults/${fault}`);
    expect(idsOf((await running.send('GET', '/{A}/pendingOrders')).body['orders'])).toEqual([younger, older]);
  });

  it('catch up with the time of the market', async () => {
    await using running = await startSimulator();
    await arm(running, { fault: 'read-lag', lagMs: 500 });
    const trade = (await buy(running)).body['orderFillTransaction']?.['id'];

    expect((await running.send('GET', `/{A}/trades/${trade}`)).status).toBe(404);
    running.market.publish('EUR_USD', 110_000, 110_010);
    expect((await running.send('GET', `/{A}/trades/${trade}`)).status).toBe(200);
  });
});

describe('what is over', () => {
  it('is hidden from reads and not from the log', async () => {
    await using running = await startSimulator();
    await arm(running, { fault: 'closed-hidden' });
    const fill = (await buy(running)).body['orderFillTransaction'];
    const tradePath = `/{A}/trades/${fill?.['id']}`;
    expect((await running.send('GET', tradePath)).status).toBe(200);
    await running.send('PUT', `${tradePath}/close`, {});

    expect((await running.send('GET', tradePath)).status).toBe(404);
    expect((await running.send('GET', `/{A}/orders/${fill?.['orderID']}`)).status).toBe(404);
    expect((await running.send('GET', '/{A}/trades?state=ALL')).body['trades']).toEqual([]);
    expect((await running.send('GET', '/{A}/orders?state=ALL')).body['orders']).toEqual([]);
    expect(await logged(running)).toEqual([...BOUGHT, ...BOUGHT]);
  });
});

describe('an order in another shape', () => {
  it.each([
    ['null-members', { takeProfitOnFill: null, priceBound: null }],
    ['legacy-spellings', { positionFill: 'POSITION_DEFAULT' }],
    ['numeric-ids', { id: 3, clientExtensions: { id: 'mine' } }],
    ['unknown-fields', { unknownField: { nested: [1, 'two', null] } }],
  ])('has %s', async (fault, fields) => {
    await using running = await startSimulator();
    await arm(running, { fault, ...NEXT_ORDER });

    const { status, body } = await buy(running);

    expect(status).toBe(201);
    expect(body['orderCreateTransaction']).toMatchObject(fields);
  });
});
