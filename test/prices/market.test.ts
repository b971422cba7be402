import { beforeAll, describe, expect, it } from 'vitest';
import { NOON, signUp, useServer } from '../support/test-server.ts';
import { addTrader, askerFor } from '../support/trading-client.ts';
import { until } from '../support/until.ts';
import type { TestTrader } from '../support/trading-client.ts';

const context = useServer();
let trader: TestTrader;

beforeAll(async () => {
  trader = await addTrader(context.server);
});

describe('quotes', () => {
  it('are the newest of each instrument that has a price', async () => {
    await context.server.quote('EUR_USD', 110_020, 110_031);
    await context.server.quote('USD_JPY', 150_120, 150_135);
    const at = (afterMs: number) => new Date(context.server.market.now + afterMs).toISOString();

    const all = (await trader.ask('GET', '/quotes')).json();
    const some = (await trader.ask('GET', '/quotes?instrument=USD_JPY&instrument=GBP_USD')).json();

    const yen = { instrument: 'USD_JPY', at: at(0), bid: '150.120', ask: '150.135' };
    expect(all.items).toEqual([
      { instrument: 'EUR_USD', at: at(-1_000), bid: '1.10020', ask: '1.10031' },
      yen,
    ]);
    expect(some.items).toEqual([yen]);
  });

  it('of an instrument that there is not are refused, not empty', async () => {
    const answer = await trader.ask('GET', '/quotes?instrument=USD_JPY&instrument=EURUSD');

    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({
      detail: 'The query is not valid.',
      errors: [{ pointer: '/instrument', detail: expect.stringContaining('there is no EURUSD') }],
    });
  });

  it('are for people who are signed in', async () => {
    expect((await context.server.app.inject({ url: '/api/v1/quotes' })).statusCode).toBe(401);
  });
});

describe("the market's clock", () => {
  it.each([
    ['on a Monday at noon', NOON, { isOpen: true, nextOpenAt: null }],
    [
      'on a Friday evening',
      Date.UTC(2026, 2, 6, 22),
      { isOpen: false, nextOpenAt: '2026-03-08T21:03:00.000Z' },
    ],
    ['on a Saturday', Date.UTC(2026, 0, 10, 3), { isOpen: false, nextOpenAt: '2026-01-11T22:03:00.000Z' }],
  ])('says %s whether it is open, and when it will be', async (_case, now, expected) => {
    const before = context.server.market.now;
    context.server.market.now = now;

    const clock = (await trader.ask('GET', '/market/clock')).json();

    expect(clock).toEqual({ marketTime: new Date(now).toISOString(), ...expected });
    context.server.market.now = before;
  });
});

describe('events', () => {
  /** Waits until as many entries can be read: transactions elsewhere on the database server delay that. */
  function entriesOf({ ask }: Pick<TestTrader, 'ask'>, count: number, query = '') {
    return until(`${count} entries can be read`, async () => {
      const { items } = (await ask('GET', `/events?limit=500${query}`)).json();
      return items.length >= count && items;
    });
  }

  it('are what happened to me and my accounts, oldest first, to be read on from any of them', async () => {
    const owner = await addTrader(context.server);
    const { items: none } = (await trader.ask('GET', `/events?accountId=${owner.accountId}`)).json();
    await owner.order({ stopLoss: '1.09' });
    await owner.order({ stopLoss: '1.2' });

    const entries = await entriesOf(owner, 6, '&category=trading');
    const third = entries[2];
    const rest = (await owner.ask('GET', `/events?after=${third.sequence}&category=trading&limit=2`)).json();
    const end = (await owner.ask('GET', `/events?after=${entries.at(-1).sequence}&category=trading`)).json();

    expect(none).toEqual([]);
    expect(entries.map(({ type }: { type: string }) => type)).toEqual([
      'funds-transferred',
      'order-submitted',
      'order-filled',
      'order-accepted',
      'position-opened',
      'order-denied',
    ]);
    expect(entries[5]).toEqual({
      sequence: expect.any(Number),
      recordedAt: entries[5].occurredAt,
      marketTime: expect.stringMatching(/Z$/),
      occurredAt: expect.stringMatching(/Z$/),
      category: 'trading',
      type: 'order-denied',
      severity: 'warning',
      description: expect.stringContaining('stop loss'),
      accountId: owner.accountId,
      strategyId: null,
      orderId: expect.any(String),
      actor: {
        type: 'person',
        userId: expect.any(String),
        name: expect.any(String),
        with: 'session',
        keyName: null,
      },
      requestId: expect.any(String),
      details: {
        code: 'stop-loss-on-wrong-side',
        field: 'stopLoss',
        orderId: expect.any(String),
        instrument: 'EUR_USD',
        orderType: 'market',
        side: 'buy',
        units: 1_000,
        facts: {
          stopLoss: { value: '1.20000', unit: 'EUR_USD' },
          bid: { value: '1.10000', unit: 'EUR_USD' },
          ask: { value: '1.10010', unit: 'EUR_USD' },
        },
      },
      ipAddress: '127.0.0.1',
    });
    expect(rest.items).toEqual(entries.slice(3, 5));
    expect(rest.nextCursor).toBe(entries[4].sequence);
    expect(end).toEqual({ items: [], nextCursor: entries.at(-1).sequence });
  });

  it('show me where my sign-ins came from', async () => {
    const ask = askerFor(context.server, await signUp(context.server.app));
    const entries = await entriesOf({ ask }, 1, '&category=security');

    expect(entries[0]).toMatchObject({ category: 'security', ipAddress: '127.0.0.1' });
  });

  it.each(['after=-1', 'after=x', 'category=gossip', 'accountId=7', 'cursor=abc', 'limit=501'])(
    'are not listed by ?%s',
    async (query) => {
      expect((await trader.ask('GET', `/events?${query}`)).statusCode).toBe(400);
    },
  );
});
