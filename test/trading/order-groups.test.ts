/** One cancels the other, over HTTP and a restart of the account. */
import { beforeEach, describe, expect, it } from 'vitest';
import { checkAccount } from '../../src/trading/accounts/verify-account.ts';
import { useServer } from '../support/test-server.ts';
import { addTrader } from '../support/trading-client.ts';
import type { TestTrader } from '../support/trading-client.ts';

const context = useServer();
let trader: TestTrader;

beforeEach(async () => {
  trader = await addTrader(context.server);
});

const get = async (path: string) => (await trader.ask('GET', path)).json();
const statusOf = async ({ id }: { id: string }): Promise<string> => (await get(`/orders/${id}`)).status;
const place = async (order: object) => (await trader.order({ ocoGroup: 'breakout', ...order })).json();
const below = { type: 'limit', price: '1.09' };
const above = { type: 'stop', price: '1.11' };

async function restart(): Promise<void> {
  const { supervisor, stores } = context.server;
  await supervisor.dismiss(trader.accountId);
  const account = await stores.accounts.find(trader.accountId);
  if (account) await supervisor.adopt(account);
}

describe('orders of a group', () => {
  it('end when one of them fills, and their name is used up', async () => {
    const [limit, stop] = [await place(below), await place(above)];
    expect(limit).toMatchObject({ status: 'accepted', ocoGroup: 'breakout' });

    await context.server.quote('EUR_USD', 111_000, 111_010);

    await expect.poll(() => statusOf(limit)).toBe('cancelled');
    expect(await statusOf(stop)).toBe('filled');
    const more = await trader.order({ ...below, ocoGroup: 'breakout' });
    expect([more.statusCode, more.json().code]).toEqual([422, 'oco-group-filled']);
    expect((await get('/orders?status=denied')).items).toMatchObject([{ ocoGroup: 'breakout' }]);
  });

  it('are one group still after a restart, and stay in it when they are changed', async () => {
    const [limit, stop] = [await place(below), await place(above)];
    const changed = (await trader.ask('PATCH', `/orders/${limit.id}`, { price: '1.08' })).json();
    await restart();

    await context.server.quote('EUR_USD', 111_000, 111_010);

    await expect.poll(() => statusOf(changed)).toBe('cancelled');
    expect(changed).toMatchObject({ ocoGroup: 'breakout', price: '1.08000' });
    expect(await statusOf(stop)).toBe('filled');
    const { orders, positions, trades, accounts, projections } = context.server.stores;
    const report = await checkAccount({ orders, positions, trades, accounts, projections }, trader.accountId);
    expect(report.differences).toEqual([]);
  });

  it('both stand where one price fills both, and the journal warns', async () => {
    const [one, other] = [await place(above), await place({ ...above, price: '1.112' })];

    await context.server.quote('EUR_USD', 112_000, 112_010);

    await expect.poll(() => statusOf(other)).toBe('filled');
    expect(await statusOf(one)).toBe('filled');
    // The journal is read below the oldest transaction of the whole PostgreSQL, which other tests share.
    const warnings = async () => {
      const { items } = await get(`/events?accountId=${trader.accountId}&limit=500`);
      return items.filter(({ type }: { type: string }) => type === 'order-group-filled-twice');
    };
    await expect.poll(warnings).toMatchObject([{ severity: 'warning', details: { orderId: other.id } }]);
  });

  it.each([
    ['at the market', { type: 'market' }, /market orders/],
    ['with a name that is none', { ...below, ocoGroup: 'a b' }, /letters, digits/],
  ])('are refused %s', async (_case, order, detail) => {
    const answer = await trader.order({ ocoGroup: 'breakout', ...order });

    expect(answer.statusCode).toBe(400);
    expect(answer.json().errors).toMatchObject([
      { pointer: '/ocoGroup', detail: expect.stringMatching(detail) },
    ]);
  });
});
