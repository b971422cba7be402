/** Gold is traded in tenths of an ounce: ordered, filled, closed in parts, shown and kept exactly. */

import { beforeAll, describe, expect, it } from 'vitest';
import { present } from '../../src/core/shared/assert.ts';
import { checkAccount } from '../../src/trading/accounts/verify-account.ts';
import { useServer } from '../support/test-server.ts';
import { addTrader } from '../support/trading-client.ts';
import type { TestTrader } from '../support/trading-client.ts';

const context = useServer();
let trader: TestTrader;

describe('tenths of an ounce', () => {
  const gold = (order: object = {}) => trader.order({ instrument: 'XAU_USD', ...order });
  const listed = async (what: string) =>
    (await trader.ask('GET', `/${what}?accountId=${trader.accountId}`)).json().items;
  const goldIn = async (what: string) =>
    (await listed(what)).find(({ instrument }: { instrument: string }) => instrument === 'XAU_USD');
  const money = async () => (await trader.ask('GET', `/accounts/${trader.accountId}`)).json().money;
  const differences = async () => (await checkAccount(context.server.stores, trader.accountId)).differences;

  beforeAll(async () => {
    trader = await addTrader(context.server);
    await context.server.quote('XAU_USD', 2_400_000, 2_400_350);
  });

  it('are bought, shown, closed in parts and flat at the end', async () => {
    expect((await gold({ units: 0.1 })).json()).toMatchObject({
      status: 'filled',
      units: 0.1,
      filledUnits: 0.1,
    });
    expect((await gold({ units: 0.2 })).json()).toMatchObject({
      status: 'filled',
      units: 0.2,
      filledUnits: 0.2,
    });
    expect(await goldIn('net-positions')).toMatchObject({
      netUnits: 0.3,
      longUnits: 0.3,
      averagePrice: '2400.350',
    });
    // 0.3 × 2400.175 × 0.05
    expect(await money()).toMatchObject({ marginUsed: '36.0026', unrealizedPnl: '-0.1050' });
    await context.server.quote('XAU_USD', 2_410_000, 2_410_350);

    const larger = (await listed('positions')).find(
      ({ openUnits }: { openUnits: number }) => openUnits === 0.2,
    );
    await trader.ask('POST', `/positions/${larger.id}/close`, { units: 0.1 });
    expect((await trader.ask('GET', `/positions/${larger.id}`)).json()).toMatchObject({
      initialUnits: 0.2,
      openUnits: 0.1,
    });
    expect(await differences()).toEqual([]);
    const closing = await trader.ask('POST', '/net-positions/XAU_USD/close', { accountId: trader.accountId });

    expect(closing.json()).toMatchObject({ status: 'filled', units: 0.2 });
    expect(await goldIn('net-positions')).toBeUndefined();
    // 9.65 dollars an ounce.
    expect(
      (await listed('trades')).map(({ units, realizedPnl }: { units: number; realizedPnl: string }) => [
        units,
        realizedPnl,
      ]),
    ).toEqual([
      [0.1, '0.9650'],
      [0.1, '0.9650'],
      [0.1, '0.9650'],
    ]);
    expect(await money()).toMatchObject({ balance: '100002.8950', marginUsed: '0.0000' });
    expect(await differences()).toEqual([]);
  });

  it('wait, and are changed and cancelled', async () => {
    const resting = (await gold({ units: 0.5, type: 'limit', price: '2300' })).json();
    expect(resting).toMatchObject({ status: 'accepted', units: 0.5, filledUnits: 0 });

    const changed = (await trader.ask('PATCH', `/orders/${resting.id}`, { units: 0.4 })).json();
    expect(changed).toMatchObject({ status: 'accepted', units: 0.4 });
    const moved = (await trader.ask('PATCH', `/orders/${changed.id}`, { price: '2310' })).json();
    expect(moved).toMatchObject({ status: 'accepted', units: 0.4, price: '2310.000' });
    const refused = await trader.ask('PATCH', `/orders/${moved.id}`, { units: 0.45 });
    expect(refused.json().errors).toEqual([
      { pointer: '/units', detail: 'must be units of XAU_USD: at least 0.1, in steps of 0.1' },
    ]);
    expect((await trader.ask('DELETE', `/orders/${moved.id}`)).json()).toMatchObject({ status: 'cancelled' });
    expect(await differences()).toEqual([]);
  });

  it.each([
    [
      'finer than the instrument has',
      { units: 0.15 },
      'must be units of XAU_USD: at least 0.1, in steps of 0.1',
    ],
    [
      'of an instrument of whole units',
      { instrument: 'EUR_USD', units: 0.5 },
      'must be units of EUR_USD: at least 1, in steps of 1',
    ],
    ['of nothing', { units: 0 }, 'must be above 0'],
    ['as text', { units: '0.1' }, 'must be a number'],
    ['more than an order may have', { units: 50_000.1 }, 'must be at most 50000, as XAU_USD allows'],
  ])('%s are refused', async (_case, order, detail) => {
    const answer = await gold(order);

    expect(answer.statusCode).toBe(400);
    expect(answer.json().errors).toEqual([{ pointer: '/units', detail }]);
  });

  it('finer than the instrument has are not closed', async () => {
    await gold({ units: 0.2 });
    const { id } = await goldIn('positions');

    const { accountId } = trader;
    for (const [path, body] of [
      [`/positions/${id}/close`, { units: 0.15 }],
      ['/net-positions/XAU_USD/close', { accountId, units: 0.15 }],
    ] as const) {
      const closing = await trader.ask('POST', path, body);
      expect(closing.statusCode).toBe(400);
      expect(closing.json().errors).toEqual([
        { pointer: '/units', detail: 'must be units of XAU_USD, in steps of 0.1' },
      ]);
    }
    expect(await goldIn('positions')).toMatchObject({ openUnits: 0.2 });
    await trader.ask('POST', `/positions/${id}/close`, {});
  });

  it('count as such for the limits of the account', async () => {
    await trader.ask('PATCH', `/accounts/${trader.accountId}`, {
      limits: { maxOrderUnits: 1, maxPositionUnits: 1 },
    });

    expect((await gold({ units: 1.1 })).json()).toMatchObject({ code: 'order-units-exceeded' });
    expect((await gold({ units: 0.9 })).json()).toMatchObject({ status: 'filled' });
    expect((await gold({ units: 0.2 })).json()).toMatchObject({ code: 'position-units-exceeded' });
    expect((await gold({ units: 0.1 })).json()).toMatchObject({ status: 'filled' });
    expect(await goldIn('net-positions')).toMatchObject({ netUnits: 1 });
  });

  it('are held and closed by an account that was made again from its log', async () => {
    await context.server.supervisor.restart(
      present(await context.server.stores.accounts.find(trader.accountId), 'the account'),
    );
    await context.server.quote('XAU_USD', 2_410_000, 2_410_350);

    expect(await goldIn('net-positions')).toMatchObject({ netUnits: 1 });
    for (const units of [0.3, 0.7]) await gold({ side: 'sell', units });
    expect(await goldIn('net-positions')).toBeUndefined();
    expect(await differences()).toEqual([]);
  });
});
