import { describe, expect, it } from 'vitest';
import { ACCOUNT, NOON, startSimulator } from '../../support/v20-simulator.ts';

const market = { type: 'MARKET', instrument: 'EUR_USD', units: '1000' };
const limit = { type: 'LIMIT', instrument: 'EUR_USD', units: '1000', price: '1.05' };

describe('an order that cannot be read', () => {
  it.each([
    [undefined, 'The request was missing required data'],
    [{}, 'The request was missing required data'],
    ['{', 'Invalid JSON in the body of the request.'],
    [{ order: [] }, "Invalid value specified for 'order'"],
    [{ order: {} }, "Invalid value specified for 'order.type'"],
    [{ order: { ...market, type: 'FIXED_PRICE' } }, "Invalid value specified for 'order.type'"],
    [{ order: { ...market, instrument: 'EUR/USD' } }, "Invalid value specified for 'order.instrument'"],
    [{ order: { ...market, units: 'many' } }, "Invalid value specified for 'order.units'"],
    [{ order: { ...market, units: '1e3' } }, "Invalid value specified for 'order.units'"],
    [{ order: { ...limit, price: '1,05' } }, "Invalid value specified for 'order.price'"],
    [{ order: { ...limit, timeInForce: 'DAY' } }, "Invalid value specified for 'order.timeInForce'"],
    [{ order: { ...limit, gtdTime: 'tomorrow' } }, "Invalid value specified for 'order.gtdTime'"],
    [{ order: { ...market, positionFill: 'ANY' } }, "Invalid value specified for 'orderPositionFill'"],
    [
      { order: { ...market, stopLossOnFill: { price: 'low' } } },
      "Invalid value specified for 'order.stopLossOnFill.price'",
    ],
  ])('%j is refused and leaves no transaction', async (body, errorMessage) => {
    await using running = await startSimulator();

    const answer = await running.send('POST', '/{A}/orders', body);

    expect(answer).toMatchObject({ status: 400, body: { errorMessage } });
    expect(running.simulator.account(ACCOUNT)?.lastTransactionId).toBe(2);
  });
});

