/** Orders at OANDA that fill in part: the whole server in front of a simulator whose market is thin, on a real socket. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { untilTablesFollowLog } from '../support/account-agreement.ts';
import { openTestServer } from '../support/test-server.ts';
import { askerFor } from '../support/trading-client.ts';
import { until } from '../support/until.ts';
import { ACCOUNT, startSimulator, TOKEN } from '../support/v20-simulator.ts';
import type { TestServer } from '../support/test-server.ts';
import type { RunningSimulator } from '../support/v20-simulator.ts';

const DEPTH = { EUR_USD: [{ units: 1_000, pointsWorse: 0 }] };
const PATIENT = { priceSilenceMs: 600_000, transactionSilenceMs: 600_000, clockMs: 20 };

let simulator: RunningSimulator;
let server: TestServer;
let ask: ReturnType<typeof askerFor>;
let accountId: string;

beforeEach(async () => {
  simulator = await startSimulator({}, undefined, DEPTH);
  server = await openTestServer({ oanda: { practiceUrl: simulator.url, times: PATIENT } });
  ask = askerFor(server, await server.addUser());
  const body = { name: 'Practice', environment: 'practice', token: TOKEN, brokerAccountId: ACCOUNT };
  accountId = (await ask('POST', '/accounts', body)).json().id;
  await until('the account has a price', async () => {
    simulator.timers.pass(5_000);
    simulator.market.publish('EUR_USD', 110_000, 110_010 + (simulator.market.marketTime() % 2));
    return (await place({ units: 1 })).statusCode === 201;
  });
});
afterEach(async () => {
  await server.close();
  await simulator[Symbol.asyncDispose]();
});

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
