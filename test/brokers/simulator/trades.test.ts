import { describe, expect, it } from 'vitest';
import { ACCOUNT, NOON, startSimulator } from '../../support/v20-simulator.ts';
import type { RunningSimulator, V20Answer } from '../../support/v20-simulator.ts';

/** Opens a long trade of 1,000 EUR_USD at 1.10010; as the first of an account it is trade 4. */
const open = (running: RunningSimulator, fields: object = {}): Promise<V20Answer> =>
  running.send('POST', '/{A}/orders', {
    order: { type: 'MARKET', instrument: 'EUR_USD', units: '1000', ...fields },
  });

const reasonOf = ({ status, body }: V20Answer): readonly unknown[] => [status, body['errorCode']];

describe('closing a trade', () => {
  it.each([
    ['4', { units: '0' }, 400, 'UNITS_INVALID'],
    ['4', { units: '-1' }, 400, 'UNITS_INVALID'],
    ['4', { units: '0.5' }, 400, 'UNITS_PRECISION_EXCEEDED'],
    ['4', { units: '1001' }, 400, 'CLOSE_TRADE_UNITS_EXCEED_TRADE_SIZE'],
    ['77', {}, 404, 'TRADE_DOESNT_EXIST'],
    ['@other', undefined, 404, 'TRADE_DOESNT_EXIST'],
  ])('%s with %j is rejected: %d %s', async (specifier, body, status, reason) => {
    await using running = await startSimulator();
    await open(running);

    const answer = await running.send('PUT', `/{A}/trades/${specifier}/close`, body);

    expect(answer).toMatchObject({
      status,
      body: {
        errorCode: reason,
        orderRejectTransaction: {
          id: '5',
          type: 'MARKET_ORDER_REJECT',
          reason: 'TRADE_CLOSE',
          rejectReason: reason,
        },
        lastTransactionID: '5',
      },
    });
  });

  it.each(['some', 'NONE', ''])('cannot be done with %j units', async (units) => {
    await using running = await startSimulator();
    await open(running);

    const answer = await running.send('PUT', '/{A}/trades/4/close', { units });

    expect(answer).toMatchObject({
      status: 400,
      body: { errorMessage: "Invalid value specified for 'units'" },
    });
    expect(running.simulator.account(ACCOUNT)?.lastTransactionId).toBe(4);
  });

  it('in part leaves the rest and what protects it', async () => {
    await using running = await startSimulator();
    await open(running, { stopLossOnFill: { price: '1.09' }, tradeClientExtensions: { id: 'lot' } });

    const answer = await running.send('PUT', '/{A}/trades/@lot/close', { units: '400' });

    expect(answer).toMatchObject({
      status: 200,
      body: {
        orderCreateTransaction: {
          id: '6',
          instrument: 'EUR_USD',
          units: '-400',
          positionFill: 'REDUCE_ONLY',
          reason: 'TRADE_CLOSE',
          tradeClose: { tradeID: '4', clientTradeID: 'lot', units: '400' },
        },
        orderFillTransaction: {
          id: '7',
          reason: 'MARKET_ORDER_TRADE_CLOSE',
          price: '1.10000',
          pl: '-0.0400',
          accountBalance: '99999.9600',
          tradeReduced: { tradeID: '4', units: '-400', price: '1.10000', realizedPL: '-0.0400' },
        },
        relatedTransactionIDs: ['6', '7'],
      },
    });
    expect(answer.headers.get('location')).toBe(`${running.url}/v3/accounts/${ACCOUNT}/orders/6`);
    const { body } = await running.send('GET', '/{A}/trades/4');
    expect(body).toMatchObject({
      trade: {
        state: 'OPEN',
        initialUnits: '1000',
        currentUnits: '600',
        realizedPL: '-0.0400',
        unrealizedPL: '-0.0600',
        stopLossOrder: { id: '5', state: 'PENDING' },
      },
    });
  });

  it('whole cancels what protected it', async () => {
    await using running = await startSimulator();
    await open(running, { stopLossOnFill: { price: '1.09' }, takeProfitOnFill: { price: '1.2' } });

    const answer = await running.send('PUT', '/{A}/trades/4/close');

    expect(answer.body).toMatchObject({
      orderCreateTransaction: { tradeClose: { units: 'ALL' } },
      orderFillTransaction: { tradesClosed: [{ tradeID: '4', units: '-1000' }] },
      relatedTransactionIDs: ['7', '8', '9', '10'],
    });
    const { body } = await running.send('GET', '/{A}/transactions/idrange?from=9&to=10');
    expect(body['transactions']).toMatchObject(
      ['5', '6'].map((orderID) => ({
        type: 'ORDER_CANCEL',
        orderID,
        reason: 'LINKED_TRADE_CLOSED',
        closedTradeID: '4',
        tradeCloseTransactionID: '8',
      })),
    );
    const trade = (await running.send('GET', '/{A}/trades/4')).body['trade'];
    expect(trade).toMatchObject({
      state: 'CLOSED',
      currentUnits: '0',
      averageClosePrice: '1.10000',
      closingTransactionIDs: ['8'],
      stopLossOrder: { id: '6', state: 'CANCELLED' },
    });
    expect(trade).not.toHaveProperty('unrealizedPL');
    expect(trade).not.toHaveProperty('marginUsed');
  });

  it('while its market is closed is cancelled', async () => {
    await using running = await startSimulator();
    await open(running);
    // A Saturday.
    running.market.clock(NOON + 4 * 86_400_000);

    const answer = await running.send('PUT', '/{A}/trades/4/close');

    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ orderCancelTransaction: { reason: 'MARKET_HALTED' } });
    expect(answer.body).not.toHaveProperty('orderFillTransaction');
  });
});

