/** Candles of an account at OANDA: the whole server in front of the simulator, on a real socket. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestServer } from '../support/test-server.ts';
import { askerFor } from '../support/trading-client.ts';
import { until } from '../support/until.ts';
import { ACCOUNT, NOON, startSimulator, TOKEN } from '../support/v20-simulator.ts';
import type { TestServer } from '../support/test-server.ts';
import type { RunningSimulator } from '../support/v20-simulator.ts';

const TIMES = {
  requestMs: 60_000,
  lateArrivalMs: 2_500,
  readAgain: { firstMs: 5, longestMs: 20 },
  streamAgain: { firstMs: 5, longestMs: 20 },
  priceSilenceMs: 60_000,
  transactionSilenceMs: 60_000,
  clockMs: 20,
};

let simulator: RunningSimulator;
let server: TestServer;
let ask: ReturnType<typeof askerFor>;
let accountId: string;

const minute = (number: number): string => new Date(NOON + number * 60_000).toISOString();
const candles = (query: string) =>
  ask('GET', `/candles?accountId=${accountId}&instrument=EUR_USD&granularity=M1&price=bid&${query}`);
const starts = (body: { items: { startsAt: string }[] }) => body.items.map(({ startsAt }) => startsAt);

beforeAll(async () => {
  simulator = await startSimulator();
  server = await openTestServer({ oanda: { practiceUrl: simulator.url, times: TIMES } });
  ask = askerFor(server, await server.addUser());
  const body = { name: 'Practice', environment: 'practice', token: TOKEN, brokerAccountId: ACCOUNT };
  const answer = await ask('POST', '/accounts', body);
  if (answer.statusCode !== 201) throw new Error(answer.body);
  accountId = answer.json().id;
  // One price a minute, from 12:01 to 12:05.
  for (let number = 1; number <= 5; number += 1) {
    simulator.market.clock(NOON + number * 60_000 - 1_000);
    simulator.market.publish('EUR_USD', 110_000 + number, 110_010 + number);
  }
  await until('the server knows what time it is at the broker', async () => {
    simulator.timers.pass(5_000);
    return starts((await candles(`from=${minute(5)}`)).json())[0] === minute(5);
  });
});
afterAll(async () => {
  await server.close();
  await simulator[Symbol.asyncDispose]();
});

describe('candles of an account', () => {
  it('are the last ones of its broker, and the one that is being made is not complete', async () => {
    const { items, nextCursor } = (await candles('count=2')).json();

    expect(items).toEqual([
      expect.objectContaining({ startsAt: minute(4), close: '1.10004', quotes: 1, complete: true }),
      expect.objectContaining({ startsAt: minute(5), close: '1.10005', complete: false }),
    ]);
    const before = (await candles(`count=2&cursor=${nextCursor}`)).json();
    expect(starts(before)).toEqual([minute(2), minute(3)]);
  });

  it('lead forward from a time, up to another', async () => {
    const first = (await candles(`count=2&from=${minute(1)}&to=${minute(4)}`)).json();
    expect(starts(first)).toEqual([minute(1), minute(2)]);

    const second = (
      await candles(`count=2&from=${minute(1)}&to=${minute(4)}&cursor=${first.nextCursor}`)
    ).json();
    expect(starts(second)).toEqual([minute(3)]);
    expect(second.nextCursor).toBeNull();
  });

  it('are refused while this copy does not run the account', async () => {
    await server.supervisor.dismiss(accountId);

    expect((await candles('count=2')).json()).toMatchObject({ type: '/problems/account-not-trading' });
  });
});
