import { randomUUIDv7 } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { useServer } from '../support/test-server.ts';
import { addTrader } from '../support/trading-client.ts';
import type { TestTrader } from '../support/trading-client.ts';

const context = useServer();
let trader: TestTrader;

beforeAll(async () => {
  trader = await addTrader(context.server);
});

/** Opens a position on an account of its own, and returns it. */
async function openPosition(order: object = {}, account: object = {}) {
  const owner = await addTrader(context.server, account);
  const opened = await owner.order(order);
  if (opened.json().status !== 'filled') throw new Error(opened.body);
  const { items } = (await owner.ask('GET', '/positions')).json();
  return { ...owner, position: items[0], path: `/positions/${items[0].id}` };
}

describe('positions', () => {
  it('are what orders opened, by account, and open or closed', async () => {
    const { ask, order, position, path, accountId } = await openPosition({ stopLoss: '1.09', tag: 'grid.1' });
    await order({ side: 'sell', units: 400 });

    expect((await ask('GET', path)).json()).toMatchObject({
      id: position.id,
      accountId,
      strategyId: null,
      openingOrderId: expect.any(String),
      tag: 'grid.1',
      instrument: 'EUR_USD',
      side: 'long',
      initialUnits: 1_000,
      openUnits: 600,
      entryPrice: '1.10010',
      stopLoss: '1.09000',
      takeProfit: null,
      realizedPnl: '-0.0400',
      closedAt: null,
    });
    await ask('POST', `${path}/close`);
    const idsOf = async (query: string) =>
      (await ask('GET', `/positions?${query}`)).json().items.map(({ id }: { id: string }) => id);
    expect(await idsOf('open=true')).toEqual([]);
    expect(await idsOf('open=false')).toEqual([position.id]);
    expect(await idsOf(`openingOrderId=${position.openingOrderId}`)).toEqual([position.id]);
    expect(await idsOf(`openingOrderId=${position.id}`)).toEqual([]);
    expect(await idsOf(`accountId=${trader.accountId}`)).toEqual([]);
  });

  it('are worth what closing them would bring, while they are open and their account runs here', async () => {
    const { ask, path, accountId } = await openPosition();
    await context.server.quote('EUR_USD', 110_060, 110_070);

    const open = (await ask('GET', path)).json();
    const listed = (await ask('GET', '/positions')).json();
    const protectedNow = (await ask('PATCH', path, { stopLoss: '1.09' })).json();
    await context.server.supervisor.dismiss(accountId);
    const elsewhere = (await ask('GET', path)).json();

    expect(open).toMatchObject({ price: '1.10060', unrealizedPnl: '0.5000' });
    expect(listed.items).toEqual([open]);
    expect(protectedNow).toMatchObject({ price: '1.10060', unrealizedPnl: '0.5000' });
    expect(elsewhere).toMatchObject({ price: null, unrealizedPnl: null });
  });

  it('are worth nothing any more once they are closed', async () => {
    const { ask, path } = await openPosition();
    await ask('POST', `${path}/close`);

    expect((await ask('GET', path)).json()).toMatchObject({ price: null, unrealizedPnl: null });
  });

  it.each(['open=yes', 'open=1', 'side=long'])('are not listed by ?%s', async (query) => {
    expect((await trader.ask('GET', `/positions?${query}`)).statusCode).toBe(400);
  });
});

