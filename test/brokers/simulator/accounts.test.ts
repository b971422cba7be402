import { describe, expect, it } from 'vitest';
import { ACCOUNT, NOON, TOKEN, startSimulator } from '../../support/v20-simulator.ts';

const market = { type: 'MARKET', instrument: 'EUR_USD', units: '10000' };

describe('access', () => {
  it.each([
    [{ authorization: '' }, 401, 'Insufficient authorization to perform request.'],
    [{ authorization: 'Bearer short' }, 401, 'Insufficient authorization to perform request.'],
    [{ authorization: TOKEN }, 401, 'Insufficient authorization to perform request.'],
  ])('with %j is refused', async (headers, status, errorMessage) => {
    await using running = await startSimulator();

    const answer = await running.send('GET', '/accounts', undefined, headers);

    expect(answer).toMatchObject({ status, body: { errorMessage } });
    expect(answer.headers.get('requestid')).toMatch(/^\d{17,18}$/);
  });

  it.each([
    ['GET', '/accounts/101-004-1435156-002', 403, 'The provided request was forbidden.'],
    ['GET', '/accounts/7', 400, "Invalid value specified for 'accountID'"],
    ['POST', '/{A}', 405, undefined],
    ['GET', '/nothing', 404, undefined],
    ['GET', '/{A}/orders/@%zz', 400, undefined],
  ])('%s %s is answered with %d', async (method, path, status, errorMessage) => {
    await using running = await startSimulator();

    const answer = await running.send(method, path);

    expect(answer.status).toBe(status);
    expect(answer.body['errorMessage']).toEqual(errorMessage ?? expect.any(String));
  });
});

describe('an account', () => {
  it('shows money, margin and what is open', async () => {
    await using running = await startSimulator({ alias: 'first', marginRate: 0.05 });
    await running.send('POST', '/{A}/orders', { order: { ...market, stopLossOnFill: { price: '1.09' } } });
    running.market.publish('EUR_USD', 110_110, 110_120);

    const { body } = await running.send('GET', '/{A}');

    expect(body).toMatchObject({
      account: {
        id: ACCOUNT,
        alias: 'first',
        currency: 'USD',
        createdByUserID: 1_435_156,
        hedgingEnabled: false,
        marginRate: '0.05',
        balance: '100000.0000',
        unrealizedPL: '10.0000',
        NAV: '100010.0000',
        // At the middle price: 10,000 * 1.10115 * 0.05.
        marginUsed: '550.5750',
        marginAvailable: '99459.4250',
        positionValue: '11011.5000',
        marginCloseoutUnrealizedPL: '10.5000',
        marginCloseoutNAV: '100010.5000',
        // 550.575 / (2 * 100010.5).
        marginCloseoutPercent: '0.00275',
        withdrawalLimit: '99459.4250',
        openTradeCount: 1,
        openPositionCount: 1,
        pendingOrderCount: 1,
        trades: [{ id: '5', unrealizedPL: '10.0000', stopLossOrderID: '6' }],
        positions: [{ instrument: 'EUR_USD', long: { units: '10000' } }],
        orders: [{ id: '6', type: 'STOP_LOSS' }],
        lastTransactionID: '6',
      },
      lastTransactionID: '6',
    });
  });

  it('is summed up without what is open', async () => {
    await using running = await startSimulator();
    await running.send('POST', '/{A}/orders', { order: market });

    const { body } = await running.send('GET', '/{A}/summary');

    expect(body['account']).toMatchObject({ openTradeCount: 1 });
    for (const list of ['trades', 'positions', 'orders']) expect(body['account']).not.toHaveProperty(list);
  });

  it('writes times as the client wants them', async () => {
    await using running = await startSimulator();
    const createdTime = async (format: string): Promise<unknown> => {
      const headers = { 'accept-datetime-format': format };
      const { body } = await running.send('GET', '/{A}/summary', undefined, headers);
      return body['account']?.['createdTime'];
    };

    expect(await createdTime('RFC3339')).toBe('2026-01-06T12:00:00.000000000Z');
    expect(await createdTime('UNIX')).toBe(`${NOON / 1_000}.000000000`);
  });

  it('trades the instruments that it names', async () => {
    await using running = await startSimulator({ marginRate: 0.05 });

    const one = await running.send('GET', '/{A}/instruments?instruments=USD_JPY');
    const unknown = await running.send('GET', '/{A}/instruments?instruments=USD_JPY,NO_PAIR');

    expect(one.body['instruments']).toMatchObject([
      {
        name: 'USD_JPY',
        type: 'CURRENCY',
        displayName: 'USD/JPY',
        pipLocation: -2,
        displayPrecision: 3,
        tradeUnitsPrecision: 0,
        minimumTradeSize: '1',
        minimumTrailingStopDistance: '0.050',
        maximumTrailingStopDistance: '100.000',
        maximumPositionSize: '0',
        maximumOrderUnits: '100000000',
        marginRate: '0.05',
      },
    ]);
    expect(unknown).toMatchObject({
      status: 400,
      body: { errorMessage: "Invalid value specified for 'instruments'" },
    });
  });
});

