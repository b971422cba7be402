import { beforeAll, describe, expect, it } from 'vitest';
import { useServer } from '../support/test-server.ts';
import { candleFile, quoteFile, START } from '../support/price-files.ts';
import { addTrader } from '../support/trading-client.ts';
import type { TestTrader } from '../support/trading-client.ts';

const context = useServer();
let trader: TestTrader;
/** Quotes at 0, 30, 60, 90 and 200 seconds. */
let quotes: string;
/** Seven minute candles. */
let minutes: string;

const at = (second: number): string => new Date(START + second * 1_000).toISOString();

async function importFile(owner: TestTrader, instrument: string, text: string): Promise<string> {
  const { app } = context.server;
  const answer = await app.inject({
    method: 'POST',
    url: `/api/v1/price-series?instrument=${instrument}`,
    headers: { ...owner.user.headers, 'content-type': 'text/csv' },
    payload: text,
  });
  expect(answer.statusCode).toBe(201);
  return answer.json().id;
}

const candles = (query: string) => trader.ask('GET', `/candles?${query}`);

beforeAll(async () => {
  trader = await addTrader(context.server);
  quotes = await importFile(
    trader,
    'EUR_USD',
    quoteFile([
      [0, '1.10000', '1.10011'],
      [30, '1.10050', '1.10060'],
      [60, '1.10020', '1.10030'],
      [90, '1.09990', '1.10001'],
      [200, '1.10005', '1.10015'],
    ]),
  );
  minutes = await importFile(
    trader,
    'EUR_USD',
    candleFile(Array.from({ length: 7 }, (_, index) => [index, index + 5, index - 5, index + 1])),
  );
});

describe('candles of a series', () => {
  it.each([
    ['of no series', `seriesId=00000000-0000-7000-8000-000000000000&granularity=M1`, 404, undefined],
    ['of nothing', 'granularity=M1', 400, '/seriesId'],
    ['of a series and an account', 'seriesId=QUOTES&accountId=ACCOUNT&granularity=M1', 400, '/accountId'],
    ['of another instrument', 'seriesId=QUOTES&instrument=USD_JPY&granularity=M1', 400, '/instrument'],
    ['of an account without an instrument', 'accountId=ACCOUNT&granularity=M1', 400, '/instrument'],
    [
      'of an account that has no such instrument',
      'accountId=ACCOUNT&instrument=EURUSD&granularity=M1',
      400,
      '/instrument',
    ],
    [
      'of an account of no one',
      'accountId=00000000-0000-7000-8000-000000000000&instrument=EUR_USD&granularity=M1',
      404,
      undefined,
    ],
    ['without a granularity', 'seriesId=QUOTES', 400, '/granularity'],
    ['of an unknown granularity', 'seriesId=QUOTES&granularity=M3', 400, '/granularity'],
    ['of an unknown price', 'seriesId=QUOTES&granularity=M1&price=last', 400, '/price'],
    ['of more than can be answered', 'seriesId=QUOTES&granularity=M1&count=5001', 400, '/count'],
    [
      'of a time that ends before it begins',
      `seriesId=QUOTES&granularity=M1&from=${at(60)}&to=${at(0)}`,
      400,
      '/from',
    ],
    ['by a cursor of another list', 'seriesId=QUOTES&granularity=M1&cursor=aWQgMQ', 400, '/cursor'],
    ['shorter than those that are stored', 'seriesId=MINUTES&granularity=S30', 400, '/granularity'],
  ])('are refused %s', async (_case, query, status, pointer) => {
    const named = query.replace('QUOTES', quotes).replace('MINUTES', minutes);

    const answer = await candles(named.replace('ACCOUNT', trader.accountId));

    expect(answer.statusCode).toBe(status);
    if (pointer !== undefined) expect(answer.json()).toMatchObject({ errors: [{ pointer }] });
  });

  it('are not those of another person', async () => {
    const other = await addTrader(context.server);

    expect((await other.ask('GET', `/candles?seriesId=${quotes}&granularity=M1`)).statusCode).toBe(404);
  });

  it('are made of its quotes, and the last one may still grow', async () => {
    const answer = await candles(`seriesId=${quotes}&granularity=M1&price=bid`);

    expect(answer.json()).toEqual({
      instrument: 'EUR_USD',
      granularity: 'M1',
      price: 'bid',
      items: [
        {
          startsAt: at(0),
          endsAt: at(60),
          open: '1.10000',
          high: '1.10050',
          low: '1.10000',
          close: '1.10050',
          quotes: 2,
          complete: true,
        },
        {
          startsAt: at(60),
          endsAt: at(120),
          open: '1.10020',
          high: '1.10020',
          low: '1.09990',
          close: '1.09990',
          quotes: 2,
          complete: true,
        },
        {
          startsAt: at(180),
          endsAt: at(240),
          open: '1.10005',
          high: '1.10005',
          low: '1.10005',
          close: '1.10005',
          quotes: 1,
          complete: false,
        },
      ],
      nextCursor: null,
    });
    expect(answer.headers['cache-control']).toBe('no-store');
  });

  it.each([
    ['ask', ['1.10011', '1.10060', '1.10011', '1.10060']],
    ['mid', ['1.100055', '1.100550', '1.100055', '1.100550']],
  ])('show the %s', async (price, [open, high, low, close]) => {
    const answer = await candles(
      `seriesId=${quotes}&granularity=M1&price=${price}&from=${at(0)}&to=${at(60)}`,
    );

    expect(answer.json().items).toEqual([expect.objectContaining({ open, high, low, close })]);
  });

  it('are put together from shorter ones', async () => {
    const answer = await candles(`seriesId=${minutes}&granularity=M5&price=bid`);

    expect(answer.json().items).toEqual([
      {
        startsAt: at(0),
        endsAt: at(300),
        open: '1.10000',
        high: '1.10009',
        low: '1.09995',
        close: '1.10005',
        quotes: null,
        complete: true,
      },
      expect.objectContaining({ startsAt: at(300), close: '1.10007', complete: false }),
    ]);
  });

  it('of a day count from 17:00 New York', async () => {
    const [day] = (await candles(`seriesId=${minutes}&granularity=D`)).json().items;

    expect(day).toMatchObject({ startsAt: '2024-01-02T22:00:00.000Z', endsAt: '2024-01-03T22:00:00.000Z' });
  });
});

