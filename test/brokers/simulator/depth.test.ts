/** Orders that are larger than the market: what fills, and what becomes of the rest. */
import { expect, it } from 'vitest';
import { startSimulator } from '../../support/v20-simulator.ts';
import { schemaDifferences } from '../../support/v20-schema.ts';

const DEPTH = {
  EUR_USD: [
    { units: 1_000, pointsWorse: 0 },
    { units: 4_000, pointsWorse: 5 },
  ],
};
const start = () => startSimulator({}, undefined, DEPTH);

const order = (units: string, fields: object = {}) => ({
  order: { type: 'MARKET', instrument: 'EUR_USD', units, ...fields },
});

it('shows the ladder that orders meet', async () => {
  await using running = await start();

  const { body } = await running.send('GET', '/{A}/pricing?instruments=EUR_USD,USD_JPY');

  expect(body['prices']?.[0]).toMatchObject({
    asks: [
      { price: '1.10010', liquidity: 1_000 },
      { price: '1.10015', liquidity: 4_000 },
    ],
    closeoutBid: '1.09995',
  });
});

it('cancels a market order that must fill whole, and fills one at the average price of the ladder', async () => {
  await using running = await start();

  const killed = await running.send('POST', '/{A}/orders', order('5001'));
  const filled = await running.send('POST', '/{A}/orders', order('2000'));

  expect(killed.status).toBe(201);
  expect(killed.body).toMatchObject({ orderCancelTransaction: { reason: 'INSUFFICIENT_LIQUIDITY' } });
  expect(filled.body['orderFillTransaction']).toMatchObject({
    units: '2000',
    requestedUnits: '2000',
    fullVWAP: '1.10013',
    tradeOpened: { units: '2000', price: '1.10013' },
  });
});

it('fills a part of an order that may, and lets its rest go', async () => {
  await using running = await start();

  const { body } = await running.send('POST', '/{A}/orders', order('6000', { timeInForce: 'IOC' }));

  expect(body['orderFillTransaction']).toMatchObject({
    units: '5000',
    requestedUnits: '6000',
    tradeOpened: { units: '5000' },
  });
  expect(Object.keys(body)).not.toContain('orderCancelTransaction');
  expect(Object.keys(body)).not.toContain('orderReissueTransaction');
  const { body: found } = await running.send('GET', `/{A}/orders/${body['orderCreateTransaction']?.['id']}`);
  expect(found['order']).toMatchObject({
    state: 'FILLED',
    tradeOpenedID: body['orderFillTransaction']?.['id'],
  });
});

it('creates the rest of an order that waits again, in the same batch, under another number', async () => {
  await using running = await start();
  const terms = {
    type: 'LIMIT',
    price: '1.10020',
    clientExtensions: { id: 'mine', tag: 'a' },
    tradeClientExtensions: { id: 'lot', tag: 'b' },
    stopLossOnFill: { price: '1.09000', clientExtensions: { id: 'stop' } },
  };

  const { body } = await running.send('POST', '/{A}/orders', order('6000', terms));

  const { orderCreateTransaction: created, orderFillTransaction: fill, orderReissueTransaction: rest } = body;
  expect(created).toMatchObject({ type: 'LIMIT_ORDER', units: '6000' });
  expect(fill).toMatchObject({ units: '5000', requestedUnits: '6000', orderID: created?.['id'] });
  expect(rest).toMatchObject({
    type: 'LIMIT_ORDER',
    units: '1000',
    price: '1.10020',
    batchID: fill?.['batchID'],
    clientExtensions: { id: 'mine', tag: 'a' },
    tradeClientExtensions: { tag: 'b' },
    stopLossOnFill: { price: '1.09000' },
  });
  expect(body['relatedTransactionIDs']).toHaveLength(4);
  const pending = await running.send('GET', '/{A}/pendingOrders');
  expect(pending.body['orders']?.map(({ id }) => id)).toContain(rest?.['id']);
  const answer = { orderReissueTransaction: rest };
  // An undocumented field of every such order.
  expect(schemaDifferences('POST /accounts/{accountID}/orders 201', answer)).toEqual([
    'LimitOrderTransaction.partialFill is not in it',
  ]);

  running.market.publish('EUR_USD', 110_000, 110_010);

  const after = await running.send('GET', `/{A}/orders/${rest?.['id']}`);
  expect(after.body['order']).toMatchObject({ state: 'FILLED' });
  const trades = await running.send('GET', '/{A}/openTrades');
  expect(trades.body['trades']?.map(({ currentUnits }) => currentUnits)).toEqual(['1000', '5000']);
});