describe('protecting a position', () => {
  it.each([
    ['nothing', {}, { pointer: '', detail: 'must have at least 1 field' }],
    [
      'too many decimals',
      { stopLoss: '1.0900001' },
      { pointer: '/stopLoss', detail: 'must have at most 5 decimal places, as EUR_USD has; has 7' },
    ],
    [
      'a number',
      { takeProfit: 1.2 },
      { pointer: '/takeProfit', detail: expect.stringMatching(/price as text|must be a string/) },
    ],
    ['units', { units: 5 }, { pointer: '/units', detail: 'is not known here' }],
  ])('with %s is refused', async (_case, change, error) => {
    const { ask, path } = await openPosition();

    const answer = await ask('PATCH', path, change);

    expect(answer.statusCode).toBe(400);
    expect(answer.json().errors).toEqual([error]);
  });

  it.each([
    ['a stop loss above the price of a long', { stopLoss: '1.2' }, 'stop-loss-on-wrong-side'],
    ['a take profit below the price of a long', { takeProfit: '1.0' }, 'take-profit-on-wrong-side'],
    ['a distance that is too small', { trailingDistance: '0.00001' }, 'trailing-distance-invalid'],
  ])('with %s is denied', async (_case, change, code) => {
    const { ask, path } = await openPosition();

    const answer = await ask('PATCH', path, change);

    expect(answer.statusCode).toBe(422);
    expect(answer.json()).toMatchObject({ type: '/problems/order-denied', code });
  });

  it('sets, changes, keeps and removes each part', async () => {
    const { ask, path } = await openPosition();

    const set = await ask('PATCH', path, { stopLoss: '1.09', takeProfit: '1.12' });
    const changed = await ask('PATCH', path, { stopLoss: '1.095', trailingDistance: '0.01' });
    const removed = await ask('PATCH', path, { stopLoss: null, trailingDistance: null });

    expect(set.json()).toMatchObject({ stopLoss: '1.09000', takeProfit: '1.12000', trailingDistance: null });
    expect(changed.json()).toMatchObject({
      stopLoss: '1.09500',
      takeProfit: '1.12000',
      trailingDistance: '0.01000',
    });
    expect(removed.json()).toMatchObject({ stopLoss: null, takeProfit: '1.12000', trailingDistance: null });
  });
});

describe('closing a position', () => {
  it.each([
    ['no units', { units: 0 }, 400],
    ['half a unit', { units: 0.5 }, 400],
    ['more than there is', { units: 1_001 }, 422],
    ['another field', { mode: 'all' }, 400],
  ])('with %s is refused', async (_case, body, status) => {
    const { ask, path } = await openPosition();

    expect((await ask('POST', `${path}/close`, body)).statusCode).toBe(status);
    expect((await ask('GET', path)).json()).toMatchObject({ openUnits: 1_000 });
  });

  it('in part and then in whole makes an order each time', async () => {
    const { ask, path, position } = await openPosition();

    const part = await ask('POST', `${path}/close`, { units: 300 });
    const rest = await ask('POST', `${path}/close`);
    const again = await ask('POST', `${path}/close`);

    expect(part.statusCode).toBe(201);
    expect(part.headers.location).toBe(`/api/v1/orders/${part.json().id}`);
    expect(part.json()).toMatchObject({
      status: 'filled',
      side: 'sell',
      units: 300,
      positionId: position.id,
    });
    expect(rest.json()).toMatchObject({ status: 'filled', units: 700, averagePrice: '1.10000' });
    expect(again.statusCode).toBe(422);
    expect(again.json()).toMatchObject({ code: 'position-unknown' });
  });

  it('twice under one key closes once', async () => {
    const { ask, path } = await openPosition();
    const headers = { 'idempotency-key': 'close-it' };

    const first = await ask('POST', `${path}/close`, { units: 300 }, { headers });
    const second = await ask('POST', `${path}/close`, { units: 300 }, { headers });

    expect(second.body).toBe(first.body);
    expect((await ask('GET', path)).json()).toMatchObject({ openUnits: 700 });
  });

  it('is possible on a halted account', async () => {
    const { ask, path, accountId } = await openPosition();
    await ask('POST', `/accounts/${accountId}/halt`);

    expect((await ask('POST', `${path}/close`)).json()).toMatchObject({ status: 'filled' });
  });
});