describe('pages of candles', () => {
  async function pages(query: string): Promise<{ starts: string[][]; cached: unknown[] }> {
    const starts: string[][] = [];
    const cached: unknown[] = [];
    for (let cursor = ''; ;) {
      const answer = await candles(`seriesId=${minutes}&granularity=M1&count=3&${query}${cursor}`);
      const { items, nextCursor } = answer.json();
      starts.push(items.map(({ startsAt }: { startsAt: string }) => startsAt));
      cached.push(answer.headers['cache-control']);
      if (nextCursor === null) return { starts, cached };
      cursor = `&cursor=${nextCursor}`;
    }
  }
  const minutesFrom = (first: number, last: number): string[] =>
    Array.from({ length: last - first + 1 }, (_, index) => at((first + index) * 60));

  it('lead back from the end', async () => {
    const { starts, cached } = await pages('');

    expect(starts).toEqual([minutesFrom(4, 6), minutesFrom(1, 3), minutesFrom(0, 0)]);
    expect(cached).toEqual(Array(3).fill('private, max-age=3600'));
  });

  it('lead forward from a time, beginning with the candle that it lies in', async () => {
    expect((await pages(`from=${at(90)}`)).starts).toEqual([minutesFrom(1, 3), minutesFrom(4, 6)]);
  });

  it('stay between two times', async () => {
    expect((await pages(`to=${at(300)}`)).starts).toEqual([minutesFrom(2, 4), minutesFrom(0, 1)]);
    expect((await pages(`from=${at(60)}&to=${at(290)}`)).starts).toEqual([
      minutesFrom(1, 3),
      minutesFrom(4, 4),
    ]);
  });

  it('are empty where the series has nothing', async () => {
    expect((await pages(`from=${at(600)}`)).starts).toEqual([[]]);
    expect((await pages(`to=${at(-600)}`)).starts).toEqual([[]]);
  });
});