describe('an order that makes no sense', () => {
  const detail = 'x'.repeat(129);

  it.each([
    [{ ...market, instrument: undefined }, 'INSTRUMENT_MISSING'],
    [{ ...market, units: undefined }, 'UNITS_MISSING'],
    [{ ...market, units: '0' }, 'UNITS_INVALID'],
    [{ ...market, units: '0.5' }, 'UNITS_PRECISION_EXCEEDED'],
    [{ ...market, units: '100000001' }, 'UNITS_LIMIT_EXCEEDED'],
    [{ ...market, priceBound: '0' }, 'PRICE_BOUND_INVALID'],
    [{ ...market, priceBound: '1.123456' }, 'PRICE_BOUND_PRECISION_EXCEEDED'],
    [{ ...market, timeInForce: 'GTC' }, 'TIME_IN_FORCE_INVALID'],
    [{ ...limit, price: undefined }, 'PRICE_MISSING'],
    [{ ...limit, price: '-1' }, 'PRICE_INVALID'],
    [{ ...limit, price: '1.050001' }, 'PRICE_PRECISION_EXCEEDED'],
    [{ ...limit, timeInForce: 'GTD' }, 'TIME_IN_FORCE_GTD_TIMESTAMP_MISSING'],
    [
      { ...limit, timeInForce: 'GTD', gtdTime: '2020-01-01T00:00:00Z' },
      'TIME_IN_FORCE_GTD_TIMESTAMP_IN_PAST',
    ],
    [{ ...market, clientExtensions: { id: detail } }, 'CLIENT_ORDER_ID_INVALID'],
    [{ ...market, clientExtensions: { tag: detail } }, 'CLIENT_ORDER_TAG_INVALID'],
    [{ ...market, tradeClientExtensions: { comment: detail } }, 'CLIENT_TRADE_COMMENT_INVALID'],
    [{ ...market, takeProfitOnFill: {} }, 'TAKE_PROFIT_ON_FILL_PRICE_MISSING'],
    [{ ...market, takeProfitOnFill: { price: '1.234567' } }, 'TAKE_PROFIT_ON_FILL_PRICE_PRECISION_EXCEEDED'],
    [{ ...market, stopLossOnFill: {} }, 'STOP_LOSS_ON_FILL_PRICE_AND_DISTANCE_BOTH_MISSING'],
    [
      { ...market, stopLossOnFill: { price: '1.09', distance: '0.01' } },
      'STOP_LOSS_ON_FILL_PRICE_AND_DISTANCE_BOTH_SPECIFIED',
    ],
    [{ ...market, stopLossOnFill: { distance: '-1' } }, 'STOP_LOSS_ON_FILL_DISTANCE_INVALID'],
    [
      { ...market, stopLossOnFill: { price: '1.09', guaranteed: true } },
      'STOP_LOSS_ON_FILL_GUARANTEED_NOT_ALLOWED',
    ],
    [
      { ...market, stopLossOnFill: { price: '1.09', timeInForce: 'FOK' } },
      'STOP_LOSS_ON_FILL_TIME_IN_FORCE_INVALID',
    ],
    [
      { ...market, stopLossOnFill: { price: '1.09', timeInForce: 'GTD' } },
      'STOP_LOSS_ON_FILL_GTD_TIMESTAMP_MISSING',
    ],
    [{ ...market, trailingStopLossOnFill: {} }, 'TRAILING_STOP_LOSS_ON_FILL_PRICE_DISTANCE_MISSING'],
    [
      { ...market, trailingStopLossOnFill: { distance: '0.00049' } },
      'TRAILING_STOP_LOSS_ON_FILL_PRICE_DISTANCE_MINIMUM_NOT_MET',
    ],
    [
      { ...market, trailingStopLossOnFill: { distance: '1.00001' } },
      'TRAILING_STOP_LOSS_ON_FILL_PRICE_DISTANCE_MAXIMUM_EXCEEDED',
    ],
    [{ ...market, guaranteedStopLossOnFill: { price: '1.09' } }, 'GUARANTEED_STOP_LOSS_ON_FILL_NOT_ALLOWED'],
    [
      {
        ...market,
        takeProfitOnFill: { price: '1.2', clientExtensions: { id: 'a' } },
        stopLossOnFill: { price: '1.09', clientExtensions: { id: 'a' } },
      },
      'ORDERS_ON_FILL_DUPLICATE_CLIENT_ORDER_IDS',
    ],
    [{ type: 'TAKE_PROFIT', price: '1.2' }, 'TRADE_ID_UNSPECIFIED'],
    [{ type: 'GUARANTEED_STOP_LOSS', tradeID: '1' }, 'GUARANTEED_STOP_LOSS_ORDER_NOT_ALLOWED'],
  ])('%j is rejected with %s', async (order, reason) => {
    await using running = await startSimulator();

    const answer = await running.send('POST', '/{A}/orders', { order });

    expect(answer).toMatchObject({
      status: 400,
      body: {
        errorCode: reason,
        orderRejectTransaction: { id: '3', type: `${order.type}_ORDER_REJECT`, rejectReason: reason },
        relatedTransactionIDs: ['3'],
        lastTransactionID: '3',
      },
    });
  });

  it('has the id of an order that waits, while one that was filled may be repeated', async () => {
    await using running = await startSimulator();
    const named = { clientExtensions: { id: 'mine' } };
    await running.send('POST', '/{A}/orders', { order: { ...market, ...named } });

    const repeated = await running.send('POST', '/{A}/orders', { order: { ...market, ...named } });
    expect(repeated).toMatchObject({
      status: 201,
      body: { orderFillTransaction: { clientOrderID: 'mine' } },
    });
    await running.send('POST', '/{A}/orders', { order: { ...limit, ...named } });
    const taken = await running.send('POST', '/{A}/orders', { order: { ...limit, ...named } });

    expect(taken).toMatchObject({ status: 400, body: { errorCode: 'CLIENT_ORDER_ID_ALREADY_EXISTS' } });
  });

  it('protects a trade twice', async () => {
    await using running = await startSimulator();
    await running.send('POST', '/{A}/orders', { order: { ...market, stopLossOnFill: { price: '1.09' } } });

    const answer = await running.send('POST', '/{A}/orders', {
      order: { type: 'STOP_LOSS', tradeID: '4', price: '1.08' },
    });

    expect(answer).toMatchObject({ status: 400, body: { errorCode: 'STOP_LOSS_ORDER_ALREADY_EXISTS' } });
  });
});