describe('net positions', () => {
  it('are the sum of each instrument, with what the heavier side cost', async () => {
    const hedged = await openPosition({ units: 3_000 }, { hedging: true });
    await context.server.quote('EUR_USD', 110_030, 110_040);
    await hedged.order({ units: 1_000 });
    await hedged.order({ side: 'sell', units: 500 });

    const { items } = (await hedged.ask('GET', `/net-positions?accountId=${hedged.accountId}`)).json();

    // 3000 at 1.10010 and 1000 at 1.10040 are 4000 at 1.100175.
    expect(items).toEqual([
      {
        instrument: 'EUR_USD',
        netUnits: 3_500,
        longUnits: 4_000,
        shortUnits: 500,
        averagePrice: '1.10018',
        price: '1.10030',
        // 3,000 gained 0.0002 each, 1,000 and 500 lost 0.0001.
        unrealizedPnl: '0.4500',
      },
    ]);
  });

  it('are nothing where nothing is held, and no price where both sides are equal', async () => {
    const flat = await openPosition({}, { hedging: true });
    await flat.order({ side: 'sell' });

    const { items } = (await flat.ask('GET', `/net-positions?accountId=${flat.accountId}`)).json();

    expect(items).toEqual([
      {
        instrument: 'EUR_USD',
        netUnits: 0,
        longUnits: 1_000,
        shortUnits: 1_000,
        averagePrice: null,
        price: null,
        unrealizedPnl: '-0.2000',
      },
    ]);
    expect((await trader.ask('GET', `/net-positions?accountId=${trader.accountId}`)).json()).toEqual({
      items: [],
    });
  });
});

describe('trades', () => {
  it('are what was closed, with their result', async () => {
    const { ask, path, position, accountId } = await openPosition();
    await context.server.quote('EUR_USD', 110_110, 110_120);
    const closing = (await ask('POST', `${path}/close`)).json();

    const { items, nextCursor } = (await ask('GET', '/trades')).json();

    expect(nextCursor).toBeNull();
    expect(items).toEqual([
      {
        id: expect.any(String),
        accountId,
        strategyId: null,
        positionId: position.id,
        closingOrderId: closing.id,
        brokerTransactionId: expect.stringMatching(/^\d+$/),
        instrument: 'EUR_USD',
        side: 'long',
        units: 1_000,
        entryPrice: '1.10010',
        exitPrice: '1.10110',
        realizedPnl: '1.0000',
        financing: '0.0000',
        commission: '0.0000',
        result: '1.0000',
        exitReason: 'close',
        openedAt: position.openedAt,
        closedAt: expect.stringMatching(/Z$/),
        marketTime: items[0].closedAt,
        recordedAt: expect.stringMatching(/Z$/),
      },
    ]);
    expect((await ask('GET', `/trades/${items[0].id}`)).json()).toEqual(items[0]);
  });

  it('come as CSV to anyone who accepts that, all of them whatever the limit', async () => {
    const { ask, path } = await openPosition();
    for (const units of [100, 200, 700]) await ask('POST', `${path}/close`, { units });

    const csv = await ask('GET', '/trades?limit=1', undefined, { headers: { accept: 'text/csv' } });
    const json = (await ask('GET', '/trades')).json().items;

    expect(csv.statusCode).toBe(200);
    expect(csv.headers['content-type']).toBe('text/csv; charset=utf-8');
    const [head, ...lines] = csv.body.split('\r\n');
    expect(head).toBe(Object.keys(json[0]).join(','));
    expect(lines.at(-1)).toBe('');
    expect(lines.slice(0, -1)).toEqual(
      json.map((trade: object) =>
        Object.values(trade)
          .map((value) => value ?? '')
          .join(','),
      ),
    );
  });

  it('come as CSV page by page', async () => {
    const { ask, path, accountId } = await openPosition();
    await ask('POST', `${path}/close`);
    const { database } = context.server;
    const row = await database
      .selectFrom('trades')
      .selectAll()
      .where('account_id', '=', accountId)
      .executeTakeFirstOrThrow();
    const copies = Array.from({ length: 1_000 }, (_, index) => ({
      ...row,
      id: randomUUIDv7(),
      broker_transaction_id: 1_000 + index,
    }));
    await database.insertInto('trades').values(copies).execute();

    const csv = await ask('GET', '/trades', undefined, { headers: { accept: 'text/csv' } });

    const ids = csv.body
      .split('\r\n')
      .slice(1, -1)
      .map((line) => line.split(',')[0]);
    expect(new Set(ids).size).toBe(1_001);
  });
});
