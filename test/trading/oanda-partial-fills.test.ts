/** Orders at OANDA that fill in part: the whole server in front of a simulator whose market is thin, on a real socket. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { untilTablesFollowLog } from '../support/account-agreement.ts';
import { useOandaServer } from '../support/oanda-server.ts';
import { until } from '../support/until.ts';
import type { OandaServer } from '../support/oanda-server.ts';

const openOanda = useOandaServer({ depth: { EUR_USD: [{ units: 1_000, pointsWorse: 0 }] } });
let whole: OandaServer;
let simulator: OandaServer['simulator'];
let server: OandaServer['server'];
let ask: OandaServer['ask'];
let accountId: string;

beforeEach(async () => {
  whole = await openOanda();
  ({ simulator, server, ask } = whole);
  accountId = await whole.connect();
});
afterEach(() => whole[Symbol.asyncDispose]());

const place = (body: object) =>
  ask('POST', '/orders', { accountId, instrument: 'EUR_USD', type: 'market', side: 'buy', ...body });
const order = async (id: string) => (await ask('GET', `/orders/${id}`)).json();
const orders = async () => (await ask('GET', `/orders?accountId=${accountId}`)).json().items;

/** A quote that brings as much again. */
function nextQuote(): void {
  simulator.market.publish('EUR_USD', 110_000, 110_010);
  simulator.timers.pass(5_000);
}

async function expectAgreement(): Promise<void> {
  await until("the account is the broker's", async () => {
    const stated = (await simulator.send('GET', '/{A}')).body['account'];
    const { money } = (await ask('GET', `/accounts/${accountId}`)).json();
    return Number(money.balance) === Number(stated?.['balance']);
  });
  await untilTablesFollowLog(server.stores, accountId);
}

describe('an order at OANDA that fills in part', () => {
  it('stays one order of ours until all of it is filled', async () => {
    const placed = (await place({ type: 'limit', price: '1.10020', units: 2_500, tag: 'mine' })).json();
    expect(placed).toMatchObject({ status: 'partially_filled', tag: 'mine' });

    await until('it is filled', async () => {
      nextQuote();
      return (await order(placed.id)).status === 'filled';
    });

    expect(await order(placed.id)).toMatchObject({ filledUnits: 2_500, brokerOrderId: placed.brokerOrderId });
    expect((await orders()).map(({ createdBy }: { createdBy: string }) => createdBy)).not.toContain(
      'external',
    );
    await expectAgreement();
  });

  it('is cancelled as far as it is not filled', async () => {
    const placed = (await place({ type: 'limit', price: '1.10020', units: 9_000 })).json();

    await ask('DELETE', `/orders/${placed.id}`);

    expect(await order(placed.id)).toMatchObject({ status: 'cancelled', reasonCode: 'client-request' });
    expect((await simulator.send('GET', '/{A}/pendingOrders')).body['orders']).toEqual([]);
    await expectAgreement();
  });

  it('is replaced as far as it is not filled', async () => {
    const placed = (await place({ type: 'limit', price: '1.10020', units: 9_000 })).json();

    const replaced = (await ask('PATCH', `/orders/${placed.id}`, { price: '1.09000' })).json();

    expect(replaced).toMatchObject({ status: 'accepted', price: '1.09000' });
    expect(await order(placed.id)).toMatchObject({ status: 'cancelled', reasonCode: 'replaced' });
    expect((await simulator.send('GET', '/{A}/pendingOrders')).body['orders']).toHaveLength(1);
    await expectAgreement();
  });

  it('is known after a restart that comes between its fills', async () => {
    const placed = (await place({ type: 'limit', price: '1.10020', units: 2_500 })).json();
    const stored = await server.stores.accounts.find(accountId);
    if (!stored) throw new Error('the account is gone');
    await server.supervisor.restart(stored);

    await until('it is filled', async () => {
      nextQuote();
      return (await order(placed.id)).status === 'filled';
    });

    expect(await order(placed.id)).toMatchObject({ filledUnits: 2_500 });
    await expectAgreement();
  });

  it('is filled with what there was where its rest may not wait', async () => {
    const placed = (await place({ units: 9_000, timeInForce: 'IOC' })).json();

    expect(placed).toMatchObject({ status: 'filled' });
    expect((await order(placed.id)).filledUnits).toBeLessThan(1_001);
    await expectAgreement();
  });
});