describe('the orders of a trade', () => {
  it('are set, changed and removed in one step', async () => {
    await using running = await startSimulator();
    await open(running, { stopLossOnFill: { price: '1.09' }, trailingStopLossOnFill: { distance: '0.02' } });

    const answer = await running.send('PUT', '/{A}/trades/4/orders', {
      takeProfit: { price: '1.2', clientExtensions: { id: 'target' } },
      stopLoss: { price: '1.095' },
      trailingStopLoss: null,
    });

    expect(answer).toMatchObject({
      status: 200,
      body: {
        takeProfitOrderTransaction: {
          type: 'TAKE_PROFIT_ORDER',
          price: '1.20000',
          reason: 'CLIENT_ORDER',
          clientExtensions: { id: 'target' },
        },
        stopLossOrderCancelTransaction: { orderID: '5', reason: 'CLIENT_REQUEST_REPLACED' },
        stopLossOrderTransaction: {
          type: 'STOP_LOSS_ORDER',
          price: '1.09500',
          reason: 'REPLACEMENT',
          replacesOrderID: '5',
        },
        trailingStopLossOrderCancelTransaction: { orderID: '6', reason: 'CLIENT_REQUEST' },
        relatedTransactionIDs: ['7', '8', '9', '10'],
      },
    });
    const { body } = await running.send('GET', '/{A}/trades/4');
    expect(body['trade']).toMatchObject({
      takeProfitOrder: { price: '1.20000' },
      stopLossOrder: { price: '1.09500' },
    });
    expect(body['trade']).not.toHaveProperty('trailingStopLossOrder');
  });

  it('keep what a change does not name', async () => {
    await using running = await startSimulator();
    const expiry = { timeInForce: 'GTD', gtdTime: '2026-01-07T12:00:00.000000000Z' };
    await open(running, {
      stopLossOnFill: { price: '1.09', ...expiry, clientExtensions: { id: 'stop', tag: 'mine' } },
    });

    const { body } = await running.send('PUT', '/{A}/trades/4/orders', { stopLoss: { price: '1.08' } });

    expect(body).toMatchObject({
      stopLossOrderTransaction: {
        price: '1.08000',
        ...expiry,
        clientExtensions: { id: 'stop', tag: 'mine' },
      },
    });
  });

  it('that are through the market already fill at once', async () => {
    await using running = await startSimulator();
    await open(running);

    const { body } = await running.send('PUT', '/{A}/trades/4/orders', { stopLoss: { price: '1.2' } });

    expect(body).toMatchObject({
      stopLossOrderTransaction: { price: '1.20000' },
      stopLossOrderFillTransaction: { reason: 'STOP_LOSS_ORDER', price: '1.10000' },
    });
  });

  it('all stay when one makes no sense', async () => {
    await using running = await startSimulator();
    await open(running, { stopLossOnFill: { price: '1.09' } });

    const answer = await running.send('PUT', '/{A}/trades/4/orders', {
      stopLoss: { price: '1.08' },
      takeProfit: { price: '-1' },
      trailingStopLoss: null,
    });

    expect(answer).toMatchObject({
      status: 400,
      body: {
        errorCode: 'PRICE_INVALID',
        takeProfitOrderRejectTransaction: { type: 'TAKE_PROFIT_ORDER_REJECT', rejectReason: 'PRICE_INVALID' },
        trailingStopLossOrderCancelRejectTransaction: {
          type: 'ORDER_CANCEL_REJECT',
          rejectReason: 'ORDER_DOESNT_EXIST',
        },
        relatedTransactionIDs: ['6', '7'],
      },
    });
    expect((await running.send('GET', '/{A}/orders/5')).body).toMatchObject({
      order: { state: 'PENDING', price: '1.09000' },
    });
  });

  it.each([
    [
      'guaranteedStopLoss',
      { price: '1.09' },
      'GUARANTEED_STOP_LOSS_ORDER_REJECT',
      'GUARANTEED_STOP_LOSS_ORDER_NOT_ALLOWED',
    ],
    // By distance a take profit comes with an entry only.
    ['takeProfit', { distance: '0.01' }, 'TAKE_PROFIT_ORDER_REJECT', 'PRICE_MISSING'],
  ])('reject a %s of %j', async (name, details, type, rejectReason) => {
    await using running = await startSimulator();
    await open(running);

    const answer = await running.send('PUT', '/{A}/trades/4/orders', { [name]: details });

    expect(answer).toMatchObject({
      status: 400,
      body: { errorCode: rejectReason, [`${name}OrderRejectTransaction`]: { type, rejectReason } },
    });
  });

  it.each([
    [{}, 400, 'The request was missing required data'],
    [{ stopLoss: 'low' }, 400, "Invalid value specified for 'stopLoss'"],
    [{ stopLoss: { price: 'low' } }, 400, "Invalid value specified for 'stopLoss.price'"],
  ])('are not changed by %j', async (body, status, errorMessage) => {
    await using running = await startSimulator();
    await open(running);

    const answer = await running.send('PUT', '/{A}/trades/4/orders', body);

    expect(answer).toMatchObject({ status, body: { errorMessage } });
    expect(running.simulator.account(ACCOUNT)?.lastTransactionId).toBe(4);
  });

  it('are those of a trade that is open', async () => {
    await using running = await startSimulator();

    const answer = await running.send('PUT', '/{A}/trades/4/orders', { stopLoss: { price: '1.09' } });

    expect(reasonOf(answer)).toEqual([404, 'NO_SUCH_TRADE']);
  });
});

