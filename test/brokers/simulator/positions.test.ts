import { describe, expect, it } from 'vitest';
import { ACCOUNT, startSimulator } from '../../support/v20-simulator.ts';
import type { RunningSimulator } from '../../support/v20-simulator.ts';

const enter = (running: RunningSimulator, units: string, instrument = 'EUR_USD'): Promise<unknown> =>
  running.send('POST', '/{A}/orders', { order: { type: 'MARKET', instrument, units } });

describe('positions', () => {
  it('are those of all instruments that were ever traded; open ones are not flat', async () => {
    await using running = await startSimulator();
    await enter(running, '1000');
    await enter(running, '-500', 'USD_JPY');
    await enter(running, '-1000');
    const namesOf = async (path: string): Promise<readonly unknown[] | undefined> =>
      (await running.send('GET', `/{A}/${path}`)).body['positions']?.map(({ instrument }) => instrument);

    expect(await namesOf('positions')).toEqual(['EUR_USD', 'USD_JPY']);
    expect(await namesOf('openPositions')).toEqual(['USD_JPY']);
    const flat = (await running.send('GET', '/{A}/positions/EUR_USD')).body['position'];
    expect(flat).toMatchObject({
      pl: '-0.1000',
      unrealizedPL: '0.0000',
      long: { units: '0', pl: '-0.1000' },
    });
    expect(flat?.['long']).not.toHaveProperty('averagePrice');
    expect(flat).not.toHaveProperty('marginUsed');
  });

  it('have the average of what is open on each side', async () => {
    await using running = await startSimulator({ hedging: true });
    await enter(running, '1000');
    running.market.publish('EUR_USD', 110_200, 110_210);
    await enter(running, '3000');
    await enter(running, '-500');

    const { body } = await running.send('GET', '/{A}/positions/EUR_USD');

    expect(body['position']).toMatchObject({
      long: { units: '4000', averagePrice: '1.10160', tradeIDs: ['4', '6'], unrealizedPL: '1.6000' },
      short: { units: '-500', averagePrice: '1.10200', tradeIDs: ['8'], unrealizedPL: '-0.0500' },
      unrealizedPL: '1.5500',
    });
  });

  it.each([
    ['GBP_USD', 404, { errorCode: 'NO_SUCH_POSITION' }],
    ['EURUSD', 400, { errorMessage: "Invalid value specified for 'instrument'" }],
  ])('of %s are not there', async (name, status, body) => {
    await using running = await startSimulator();

    expect(await running.send('GET', `/{A}/positions/${name}`)).toMatchObject({ status, body });
  });
});

describe('closing a position', () => {
  it('of a netting account takes the side that is open', async () => {
    await using running = await startSimulator();
    await enter(running, '1000');

    const answer = await running.send('PUT', '/{A}/positions/EUR_USD/close', { longUnits: 'ALL' });

    expect(answer).toMatchObject({
      status: 200,
      body: {
        longOrderCreateTransaction: {
          units: '-1000',
          reason: 'POSITION_CLOSEOUT',
          longPositionCloseout: { instrument: 'EUR_USD', units: 'ALL' },
        },
        longOrderFillTransaction: { reason: 'MARKET_ORDER_POSITION_CLOSEOUT' },
        relatedTransactionIDs: ['5', '6'],
      },
    });
    expect(answer.headers.get('location')).toBe(`${running.url}/v3/accounts/${ACCOUNT}/positions/EUR_USD`);
  });

  it('of a hedging account takes each side by itself', async () => {
    await using running = await startSimulator({ hedging: true });
    await enter(running, '1000');
    await enter(running, '-700');

    const answer = await running.send('PUT', '/{A}/positions/EUR_USD/close', {
      longUnits: '400',
      longClientExtensions: { id: 'part' },
      shortUnits: 'ALL',
    });

    expect(answer.body).toMatchObject({
      longOrderCreateTransaction: { units: '-400', clientExtensions: { id: 'part' } },
      longOrderFillTransaction: { tradeReduced: { tradeID: '4', units: '-400' } },
      shortOrderCreateTransaction: { units: '700', shortPositionCloseout: { units: 'ALL' } },
      shortOrderFillTransaction: { tradesClosed: [{ tradeID: '6', units: '700' }] },
      relatedTransactionIDs: ['7', '8', '9', '10'],
    });
  });

  it.each([
    [{ longUnits: 'ALL', shortUnits: 'ALL' }, 400, 'CLOSEOUT_POSITION_DOESNT_EXIST', 'short'],
    [{ shortUnits: '1' }, 400, 'CLOSEOUT_POSITION_DOESNT_EXIST', 'short'],
    [{ longUnits: '1001' }, 400, 'CLOSEOUT_POSITION_UNITS_EXCEED_POSITION_SIZE', 'long'],
    [{ longUnits: '0.5' }, 400, 'UNITS_PRECISION_EXCEEDED', 'long'],
    [{ longUnits: '0' }, 400, 'UNITS_INVALID', 'long'],
    [{ longUnits: 'NONE', shortUnits: 'NONE' }, 400, 'CLOSEOUT_POSITION_INCOMPLETE_SPECIFICATION', 'long'],
  ])('with %j is rejected as a whole: %d %s', async (body, status, reason, side) => {
    await using running = await startSimulator();
    await enter(running, '1000');

    const answer = await running.send('PUT', '/{A}/positions/EUR_USD/close', body);

    expect(answer).toMatchObject({
      status,
      body: {
        errorCode: reason,
        [`${side}OrderRejectTransaction`]: { type: 'MARKET_ORDER_REJECT', rejectReason: reason },
      },
    });
    const account = running.simulator.account(ACCOUNT);
    expect(account?.exchange.value.openUnits('EUR_USD').long).toBe(1_000);
  });

  it('that is not there is not found', async () => {
    await using running = await startSimulator();

    const answer = await running.send('PUT', '/{A}/positions/EUR_USD/close', { longUnits: 'ALL' });

    expect(answer).toMatchObject({ status: 404, body: { errorCode: 'CLOSEOUT_POSITION_DOESNT_EXIST' } });
  });
});
