/** The end of an account leaves nothing behind, and two changes of it at once do not undo each other. */
import { describe, expect, it } from 'vitest';
import { useServer } from '../support/test-server.ts';
import { addTrader } from '../support/trading-client.ts';
import { UnsteadyBroker } from '../support/unsteady-broker.ts';
import { until } from '../support/until.ts';

const context = useServer();
const ROUNDS = 10;

/** What is open, rests or has an unknown fate. */
async function leftOf(accountId: string) {
  const { positions, orders } = context.server.stores;
  const open = await positions.ofAccount(accountId, 'open');
  const alive = await orders.inStatuses(accountId, ['submitted', 'accepted', 'partially_filled']);
  return [...open, ...alive];
}

async function addTraderBehind(line: UnsteadyBroker) {
  context.server.wire.through = (broker) => line.over(broker);
  const trader = await addTrader(context.server);
  context.server.wire.through = (broker) => broker;
  return trader;
}

describe('closing an account', () => {
  it('is refused while an order rests', async () => {
    const { ask, accountId, order } = await addTrader(context.server);
    const resting = await order({ type: 'limit', price: '1.05' });

    const refused = await ask('DELETE', `/accounts/${accountId}`);
    await ask('DELETE', `/orders/${resting.json().id}`);
    const closed = await ask('DELETE', `/accounts/${accountId}`);

    expect(refused.statusCode).toBe(409);
    expect(refused.json()).toMatchObject({
      type: '/problems/conflict',
      detail: 'Orders of the account rest at the broker. Cancel them first.',
    });
    expect(closed.statusCode).toBe(204);
  });

  it('is refused while an order is under way, also when it is to be drained', async () => {
    const line = new UnsteadyBroker();
    const { ask, accountId, order } = await addTraderBehind(line);
    line.fate = 'hangs';
    const hanging = order();
    await until('the order was sent', () => line.sent.length > 0);

    const refused = await ask('DELETE', `/accounts/${accountId}`);
    const draining = ask('DELETE', `/accounts/${accountId}?drain=true`);
    line.fate = 'passes';
    await until('the drain has begun', async () => {
      const { status } = (await ask('GET', `/accounts/${accountId}`)).json();
      return status === 'halted';
    });
    line.release();

    expect(refused.json()).toMatchObject({ status: 409, detail: expect.stringContaining('still answering') });
    expect((await hanging).json()).toMatchObject({ status: 'filled' });
    expect((await draining).statusCode).toBe(204);
    expect(await leftOf(accountId)).toEqual([]);
  });

  it('that races with orders leaves nothing open, in whatever order they come', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const { ask, accountId, order } = await addTrader(context.server);

      const [before, closed, after] = await Promise.all([
        order(),
        ask('DELETE', `/accounts/${accountId}`),
        order({ type: 'limit', price: '1.05' }),
      ]);

      const left = await leftOf(accountId);
      if (closed.statusCode === 204) expect(left).toEqual([]);
      else expect(closed.statusCode).toBe(409);
      for (const { statusCode } of [before, after]) expect([201, 404, 503]).toContain(statusCode);
    }
  });

  it('with drain stops its strategies, cancels its orders and closes its positions first', async () => {
    const { ask, accountId, order } = await addTrader(context.server);
    await order();
    await order({ type: 'limit', price: '1.05' });
    const strategy = (
      await ask('POST', '/strategies', {
        accountId,
        name: 'Running',
        strategyType: 'ema_cross',
        instrument: 'EUR_USD',
      })
    ).json();
    await ask('POST', `/strategies/${strategy.id}/start`);
    expect((await ask('DELETE', `/accounts/${accountId}`)).statusCode).toBe(409);

    const drained = await ask('DELETE', `/accounts/${accountId}?drain=true`);

    expect(drained.statusCode).toBe(204);
    expect(await leftOf(accountId)).toEqual([]);
    expect((await context.server.stores.strategies.find(strategy.id))?.status).toBe('stopped');
    expect((await ask('GET', '/trades')).json().items).toHaveLength(1);
  });

  it('that is not run at the moment runs it first', async () => {
    const { ask, accountId } = await addTrader(context.server);
    await context.server.supervisor.dismiss(accountId);

    expect((await ask('DELETE', `/accounts/${accountId}`)).statusCode).toBe(204);
    expect(context.server.supervisor.find(accountId)).toBeUndefined();
  });

  it('refuses a word that it does not know', async () => {
    const { ask, accountId } = await addTrader(context.server);

    expect((await ask('DELETE', `/accounts/${accountId}?drain=perhaps`)).statusCode).toBe(400);
    expect((await ask('DELETE', `/accounts/${accountId}?force=true`)).statusCode).toBe(400);
  });
});

describe('changes of limits at the same time', () => {
  it('are all kept, in the account and by its risk rules', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const { ask, accountId, order } = await addTrader(context.server);
      const change = (limits: object) => ask('PATCH', `/accounts/${accountId}`, { limits });

      const answers = await Promise.all([
        change({ maxOrderUnits: 900 }),
        change({ maxPositionUnits: 700 }),
        change({ maxDailyLoss: '50' }),
        change({ maxSpreadPips: '3' }),
      ]);

      expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200, 200]);
      expect((await ask('GET', `/accounts/${accountId}`)).json()).toMatchObject({
        limits: { maxOrderUnits: 900, maxPositionUnits: 700, maxDailyLoss: '50.0000', maxSpreadPips: '3.0' },
      });
      expect((await order({ units: 901 })).json()).toMatchObject({ code: 'order-units-exceeded' });
      expect((await order({ units: 800 })).json()).toMatchObject({ code: 'position-units-exceeded' });
    }
  });
});
