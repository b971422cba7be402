import { describe, expect, it } from 'vitest';
import { NOON, startSimulator } from '../../support/v20-simulator.ts';
import type { RunningSimulator } from '../../support/v20-simulator.ts';

const MINUTE = 60_000;
const CANDLES = '/instruments/EUR_USD/candles';

/** Quotes at 12:01:00, 12:01:30, 12:02:10 and 12:05:00; it is 12:05:20. */
async function withQuotes(): Promise<RunningSimulator> {
  const running = await startSimulator();
  const { market } = running;
  market.publish('EUR_USD', 110_000, 110_011, NOON + MINUTE);
  market.publish('EUR_USD', 110_020, 110_030, NOON + 1.5 * MINUTE);
  market.publish('EUR_USD', 109_990, 110_000, NOON + 2 * MINUTE + 10_000);
  market.publish('EUR_USD', 110_100, 110_110, NOON + 5 * MINUTE);
  market.clock(NOON + 5 * MINUTE + 20_000);
  return running;
}

const times = (body: unknown): string[] =>
  (body as { candles: { time: string }[] }).candles.map(({ time }) => time.slice(11, 19));

describe('candles are refused', () => {
  it.each([
    ['/instruments/EUR_XXX/candles', "Invalid value specified for 'instrument'"],
    [`${CANDLES}?granularity=M3`, "Invalid value specified for 'granularity'"],
    [`${CANDLES}?price=X`, "Invalid value specified for 'price'"],
    [`${CANDLES}?count=5001`, "Maximum value for 'count' exceeded"],
    [`${CANDLES}?count=0`, "Invalid value specified for 'count'"],
    [`${CANDLES}?from=soon`, "Invalid value specified for 'from'"],
    [`${CANDLES}?to=2026-01-06T12:05:21Z`, "Invalid value specified for 'to'. Time is in the future"],
    [
      `${CANDLES}?from=2026-01-06T12:01:00Z&to=2026-01-06T12:00:00Z`,
      "Invalid value specified for 'to'. It is before 'from'",
    ],
    [
      `${CANDLES}?count=5&from=2026-01-06T12:00:00Z&to=2026-01-06T12:05:00Z`,
      "Invalid value specified for 'count'. It cannot be specified together with both 'from' and 'to'",
    ],
    [`${CANDLES}?dailyAlignment=24`, "Invalid value specified for 'dailyAlignment'"],
    [`${CANDLES}?alignmentTimezone=Mars`, "Invalid value specified for 'alignmentTimezone'"],
    [`${CANDLES}?weeklyAlignment=Fri`, "Invalid value specified for 'weeklyAlignment'"],
    [`/{A}${CANDLES}?units=0`, "Invalid value specified for 'units'"],
    ['/{A}/candles/latest', "Missing 'candleSpecifications' parameter"],
    [
      '/{A}/candles/latest?candleSpecifications=EUR_USD',
      "Invalid value specified for 'candleSpecifications'",
    ],
    [
      '/{A}/candles/latest?candleSpecifications=EUR_XXX:M1:M',
      "Invalid value specified for 'candleSpecifications'",
    ],
  ])('at %s', async (path, errorMessage) => {
    await using running = await withQuotes();

    expect(await running.send('GET', path)).toMatchObject({ status: 400, body: { errorMessage } });
  });

  it('of a range that holds more than an answer can', async () => {
    await using running = await withQuotes();

    const { status } = await running.send(
      'GET',
      `${CANDLES}?granularity=S5&from=2026-01-05T00:00:00Z&to=2026-01-06T12:00:00Z`,
    );

    expect(status).toBe(400);
  });
});

