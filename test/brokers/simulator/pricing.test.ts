import { describe, expect, it } from 'vitest';
import { NOON, startSimulator } from '../../support/v20-simulator.ts';

describe('prices are refused', () => {
  it.each([
    ['/{A}/pricing', "Missing 'instruments' parameter"],
    ['/{A}/pricing?instruments=EUR_XXX', "Invalid value specified for 'instruments'"],
    ['/{A}/pricing?instruments=EUR_USD,', "Invalid value specified for 'instruments'"],
    ['/{A}/pricing?instruments=EUR_USD&since=yesterday', "Invalid value specified for 'since'"],
    [
      '/{A}/pricing?instruments=EUR_USD&includeHomeConversions=maybe',
      "Invalid value specified for 'includeHomeConversions'",
    ],
  ])('at %s', async (path, errorMessage) => {
    await using running = await startSimulator();

    expect(await running.send('GET', path)).toMatchObject({ status: 400, body: { errorMessage } });
  });
});

describe('a price', () => {
  it('has the ladder, the conversion and the units that fit', async () => {
    await using running = await startSimulator();

    const { status, body } = await running.send('GET', '/{A}/pricing?instruments=EUR_USD');

    expect(status).toBe(200);
    expect(body).toEqual({
      prices: [
        {
          type: 'PRICE',
          time: '2026-01-06T12:00:01.000000000Z',
          instrument: 'EUR_USD',
          status: 'tradeable',
          tradeable: true,
          bids: [
            { price: '1.10000', liquidity: 1_000_000 },
            { price: '1.09999', liquidity: 2_000_000 },
            { price: '1.09998', liquidity: 2_000_000 },
            { price: '1.09996', liquidity: 5_000_000 },
          ],
          asks: [
            { price: '1.10010', liquidity: 1_000_000 },
            { price: '1.10011', liquidity: 2_000_000 },
            { price: '1.10012', liquidity: 2_000_000 },
            { price: '1.10014', liquidity: 5_000_000 },
          ],
          closeoutBid: '1.09996',
          closeoutAsk: '1.10014',
          quoteHomeConversionFactors: { positiveUnits: '1', negativeUnits: '1' },
          // 100,000 dollars, 3.33 % of 1.10005 dollars a unit.
          unitsAvailable: {
            default: { long: '2729878', short: '2729878' },
            reduceFirst: { long: '2729878', short: '2729878' },
            reduceOnly: { long: '0', short: '0' },
            openOnly: { long: '2729878', short: '2729878' },
          },
        },
      ],
      time: '2026-01-06T12:00:02.000000000Z',
    });
  });

  it.each([
    [false, '1000', { long: '2728875', short: '2730875' }],
    [false, '-1000', { long: '2730875', short: '2728875' }],
    [true, '1000', { long: '2728875', short: '2728875' }],
  ])('shows what fits beside what is open (hedging %s, %s units)', async (hedging, units, byDefault) => {
    await using running = await startSimulator({ hedging });
    const order = { type: 'MARKET', instrument: 'EUR_USD', units };
    await running.send('POST', '/{A}/orders', { order });

    const { body } = await running.send('GET', '/{A}/pricing?instruments=EUR_USD');

    // Closing 1,000 units sets their margin free for 1,000 more on the other side.
    const isLong = units === '1000';
    expect(body['prices']?.[0]?.['unitsAvailable']).toMatchObject({
      default: byDefault,
      reduceFirst: isLong ? { long: '2728875', short: '2730875' } : { long: '2730875', short: '2728875' },
      reduceOnly: isLong ? { long: '0', short: '1000' } : { long: '1000', short: '0' },
      openOnly: { long: '2728875', short: '2728875' },
    });
  });

  it('converts at the middle, worse by half a percent both ways', async () => {
    await using running = await startSimulator();

    const { body } = await running.send(
      'GET',
      '/{A}/pricing?instruments=USD_JPY&includeHomeConversions=true&includeUnitsAvailable=false',
    );

    const middle = 1 / 150.005;
    const factor = (text: unknown): number => Number(text);
    expect(body['homeConversions']).toMatchObject([
      { currency: 'USD', accountGain: '1', accountLoss: '1', positionValue: '1' },
      { currency: 'JPY' },
    ]);
    const ofYen = body['homeConversions']?.[1];
    const [accountGain, accountLoss, positionValue] = ['accountGain', 'accountLoss', 'positionValue'].map(
      (name) => ofYen?.[name],
    );
    expect(factor(accountGain)).toBeCloseTo(middle * 0.995, 12);
    expect(factor(accountLoss)).toBeCloseTo(middle * 1.005, 12);
    expect(factor(positionValue)).toBeCloseTo(middle, 12);
    expect(body['prices']?.[0]).toMatchObject({
      quoteHomeConversionFactors: { positiveUnits: accountGain, negativeUnits: accountLoss },
    });
    expect(body['prices']?.[0]).not.toHaveProperty('unitsAvailable');
  });

  it('is left out when it is not newer than asked', async () => {
    await using running = await startSimulator();
    running.market.publish('EUR_USD', 110_020, 110_030, NOON + 10_000);

    const { body } = await running.send(
      'GET',
      '/{A}/pricing?instruments=EUR_USD,USD_JPY&since=2026-01-06T12:00:02Z',
    );

    expect(body['prices']?.map(({ instrument }) => instrument)).toEqual(['EUR_USD']);
  });

  it('is the last one of the week while the market is closed', async () => {
    await using running = await startSimulator();
    const saturday = Date.UTC(2026, 0, 10, 12);
    running.market.clock(saturday);

    const { body } = await running.send('GET', '/{A}/pricing?instruments=EUR_USD');

    expect(body['prices']?.[0]).toMatchObject({
      time: '2026-01-06T12:00:01.000000000Z',
      status: 'non-tradeable',
      tradeable: false,
    });
  });
});
