/** The order book and the position book of an instrument. */
import { expect, it } from 'vitest';
import { NOON, startSimulator } from '../../support/v20-simulator.ts';

const limit = (units: string, price: string) => ({
  order: { type: 'LIMIT', instrument: 'EUR_USD', units, price },
});

it('count the orders that wait and the positions that are open, by price', async () => {
  await using running = await startSimulator();
  await running.send('POST', '/{A}/orders', limit('100', '1.05049'));
  await running.send('POST', '/{A}/orders', limit('-5000', '1.15000'));
  await running.send('POST', '/{A}/orders', {
    order: { type: 'MARKET', instrument: 'EUR_USD', units: '1000', stopLossOnFill: { price: '1.05000' } },
  });
  await running.send('POST', '/{A}/orders', limit('100', '1.05000'));

  const orders = await running.send('GET', '/instruments/EUR_USD/orderBook');
  const positions = await running.send('GET', '/instruments/EUR_USD/positionBook');

  expect(orders.body['orderBook']).toEqual({
    instrument: 'EUR_USD',
    time: '2026-01-06T12:00:02.000000000Z',
    price: '1.10005',
    bucketWidth: '0.00050',
    buckets: [
      { price: '1.05000', longCountPercent: '50.0000', shortCountPercent: '25.0000' },
      { price: '1.15000', longCountPercent: '0.0000', shortCountPercent: '25.0000' },
    ],
  });
  expect(positions.body['positionBook']).toMatchObject({
    buckets: [{ price: '1.10000', longCountPercent: '100.0000', shortCountPercent: '0.0000' }],
  });
});

it('are empty where nothing waits and nothing is open', async () => {
  await using running = await startSimulator();

  const { status, body } = await running.send('GET', '/instruments/USD_JPY/orderBook');

  expect(status).toBe(200);
  expect(body['orderBook']).toMatchObject({ bucketWidth: '0.050', buckets: [] });
});

it.each([
  ['an instrument that OANDA has no book of', 'EUR_SEK/orderBook', 404],
  ['one that has no price yet', 'GBP_USD/positionBook', 404],
  ['a time that is over', `EUR_USD/orderBook?time=${(NOON - 60_000) / 1_000}`, 404],
  ['a time that is none', 'EUR_USD/orderBook?time=noon', 400],
  ['an instrument that there is not', 'EUR_XXX/orderBook', 400],
])('are refused for %s', async (_what, path, status) => {
  await using running = await startSimulator();

  expect(await running.send('GET', `/instruments/${path}`)).toMatchObject({ status });
});