describe('an order that is taken', () => {
  it('may name a field that only stop losses have', async () => {
    await using running = await startSimulator();

    const answer = await running.send('POST', '/{A}/orders', {
      order: { ...market, takeProfitOnFill: { price: '1.2', guaranteed: true } },
    });

    expect(answer.status).toBe(201);
  });

  it('is created and then cancelled where it cannot fill', async () => {
    await using running = await startSimulator();
    const open = { ...market, tradeClientExtensions: { id: 'lot' } };
    await running.send('POST', '/{A}/orders', { order: open });
    const reasonOf = async (order: object): Promise<unknown> => {
      const { status, body } = await running.send('POST', '/{A}/orders', { order });
      return [status, body['orderFillTransaction'], body['orderCancelTransaction']?.['reason']];
    };

    const reasons = [
      await reasonOf({ ...market, units: '90000000' }),
      await reasonOf({ ...market, priceBound: '1.1' }),
      await reasonOf({ ...market, stopLossOnFill: { price: '1.2' } }),
      await reasonOf({ ...market, takeProfitOnFill: { price: '1.0' } }),
      await reasonOf({ ...market, instrument: 'GBP_USD' }),
      await reasonOf({ ...limit, timeInForce: 'FOK' }),
      await reasonOf(open),
    ];

    expect(reasons).toEqual(
      [
        'INSUFFICIENT_MARGIN',
        'BOUNDS_VIOLATION',
        'STOP_LOSS_ON_FILL_LOSS',
        'TAKE_PROFIT_ON_FILL_LOSS',
        'MARKET_HALTED',
        'INSUFFICIENT_LIQUIDITY',
        'CLIENT_TRADE_ID_ALREADY_EXISTS',
      ].map((reason) => [201, undefined, reason]),
    );
  });

  it.each([
    ['takeProfitOnFill', { price: '1.2' }, 'TAKE_PROFIT_ON_FILL_CLIENT_ORDER_ID_ALREADY_EXISTS'],
    ['stopLossOnFill', { price: '1.09' }, 'STOP_LOSS_ON_FILL_CLIENT_ORDER_ID_ALREADY_EXISTS'],
    [
      'trailingStopLossOnFill',
      { distance: '0.01' },
      'TRAILING_STOP_LOSS_ON_FILL_CLIENT_ORDER_ID_ALREADY_EXISTS',
    ],
  ])('is cancelled where its %s has the id of an order that waits', async (name, level, reason) => {
    await using running = await startSimulator();
    const clientExtensions = { id: 'mine' };
    const order = { ...market, [name]: { ...level, clientExtensions } };
    await running.send('POST', '/{A}/orders', { order });

    const { body } = await running.send('POST', '/{A}/orders', { order });

    expect(body).toMatchObject({ orderCancelTransaction: { reason } });
    expect(body).not.toHaveProperty('orderFillTransaction');
  });

  it('that fills at one price with another may not take the id of what protects that one', async () => {
    await using running = await startSimulator();
    const clientExtensions = { id: 'mine' };
    const order = { ...limit, stopLossOnFill: { price: '1.04', clientExtensions } };
    await running.send('POST', '/{A}/orders', { order });
    await running.send('POST', '/{A}/orders', { order });

    running.market.publish('EUR_USD', 104_980, 104_990);

    const { body } = await running.send('GET', '/{A}/transactions/sinceid?id=4');
    expect(body['transactions']).toMatchObject([
      { type: 'ORDER_FILL', orderID: '3' },
      { type: 'STOP_LOSS_ORDER', clientExtensions },
      {
        type: 'ORDER_CANCEL',
        orderID: '4',
        reason: 'STOP_LOSS_ON_FILL_CLIENT_ORDER_ID_ALREADY_EXISTS',
      },
    ]);
  });

  it('fills, and makes the orders that protect its trade', async () => {
    await using running = await startSimulator();

    const answer = await running.send('POST', '/{A}/orders', {
      order: {
        ...market,
        units: -1_000,
        clientExtensions: { id: 'entry' },
        tradeClientExtensions: { id: 'lot' },
        takeProfitOnFill: { price: '1.05' },
        stopLossOnFill: { distance: '0.01', timeInForce: 'GFD', clientExtensions: { id: 'stop' } },
        trailingStopLossOnFill: { distance: '0.005' },
      },
    });

    expect(answer.status).toBe(201);
    expect(answer.headers.get('location')).toBe(`${running.url}/v3/accounts/${ACCOUNT}/orders/3`);
    expect(answer.body).toMatchObject({
      orderCreateTransaction: { id: '3', batchID: '3', units: '-1000', timeInForce: 'FOK' },
      orderFillTransaction: {
        id: '4',
        batchID: '3',
        requestID: answer.headers.get('requestid'),
        orderID: '3',
        clientOrderID: 'entry',
        price: '1.10000',
        tradeOpened: { tradeID: '4', units: '-1000', clientExtensions: { id: 'lot' } },
      },
      relatedTransactionIDs: ['3', '4', '5', '6', '7'],
    });
    const { body } = await running.send('GET', '/{A}/transactions/idrange?from=5&to=7');
    expect(body['transactions']).toMatchObject([
      { type: 'TAKE_PROFIT_ORDER', price: '1.05000', tradeID: '4', reason: 'ON_FILL' },
      {
        type: 'STOP_LOSS_ORDER',
        price: '1.11000',
        distance: '0.01000',
        timeInForce: 'GFD',
        clientTradeID: 'lot',
        clientExtensions: { id: 'stop' },
        orderFillTransactionID: '4',
      },
      { type: 'TRAILING_STOP_LOSS_ORDER', distance: '0.00500' },
    ]);
    const trailing = await running.send('GET', '/{A}/orders/7');
    expect(trailing.body).toMatchObject({ order: { state: 'PENDING', trailingStopValue: '1.10510' } });
  });

  it('that waits fills later, in a batch of its own that no request made', async () => {
    await using running = await startSimulator();
    await running.send('POST', '/{A}/orders', { order: { ...limit, stopLossOnFill: { price: '1.04' } } });

    running.market.publish('EUR_USD', 104_980, 104_990);

    const { body } = await running.send('GET', '/{A}/transactions/sinceid?id=3');
    expect(body['transactions']).toMatchObject([
      { id: '4', batchID: '4', type: 'ORDER_FILL', reason: 'LIMIT_ORDER', orderID: '3', price: '1.04990' },
      { id: '5', batchID: '4', type: 'STOP_LOSS_ORDER', reason: 'ON_FILL' },
    ]);
    expect(body['transactions']?.[0]).not.toHaveProperty('requestID');
    const order = await running.send('GET', '/{A}/orders/3');
    expect(order.body).toMatchObject({
      order: { state: 'FILLED', fillingTransactionID: '4', tradeOpenedID: '4' },
    });
  });

  it('expires at its time', async () => {
    await using running = await startSimulator();
    const gtdTime = String(NOON / 1_000 + 60);
    await running.send('POST', '/{A}/orders', { order: { ...limit, timeInForce: 'GTD', gtdTime } });

    running.market.clock(NOON + 60_000);

    const { body } = await running.send('GET', '/{A}/orders/3');
    expect(body).toMatchObject({
      order: { state: 'CANCELLED', gtdTime: '2026-01-06T12:01:00.000000000Z', cancellingTransactionID: '4' },
    });
  });
});