describe('candles', () => {
  it.each([CANDLES, `/{A}${CANDLES}`])('at %s are made of bid, middle and ask', async (path) => {
    await using running = await withQuotes();

    const { body } = await running.send('GET', `${path}?granularity=M1&price=MBA&count=3`);

    expect(body).toEqual({
      instrument: 'EUR_USD',
      granularity: 'M1',
      candles: [
        {
          complete: true,
          volume: 2,
          time: '2026-01-06T12:01:00.000000000Z',
          bid: { o: '1.10000', h: '1.10020', l: '1.10000', c: '1.10020' },
          // A middle of half a point is rounded away from zero.
          mid: { o: '1.10006', h: '1.10025', l: '1.10006', c: '1.10025' },
          ask: { o: '1.10011', h: '1.10030', l: '1.10011', c: '1.10030' },
        },
        {
          complete: true,
          volume: 1,
          time: '2026-01-06T12:02:00.000000000Z',
          bid: { o: '1.09990', h: '1.09990', l: '1.09990', c: '1.09990' },
          mid: { o: '1.09995', h: '1.09995', l: '1.09995', c: '1.09995' },
          ask: { o: '1.10000', h: '1.10000', l: '1.10000', c: '1.10000' },
        },
        {
          complete: false,
          volume: 1,
          time: '2026-01-06T12:05:00.000000000Z',
          bid: { o: '1.10100', h: '1.10100', l: '1.10100', c: '1.10100' },
          mid: { o: '1.10105', h: '1.10105', l: '1.10105', c: '1.10105' },
          ask: { o: '1.10110', h: '1.10110', l: '1.10110', c: '1.10110' },
        },
      ],
    });
  });

  it.each([
    ['', ['12:00:00', '12:01:00', '12:02:00', '12:05:00']],
    ['&count=2', ['12:02:00', '12:05:00']],
    ['&from=2026-01-06T12:01:00Z', ['12:01:00', '12:02:00', '12:05:00']],
    ['&from=2026-01-06T12:01:59Z&count=1', ['12:01:00']],
    ['&from=2026-01-06T12:01:00Z&includeFirst=false', ['12:02:00', '12:05:00']],
    ['&from=2026-01-06T12:01:59Z&includeFirst=false', ['12:02:00', '12:05:00']],
    ['&to=2026-01-06T12:02:00Z', ['12:00:00', '12:01:00']],
    ['&to=2026-01-06T12:02:01Z&count=2', ['12:01:00', '12:02:00']],
    ['&from=2026-01-06T12:01:00Z&to=2026-01-06T12:05:00Z', ['12:01:00', '12:02:00']],
    [`&from=${NOON / 1_000 + 120}`, ['12:02:00', '12:05:00']],
  ])('with M1%s are those that start at %j', async (query, expected) => {
    await using running = await withQuotes();

    const { body } = await running.send('GET', `${CANDLES}?granularity=M1${query}`);

    expect(times(body)).toEqual(expected);
  });

  it('are five seconds of the middle price when nothing is said', async () => {
    await using running = await withQuotes();

    const { body } = await running.send('GET', CANDLES);

    expect(body['granularity']).toBe('S5');
    expect(Object.keys(body['candles']?.[0] ?? {})).toEqual(['complete', 'volume', 'time', 'mid']);
  });

  it('open where the one before closed when they are to be smooth', async () => {
    await using running = await withQuotes();

    const { body } = await running.send('GET', `${CANDLES}?granularity=M1&price=B&smooth=true&count=2`);

    expect(body['candles']?.map(({ bid }) => bid)).toEqual([
      { o: '1.10020', h: '1.10020', l: '1.09990', c: '1.09990' },
      { o: '1.09990', h: '1.10100', l: '1.09990', c: '1.10100' },
    ]);
  });

  it('start at 17:00 New York by day, and where else is asked', async () => {
    await using running = await withQuotes();
    const day = async (query: string): Promise<unknown> => {
      const { body } = await running.send('GET', `${CANDLES}?granularity=D${query}`);
      return body['candles']?.[0]?.['time'];
    };

    expect(await day('')).toBe('2026-01-05T22:00:00.000000000Z');
    expect(await day('&dailyAlignment=0&alignmentTimezone=Europe%2FParis')).toBe(
      '2026-01-05T23:00:00.000000000Z',
    );
  });

  it('of an account have the prices of a trade of so many units', async () => {
    await using running = await withQuotes();

    const { body } = await running.send(
      'GET',
      `/{A}${CANDLES}?granularity=M1&price=BA&count=1&units=3000000`,
    );

    // One million at the best price, two a point worse.
    expect(body['candles']?.[0]).toMatchObject({ bid: { c: '1.10099' }, ask: { c: '1.10111' } });
  });

  it('that are the latest are one complete and one in progress', async () => {
    await using running = await withQuotes();

    const { body } = await running.send(
      'GET',
      '/{A}/candles/latest?candleSpecifications=EUR_USD:M1:BM,USD_JPY:H1',
    );

    expect(body['latestCandles']).toMatchObject([
      {
        instrument: 'EUR_USD',
        granularity: 'M1',
        candles: [
          { complete: true, time: '2026-01-06T12:02:00.000000000Z' },
          { complete: false, time: '2026-01-06T12:05:00.000000000Z' },
        ],
      },
      { instrument: 'USD_JPY', granularity: 'H1', candles: [{ complete: false, mid: { c: '150.005' } }] },
    ]);
  });

  it('are made of no price of a closed market', async () => {
    await using running = await withQuotes();
    running.market.publish('EUR_USD', 120_000, 120_010, Date.UTC(2026, 0, 10, 12));

    const { body } = await running.send('GET', `${CANDLES}?granularity=M1`);

    expect(times(body)).toEqual(['12:00:00', '12:01:00', '12:02:00', '12:05:00']);
  });
});
