/** Lists of orders and trades are narrowed by instrument, side, reason and time. */
import { beforeAll, describe, expect, it } from 'vitest';
import { useServer } from '../support/test-server.ts';
import { addTrader } from '../support/trading-client.ts';
import type { TestTrader } from '../support/trading-client.ts';

const context = useServer();
let trader: TestTrader;

beforeAll(async () => {
  const { server } = context;
  trader = await addTrader(server, { hedging: true });
  await server.quote('USD_JPY', 150_000, 150_010);
  await trader.order();
  await trader.order({ side: 'sell', stopLoss: '1.10100' });
  await trader.order({ instrument: 'USD_JPY' });
  await trader.order({ type: 'limit', price: '1.05', units: 50_000_000 });
  await server.quote('EUR_USD', 110_100, 110_110);
  for (const { id } of (await trader.ask('GET', '/positions?open=true')).json().items)
    await trader.ask('POST', `/positions/${id}/close`);
});

async function rows(path: string): Promise<Record<string, string>[]> {
  const answer = await trader.ask('GET', path);
  if (answer.statusCode !== 200) throw new Error(answer.body);
  return answer.json().items;
}

describe.each(['orders', 'trades'])('a page of %s', (kind) => {
  it('shows each as it is shown by itself', async () => {
    const listed = await rows(`/${kind}`);
    expect(listed.length).toBeGreaterThan(2);
    for (const one of listed) expect((await trader.ask('GET', `/${kind}/${one['id']}`)).json()).toEqual(one);
  });

  it('is JSON of as many as were asked for, and says whether there are more', async () => {
    const all = await rows(`/${kind}`);
    const answer = await trader.ask('GET', `/${kind}?limit=1`);
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
    const { nextCursor, ...first } = answer.json();
    expect(first).toEqual({ items: all.slice(0, 1) });
    const rest = await trader.ask('GET', `/${kind}?cursor=${nextCursor}`);
    expect(rest.json()).toEqual({ items: all.slice(1), nextCursor: null });
    expect((await trader.ask('GET', `/${kind}?instrument=GBP_USD`)).json()).toEqual({
      items: [],
      nextCursor: null,
    });
  });
});

describe('a list of trades', () => {
  it.each([
    ['instrument=USD_JPY', ['USD_JPY long close']],
    ['instrument=EUR_USD&side=short', ['EUR_USD short stop_loss']],
    ['exitReason=stop_loss', ['EUR_USD short stop_loss']],
    ['side=long', ['EUR_USD long close', 'USD_JPY long close']],
    ['instrument=GBP_USD', []],
  ])('with ?%s has only those', async (query, wanted) => {
    const found = await rows(`/trades?${query}`);

    expect(
      found.map(({ instrument, side, exitReason }) => `${instrument} ${side} ${exitReason}`).toSorted(),
    ).toEqual(wanted);
  });

  it('from one time to another has those that closed from then on and before', async () => {
    const all = await rows('/trades');
    const first = all.at(-1)?.['closedAt'] ?? '';
    const stopped = all.filter(({ closedAt }) => closedAt === first);

    expect(stopped.length).toBeLessThanOrEqual(all.length);
    const after = new Date(Date.parse(first) + 1).toISOString();
    expect(await rows(`/trades?from=${first}&to=${after}`)).toEqual(stopped);
    expect(await rows(`/trades?from=${first}`)).toEqual(all);
    expect(await rows(`/trades?to=${first}`)).toEqual([]);
  });

  it('is CSV of only those too', async () => {
    const answer = await trader.ask('GET', '/trades?exitReason=stop_loss', undefined, {
      headers: { accept: 'text/csv' },
    });

    expect(answer.body.trimEnd().split('\r\n')).toHaveLength(2);
  });
});

describe('a list of orders', () => {
  it('is narrowed by instrument, side and reason', async () => {
    const denied = await rows('/orders?reasonCode=insufficient-margin');
    expect(denied).toMatchObject([{ type: 'limit', status: 'denied', reasonCode: 'insufficient-margin' }]);

    const all = await rows('/orders?limit=500');
    const yen = all.filter(({ instrument }) => instrument === 'USD_JPY');
    expect(yen).toHaveLength(2);
    expect(await rows('/orders?instrument=USD_JPY')).toEqual(yen);
    expect(await rows('/orders?side=sell')).toEqual(all.filter(({ side }) => side === 'sell'));
  });

  it('is narrowed by when they were made', async () => {
    const all = await rows('/orders?limit=500');
    const time = all[1]?.['createdAt'] ?? '';

    expect(await rows(`/orders?from=${time}`)).toEqual(all.filter(({ createdAt = '' }) => createdAt >= time));
    expect(await rows(`/orders?to=${time}`)).toEqual(all.filter(({ createdAt = '' }) => createdAt < time));
  });
});

describe('a filter that cannot be', () => {
  it.each([
    ['/orders?side=long', '/side'],
    ['/trades?side=buy', '/side'],
    ['/trades?exitReason=luck', '/exitReason'],
    ['/orders?from=yesterday', '/from'],
    ['/trades?to=2026-12-31T23:59:60Z', '/to'],
    ['/trades?from=2026-03-02T00:00:00.000Z&to=2026-03-01T00:00:00.000Z', '/from'],
    ['/orders?from=2026-03-02T00:00:00.000Z&to=2026-03-02T00:00:00.000Z', '/from'],
  ])('%s is refused', async (path, pointer) => {
    const answer = await trader.ask('GET', path);

    expect(answer.statusCode).toBe(400);
    expect(answer.json().errors).toMatchObject([{ pointer }]);
  });
});