describe('the list of orders', () => {
  it('shows the newest first, page by page', async () => {
    await using running = await startSimulator();
    for (let index = 0; index < 5; index += 1) await running.send('POST', '/{A}/orders', { order: limit });
    await running.send('PUT', '/{A}/orders/4/cancel');
    const seen: string[] = [];
    let path: string | undefined = '/{A}/orders?count=2&state=ALL&instrument=EUR_USD';

    while (path !== undefined) {
      const { body, headers } = await running.send('GET', path);
      for (const order of body['orders'] ?? []) seen.push(`${order['id']} ${order['state']}`);
      path = /<.*\/v3(.+)>; rel="next"/.exec(headers.get('link') ?? '')?.[1];
    }

    expect(seen).toEqual(['7 PENDING', '6 PENDING', '5 PENDING', '4 CANCELLED', '3 PENDING']);
  });

  it.each([
    ['count=501', "Invalid value specified for 'count'. Maximum value for 'count' exceeded"],
    ['count=0', "Invalid value specified for 'count'"],
    ['state=OPEN', "Invalid value specified for 'state'"],
    ['instrument=EURUSD', "Invalid value specified for 'instrument'"],
    ['ids=1,x', "Invalid value specified for 'ids'"],
  ])('refuses %s', async (query, errorMessage) => {
    await using running = await startSimulator();

    const answer = await running.send('GET', `/{A}/orders?${query}`);

    expect(answer).toMatchObject({ status: 400, body: { errorMessage } });
  });

  it('shows what a client noted with it later, of itself and of the trade that it is to open', async () => {
    await using running = await startSimulator();
    await running.send('POST', '/{A}/orders', {
      order: { ...limit, clientExtensions: { id: 'mine', tag: 'old' } },
    });

    const answer = await running.send('PUT', '/{A}/orders/@mine/clientExtensions', {
      clientExtensions: { tag: 'new' },
      tradeClientExtensions: { id: 'trade' },
    });

    expect(answer).toMatchObject({
      status: 200,
      body: { orderClientExtensionsModifyTransaction: { type: 'ORDER_CLIENT_EXTENSIONS_MODIFY' } },
    });
    expect((await running.send('GET', '/{A}/orders/@mine')).body['order']).toMatchObject({
      clientExtensions: { id: 'mine', tag: 'new' },
      tradeClientExtensions: { id: 'trade' },
    });
  });

  it("finds by a client's own id only what waits", async () => {
    await using running = await startSimulator();
    const clientExtensions = { id: 'a b/é:._-' };
    await running.send('POST', '/{A}/orders', { order: { ...limit, clientExtensions } });
    const path = `/{A}/orders/@${encodeURIComponent(clientExtensions.id)}`;

    expect(await running.send('GET', path)).toMatchObject({ status: 200, body: { order: { id: '3' } } });
    await running.send('PUT', `${path}/cancel`);

    expect(await running.send('GET', path)).toMatchObject({
      status: 404,
      body: { errorCode: 'NO_SUCH_ORDER', errorMessage: 'The order ID specified does not exist' },
    });
    expect(await running.send('GET', '/{A}/orders/3')).toMatchObject({ status: 200 });
  });
});

