/** The clock of the server's machine is wrong: that is reported, and whatever time decides follows the broker. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { useOandaServer } from '../support/oanda-server.ts';
import { until } from '../support/until.ts';
import type { OandaServer } from '../support/oanda-server.ts';

const HOUR_MS = 3_600_000;

let aheadMs = 0;
const openOanda = useOandaServer({ wall: () => Date.now() + aheadMs });
let running: OandaServer;

beforeEach(async () => {
  aheadMs = 0;
  running = await openOanda();
});
afterEach(() => running[Symbol.asyncDispose]());

const summary = async (id: string) => (await running.ask('GET', `/accounts/${id}/summary`)).json();
const compare = (id: string) => running.ask('POST', `/accounts/${id}/resume`);
const has = (id: string, type: string, count: number) =>
  until(`${type} is reported`, async () => (await running.entries(id, type)).length >= count);

describe('a clock that is wrong', () => {
  it.each([
    ['ahead', HOUR_MS, /3\d\d\d s ahead of the broker's/],
    ['behind', -HOUR_MS, /3\d\d\d s behind the broker's/],
  ])('is reported once while it is %s, and when it is right again', async (_what, differenceMs, sentence) => {
    const id = await running.connect();
    expect(await summary(id)).toMatchObject({ clockAheadMs: 0 });
    aheadMs = differenceMs;
    await compare(id);
    await has(id, 'clock-differs', 1);

    expect(Math.round((await summary(id)).clockAheadMs / 10_000) * 10_000).toBe(differenceMs);
    aheadMs = 2 * differenceMs;
    await compare(id);
    aheadMs = 0;
    await compare(id);
    await has(id, 'clock-agrees', 1);

    expect(await running.entries(id, 'clock-differs')).toMatchObject([
      { severity: 'warning', description: expect.stringMatching(sentence) },
    ]);
    expect(await running.entries(id, 'clock-agrees')).toHaveLength(1);
  });

  it('is no clock of a paper account', async () => {
    const body = { name: 'Paper', environment: 'paper', currency: 'USD', initialBalance: '1000' };
    const { id } = (await running.ask('POST', '/accounts', body)).json();

    expect(await summary(id)).toMatchObject({ clockAheadMs: null });
  });
});

/** The simulator's market is at noon of 6 January 2026: the clock of this machine is far from it, whatever it says. */
describe('what time decides on an account whose broker has another time', () => {
  const market = () => running.simulator.market;
  const limit = (id: string, expiresAt: number) =>
    running.ask('POST', '/orders', {
      accountId: id,
      instrument: 'EUR_USD',
      type: 'limit',
      side: 'buy',
      units: 1_000,
      price: '1.00000',
      timeInForce: 'GTD',
      expiresAt: new Date(expiresAt).toISOString(),
    });

  it('lets an order expire by the time of the broker', async () => {
    const id = await running.connect();
    const endsAt = market().marketTime() + 60_000;

    const late = await limit(id, market().marketTime() - 1_000);
    const waits = await limit(id, endsAt);
    expect(waits.json()).toMatchObject({ status: 'accepted' });
    expect(late.json().status).not.toBe('accepted');
    market().clock(endsAt + 1_000);
    await running.quote(110_010);

    const order = async () => (await running.ask('GET', `/orders/${waits.json().id}`)).json();
    const ended = await until('it has ended', async () => {
      const shown = await order();
      return shown.status !== 'accepted' && shown;
    });
    expect(ended).toMatchObject({ status: 'expired' });
  });

  it('begins the trading day at 17:00 New York of the broker', async () => {
    const id = await running.connect();
    expect((await summary(id)).today).toMatchObject({ startsAt: '2026-01-05T22:00:00.000Z' });

    market().clock(Date.UTC(2026, 0, 6, 22, 10));
    await running.quote(110_010);

    await until('the next day has begun', async () => {
      return (await summary(id)).today?.startsAt === '2026-01-06T22:00:00.000Z';
    });
  });
});