describe('what a client notes with a trade', () => {
  it('is changed in part, and is its own among open trades', async () => {
    await using running = await startSimulator({ hedging: true });
    await open(running, { tradeClientExtensions: { id: 'one', comment: 'first' } });
    await open(running, { tradeClientExtensions: { id: 'two' } });
    const change = (specifier: string, extensions?: object): Promise<V20Answer> =>
      running.send('PUT', `/{A}/trades/${specifier}/clientExtensions`, { clientExtensions: extensions });

    expect(reasonOf(await change('@two', { id: 'one' }))).toEqual([400, 'CLIENT_TRADE_ID_ALREADY_EXISTS']);
    expect(reasonOf(await change('@two'))).toEqual([400, 'CLIENT_EXTENSIONS_DATA_MISSING']);
    expect(reasonOf(await change('@three', { id: 'x' }))).toEqual([404, 'TRADE_DOESNT_EXIST']);
    expect(await change('@one', { tag: 'new', comment: '' })).toMatchObject({
      status: 200,
      body: {
        tradeClientExtensionsModifyTransaction: {
          type: 'TRADE_CLIENT_EXTENSIONS_MODIFY',
          tradeID: '4',
          clientTradeID: 'one',
          tradeClientExtensionsModify: { tag: 'new', comment: '' },
        },
      },
    });
    const { body } = await running.send('GET', '/{A}/trades/@one');
    expect(body['trade']?.['clientExtensions']).toEqual({ id: 'one', tag: 'new' });
  });
});

describe('the list of trades', () => {
  it('shows open ones unless others are asked for, the newest first', async () => {
    await using running = await startSimulator({ hedging: true });
    await open(running);
    await open(running, { units: '-500' });
    await open(running, { instrument: 'USD_JPY' });
    await running.send('PUT', '/{A}/trades/4/close');
    const idsOf = async (path: string): Promise<readonly unknown[] | undefined> =>
      (await running.send('GET', `/{A}/${path}`)).body['trades']?.map(({ id }) => id);

    expect(await idsOf('trades')).toEqual(['8', '6']);
    expect(await idsOf('openTrades')).toEqual(['8', '6']);
    expect(await idsOf('trades?state=CLOSED')).toEqual(['4']);
    expect(await idsOf('trades?state=ALL&count=2')).toEqual(['8', '6']);
    expect(await idsOf('trades?state=ALL&beforeID=6')).toEqual(['6', '4']);
    expect(await idsOf('trades?instrument=USD_JPY')).toEqual(['8']);
    expect(await idsOf('trades?state=ALL&ids=4,8')).toEqual(['8', '4']);
  });

  it.each([
    ['trades?state=PENDING', 400, "Invalid value specified for 'state'"],
    ['trades/x', 400, "Invalid value specified for 'tradeSpecifier'"],
    ['trades/77', 404, 'The trade ID specified does not exist'],
    ['trades/@gone', 404, 'The trade ID specified does not exist'],
  ])('has nothing for %s', async (path, status, errorMessage) => {
    await using running = await startSimulator();

    const answer = await running.send('GET', `/{A}/${path}`);

    expect(answer).toMatchObject({ status, body: { errorMessage } });
  });
});

describe('an order that reduces a position', () => {
  it('closes the oldest trades first, reduces the next and opens none', async () => {
    await using running = await startSimulator();
    await open(running);
    await open(running, { units: '2000' });

    const { body } = await open(running, { units: '-1500' });

    expect(body['orderFillTransaction']).toMatchObject({
      tradesClosed: [{ tradeID: '4', units: '-1000' }],
      tradeReduced: { tradeID: '6', units: '-500' },
    });
    expect(body['orderFillTransaction']).not.toHaveProperty('tradeOpened');
  });
});