describe('replacing an order', () => {
  it('cancels the old and creates the new in one batch, with the same extensions', async () => {
    await using running = await startSimulator();
    const details = { clientExtensions: { id: 'mine' }, stopLossOnFill: { price: '1.04' } };
    await running.send('POST', '/{A}/orders', { order: { ...limit, ...details } });

    const answer = await running.send('PUT', '/{A}/orders/@mine', { order: { ...limit, price: '1.2' } });

    expect(answer).toMatchObject({
      status: 201,
      body: {
        orderCancelTransaction: { id: '4', reason: 'CLIENT_REQUEST_REPLACED', replacedByOrderID: '5' },
        orderCreateTransaction: {
          id: '5',
          batchID: '4',
          reason: 'REPLACEMENT',
          replacesOrderID: '3',
          cancellingTransactionID: '4',
          clientExtensions: { id: 'mine' },
        },
        orderFillTransaction: { id: '6', price: '1.10010' },
        relatedTransactionIDs: ['4', '5', '6'],
      },
    });
    expect(answer.body['orderCreateTransaction']).not.toHaveProperty('stopLossOnFill');
  });

  it.each([
    [{ ...limit, price: '0' }, 'PRICE_INVALID'],
    [{ ...limit, type: 'STOP' }, 'REPLACING_ORDER_INVALID'],
    [{ ...limit, instrument: 'USD_JPY', price: '149' }, 'REPLACING_ORDER_INVALID'],
  ])('by %j leaves the old one: %s', async (order, reason) => {
    await using running = await startSimulator();
    await running.send('POST', '/{A}/orders', { order: limit });

    const answer = await running.send('PUT', '/{A}/orders/3', { order });

    expect(answer).toMatchObject({
      status: 400,
      body: { errorCode: reason, orderRejectTransaction: { id: '4', intendedReplacesOrderID: '3' } },
    });
    expect((await running.send('GET', '/{A}/pendingOrders')).body['orders']).toMatchObject([{ id: '3' }]);
  });

  it('or cancelling one that is not there is rejected with a transaction', async () => {
    await using running = await startSimulator();
    const expected = {
      status: 404,
      body: { errorCode: 'ORDER_DOESNT_EXIST', orderCancelRejectTransaction: { orderID: '77' } },
    };

    expect(await running.send('PUT', '/{A}/orders/77', { order: limit })).toMatchObject(expected);
    expect(await running.send('PUT', '/{A}/orders/77/cancel')).toMatchObject(expected);
  });
});
