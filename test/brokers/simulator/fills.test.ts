/** The money of a fill: what each lot costs, what it is converted by, and what it adds to the account. */

import { expect, it } from 'vitest';
import { accumulatedState } from '../../../src/brokers/simulator/wire/account-view.ts';
import { Simulator } from '../../../src/brokers/simulator/simulator.ts';
import { DEFAULT_COSTS } from '../../../src/core/simulation/costs.ts';
import { HandMarket } from '../../support/hand-market.ts';
import { ACCOUNT, NOON, startSimulator } from '../../support/v20-simulator.ts';
import type { RunningSimulator, V20Json } from '../../support/v20-simulator.ts';

/** Tuesday, 6 January 2026, 17:00 New York. */
const DAY_END = Date.UTC(2026, 0, 6, 22);

async function fill(running: RunningSimulator, units: string, instrument = 'USD_JPY'): Promise<V20Json> {
  const order = { type: 'MARKET', instrument, units };
  const { body } = await running.send('POST', '/{A}/orders', { order });
  return body['orderFillTransaction'] as V20Json;
}

it('a fill states what opening costs and binds, and the factors that convert gains and losses', async () => {
  await using running = await startSimulator();

  // 5 yen of half a spread at 150.005, and 3.33 % of 1,000 dollars.
  expect(await fill(running, '1000')).toMatchObject({
    halfSpreadCost: '0.0333',
    tradeOpened: { halfSpreadCost: '0.0333', initialMarginRequired: '33.3000' },
    // A dollar is 150.005 yen: worse by half a percent both ways.
    homeConversionFactors: {
      gainQuoteHome: { factor: '0.00663311223' },
      lossQuoteHome: { factor: '0.006699776674' },
      gainBaseHome: { factor: '1' },
      lossBaseHome: { factor: '1' },
    },
    requestedUnits: '1000',
  });
  expect(await fill(running, '1000', 'EUR_USD')).toMatchObject({
    homeConversionFactors: {
      gainQuoteHome: { factor: '1' },
      lossQuoteHome: { factor: '1' },
      gainBaseHome: { factor: '1.10005' },
      lossBaseHome: { factor: '1.10005' },
    },
  });
  expect((await running.send('GET', '/{A}/trades/4')).body['trade']).toMatchObject({
    initialMarginRequired: '33.3000',
  });
});

it('a fill that closes lots shares its half spread among them, and states what converting cost', async () => {
  await using running = await startSimulator();
  await fill(running, '1000');
  await fill(running, '2000');
  running.market.publish('USD_JPY', 151_010, 151_020);

  const closing = await fill(running, '-1500');

  // 1,000 yen for each thousand units, at 151.015 and half a percent worse; half a spread is 5 yen.
  expect(closing).toMatchObject({
    halfSpreadCost: '0.0497',
    pl: '9.8831',
    plHomeConversionCost: '0.0497',
    tradesClosed: [
      { units: '-1000', realizedPL: '6.5887', halfSpreadCost: '0.0331', plHomeConversionCost: '0.0332' },
    ],
    tradeReduced: {
      units: '-500',
      realizedPL: '3.2944',
      halfSpreadCost: '0.0166',
      plHomeConversionCost: '0.0165',
    },
  });
});

it('an account adds up what was booked, and may pay out no more than its balance and its free margin', async () => {
  await using running = await startSimulator();
  await fill(running, '10000', 'EUR_USD');
  running.market.publish('EUR_USD', 110_110, 110_120);
  const account = async (): Promise<V20Json> =>
    (await running.send('GET', '/{A}/summary')).body['account'] as V20Json;

  // A gain that is not booked cannot be paid out, and what binds margin neither.
  expect(await account()).toMatchObject({
    pl: '0.0000',
    withdrawalLimit: '99643.3170',
    // 366.683 of 100,010.5 dollars.
    marginCallPercent: '0.00367',
  });
  await fill(running, '-10000', 'EUR_USD');
  expect(await account()).toMatchObject({
    balance: '100010.0000',
    pl: '10.0000',
    resettablePL: '10.0000',
    financing: '0.0000',
    commission: '0.0000',
    withdrawalLimit: '100010.0000',
  });
  await fill(running, '300000', 'EUR_USD');
  running.market.publish('EUR_USD', 115_000, 115_010);
  expect(await account()).toMatchObject({ balance: '100010.0000', withdrawalLimit: '100010.0000' });
});

it('the end of a trading day is one transaction, with the part of each instrument and trade', async () => {
  await using running = await startSimulator();
  await fill(running, '10000', 'EUR_USD');
  await fill(running, '20000', 'EUR_USD');
  await fill(running, '10000');
  running.market.clock(DAY_END);

  const { body } = await running.send('GET', '/{A}/transactions/sinceid?id=8');

  expect(body['transactions']).toMatchObject([
    {
      type: 'DAILY_FINANCING',
      time: '2026-01-06T22:00:00.000000000Z',
      financing: '-4.5276',
      positionFinancings: [
        {
          instrument: 'EUR_USD',
          financing: '-3.8426',
          openTradeFinancings: [
            { tradeID: '4', financing: '-1.2809' },
            { tradeID: '6', financing: '-2.5617' },
          ],
        },
        {
          instrument: 'USD_JPY',
          financing: '-0.6850',
          openTradeFinancings: [{ tradeID: '8', financing: '-0.6850' }],
        },
      ],
    },
  ]);
  expect((await running.send('GET', '/{A}/summary')).body['account']).toMatchObject({ financing: '-4.5276' });
});

it('an account adds up the commission of all its fills', () => {
  const market = new HandMarket(NOON);
  const simulator = new Simulator({
    accounts: [{ id: ACCOUNT, currency: 'USD', hedging: false, balance: 1_000_000_000, marginRate: 0 }],
    prices: market,
    costs: { ...DEFAULT_COSTS, commissionPerMillion: 500_000 },
  });
  simulator.start();
  market.publish('EUR_USD', 110_000, 110_000);
  const account = simulator.account(ACCOUNT);
  const terms = { instrument: 'EUR_USD', orderType: 'market', units: 10_000, timeInForce: 'FOK' } as const;
  for (const side of ['buy', 'sell'] as const)
    account?.request({ requestId: side }, NOON, (exchange) =>
      exchange.submitOrder({ id: side, terms: { ...terms, side }, decidedAt: NOON }),
    );

  expect(account && accumulatedState(account)).toMatchObject({ commission: '1.0000', balance: '99999.0000' });
  simulator.close();
});
