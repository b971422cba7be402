import { describe, expect, it } from 'vitest';
import { startSimulator } from '../../support/v20-simulator.ts';
import type { RunningSimulator, V20Answer } from '../../support/v20-simulator.ts';

const buy = (running: RunningSimulator, units: string): Promise<V20Answer> =>
  running.send('POST', '/{A}/orders', { order: { type: 'MARKET', instrument: 'XAU_USD', units } });

/** A simulator where gold is at 2400.000/2400.350. */
async function goldMarket(): Promise<RunningSimulator> {
  const running = await startSimulator();
  running.market.publish('XAU_USD', 2_400_000, 2_400_350);
  return running;
}

describe('tenths of an ounce of gold', () => {
  it('are the least that is offered', async () => {
    await using running = await goldMarket();

    const { body } = await running.send('GET', '/{A}/instruments?instruments=XAU_USD');
    const prices = await running.send('GET', '/{A}/pricing?instruments=XAU_USD');

    expect(body['instruments']?.[0]).toMatchObject({ tradeUnitsPrecision: 1, minimumTradeSize: '0.1' });
    // 100,000 dollars for 5 % of 2400.175 an ounce.
    expect(prices.body['prices']?.[0]).toMatchObject({ unitsAvailable: { default: { long: '833.2' } } });
  });

  it('are bought, summed exactly and closed in parts until nothing is left', async () => {
    await using running = await goldMarket();
    await buy(running, '0.1');
    const bought = await buy(running, '0.20');
    expect(bought.body).toMatchObject({
      orderFillTransaction: { units: '0.2', tradeOpened: { units: '0.2' } },
    });
    const position = async () => (await running.send('GET', '/{A}/positions/XAU_USD')).body['position'];
    expect(await position()).toMatchObject({ long: { units: '0.3', averagePrice: '2400.350' } });
    const prices = await running.send('GET', '/{A}/pricing?instruments=XAU_USD');
    expect(prices.body['prices']?.[0]).toMatchObject({
      unitsAvailable: { reduceOnly: { long: '0', short: '0.3' } },
    });

    const first = await running.send('PUT', '/{A}/positions/XAU_USD/close', { longUnits: '0.2' });
    expect(first.body).toMatchObject({
      longOrderFillTransaction: {
        units: '-0.2',
        tradesClosed: [{ units: '-0.1' }],
        tradeReduced: { units: '-0.1' },
      },
    });
    await running.send('PUT', '/{A}/positions/XAU_USD/close', { longUnits: 'ALL' });

    expect(await position()).toMatchObject({ long: { units: '0' }, pl: '-0.1050' });
    expect((await running.send('GET', '/{A}/openTrades')).body['trades']).toEqual([]);
  });

  it.each([
    ['0.15', 'UNITS_PRECISION_EXCEEDED'],
    ['0', 'UNITS_INVALID'],
    ['50000.1', 'UNITS_LIMIT_EXCEEDED'],
  ])('%s are rejected with %s', async (units, reason) => {
    await using running = await goldMarket();

    expect(await buy(running, units)).toMatchObject({ status: 400, body: { errorCode: reason } });
  });
});