describe('the configuration of an account', () => {
  it('changes its alias and margin rate', async () => {
    await using running = await startSimulator();

    const answer = await running.send('PATCH', '/{A}/configuration', { alias: 'mine', marginRate: '0.1' });

    expect(answer).toMatchObject({
      status: 200,
      body: { clientConfigureTransaction: { type: 'CLIENT_CONFIGURE', alias: 'mine', marginRate: '0.1' } },
    });
    const { body } = await running.send('GET', '/{A}/summary');
    expect(body['account']).toMatchObject({ alias: 'mine', marginRate: '0.1' });
  });

  it.each([
    [{}, 'CLIENT_CONFIGURE_DATA_MISSING'],
    [{ marginRate: '0' }, 'MARGIN_RATE_INVALID'],
    [{ marginRate: '1.1' }, 'MARGIN_RATE_INVALID'],
    [{ alias: 'x'.repeat(256) }, 'ALIAS_INVALID'],
    [{ marginRate: '1', alias: 'new' }, 'MARGIN_RATE_WOULD_TRIGGER_CLOSEOUT'],
  ])('stays as it is with %j: %s', async (change, reason) => {
    await using running = await startSimulator({ alias: 'old' });
    await running.send('POST', '/{A}/orders', { order: { ...market, units: '1000000' } });

    const answer = await running.send('PATCH', '/{A}/configuration', change);

    expect(answer).toMatchObject({
      status: 400,
      body: {
        errorCode: reason,
        clientConfigureRejectTransaction: { type: 'CLIENT_CONFIGURE_REJECT', rejectReason: reason },
      },
    });
    const { body } = await running.send('GET', '/{A}/summary');
    expect(body['account']).toMatchObject({ alias: 'old', marginRate: '0.0333' });
  });
});

describe('the changes of an account', () => {
  it('show what was made and ended since then only where it ended', async () => {
    await using running = await startSimulator();
    await running.send('POST', '/{A}/orders', { order: market });
    await running.send('PUT', '/{A}/trades/4/close');

    const { body } = await running.send('GET', '/{A}/changes?sinceTransactionID=2');

    expect(body['changes']).toMatchObject({
      ordersCreated: [],
      ordersFilled: [{ id: '3' }, { id: '5' }],
      ordersCancelled: [],
      ordersTriggered: [],
      tradesOpened: [],
      tradesReduced: [],
      tradesClosed: [{ id: '4' }],
      positions: [{ instrument: 'EUR_USD' }],
      transactions: [{ id: '3' }, { id: '4' }, { id: '5' }, { id: '6' }],
    });
  });

  it.each([
    ['', 400, "Missing 'sinceTransactionID' parameter"],
    ['?sinceTransactionID=x', 400, "Invalid value specified for 'sinceTransactionID'"],
    ['?sinceTransactionID=3', 416, expect.any(String)],
  ])('are refused for %j', async (query, status, errorMessage) => {
    await using running = await startSimulator();

    expect(await running.send('GET', `/{A}/changes${query}`)).toMatchObject({
      status,
      body: { errorMessage },
    });
  });
});
