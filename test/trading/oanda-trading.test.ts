/** A person trades an account at OANDA: the whole server in front of the simulator, on a real socket. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Problem } from '../../src/core/shared/problem.ts';
import { untilTablesFollowLog } from '../support/account-agreement.ts';
import { useOandaServer } from '../support/oanda-server.ts';
import { until } from '../support/until.ts';
import type { OandaServer } from '../support/oanda-server.ts';

const SINCE = { method: 'GET', path: '/transactions/sinceid' } as const;

const openOanda = useOandaServer();
let whole: OandaServer;
let simulator: OandaServer['simulator'];
let server: OandaServer['server'];
let ask: OandaServer['ask'];
let quote: OandaServer['quote'];
let accountId: string;

beforeEach(async () => {
  whole = await openOanda();
  ({ simulator, server, ask, quote } = whole);
});
afterEach(() => whole[Symbol.asyncDispose]());

async function connect(): Promise<void> {
  accountId = await whole.connect();
}

const market = (body: object = {}) => ({
  accountId,
  instrument: 'EUR_USD',
  type: 'market',
  side: 'buy',
  units: 1_000,
  ...body,
});

const positions = async () => (await ask('GET', `/positions?accountId=${accountId}&open=true`)).json().items;
const order = async (id: string) => (await ask('GET', `/orders/${id}`)).json();
const atBroker = async () => (await simulator.send('GET', '/{A}')).body['account'];

async function expectAgreement(): Promise<void> {
  await until("the account is the broker's", async () => {
    const stated = await atBroker();
    const account = (await ask('GET', `/accounts/${accountId}`)).json();
    return Number(account.money.balance) === Number(stated?.['balance']) && account.status === 'trading';
  });
  await untilTablesFollowLog(server.stores, accountId);
}

describe('an account at OANDA', () => {
  it('trades gold in tenths of an ounce, and is flat when they are sold', async () => {
    await connect();
    await quote(2_400_000, 'XAU_USD');
    const gold = (side: string, units: number) =>
      ask('POST', '/orders', market({ instrument: 'XAU_USD', side, units }));

    expect((await gold('buy', 0.1)).json()).toMatchObject({ status: 'filled', filledUnits: 0.1 });
    expect((await gold('buy', 0.2)).json()).toMatchObject({ status: 'filled', filledUnits: 0.2 });
    expect((await atBroker())?.['positions']?.[0]).toMatchObject({ long: { units: '0.3' } });
    const opened = (await positions()).map(({ openUnits }: { openUnits: number }) => openUnits);
    expect(opened.toSorted()).toEqual([0.1, 0.2]);
    await expectAgreement();

    expect((await gold('sell', 0.3)).json()).toMatchObject({ status: 'filled', filledUnits: 0.3 });
    expect(await positions()).toEqual([]);
    expect(await atBroker()).toMatchObject({ openTradeCount: 0 });
    await expectAgreement();
  });

  it('is connected, trades a position with its protection, and ends it', async () => {
    await connect();
    const placed = await ask(
      'POST',
      '/orders',
      market({ takeProfit: '1.11000', stopLoss: '1.09000', tag: 'mine' }),
    );

    expect(placed.json()).toMatchObject({ status: 'filled', averagePrice: '1.10010', tag: 'mine' });
    const [position] = await positions();
    expect(position).toMatchObject({
      side: 'long',
      openUnits: 1_000,
      takeProfit: '1.11000',
      stopLoss: '1.09000',
    });

    const changed = await ask('PATCH', `/positions/${position.id}`, {
      stopLoss: '1.09500',
      takeProfit: null,
    });
    expect(changed.json()).toMatchObject({ stopLoss: '1.09500', takeProfit: null });
    await quote(110_100);
    const closed = await ask('POST', `/positions/${position.id}/close`, { units: 400 });
    expect(closed.statusCode).toBeLessThan(300);
    await until('a part is closed', async () => (await positions())[0]?.openUnits === 600);
    await ask('POST', `/positions/${position.id}/close`, {});
    await until('all is closed', async () => (await positions()).length === 0);

    const orders = (await ask('GET', `/orders?accountId=${accountId}`)).json().items;
    expect(orders.filter(({ status }: { status: string }) => status === 'submitted')).toEqual([]);
    expect(orders.filter(({ createdBy }: { createdBy: string }) => createdBy === 'external')).toEqual([]);
    await expectAgreement();
  });

  it('shows what the broker does by itself: a stop loss that fills', async () => {
    await connect();
    await ask('POST', '/orders', market({ stopLoss: '1.09000' }));
    await quote(108_900);
    await until('the position is closed', async () => (await positions()).length === 0);

    const [trade] = (await ask('GET', `/trades?accountId=${accountId}`)).json().items;
    expect(trade).toMatchObject({ exitReason: 'stop_loss', exitPrice: '1.08900' });
    await expectAgreement();
  });

  it('replaces and cancels an order that waits', async () => {
    await connect();
    const placed = await ask('POST', '/orders', market({ type: 'limit', price: '1.09000' }));
    expect(placed.json()).toMatchObject({ status: 'accepted' });
    const replaced = await ask('PATCH', `/orders/${placed.json().id}`, { price: '1.09100' });
    expect(replaced.json()).toMatchObject({ status: 'accepted', price: '1.09100' });
    expect(await order(placed.json().id)).toMatchObject({ status: 'cancelled', reasonCode: 'replaced' });
    const { headers } = await ask('DELETE', `/orders/${replaced.json().id}`);

    expect(await order(replaced.json().id)).toMatchObject({
      status: 'cancelled',
      reasonCode: 'client-request',
    });
    const { steps } = (await ask('GET', `/orders/${replaced.json().id}/timeline`)).json();
    expect(steps).toContainEqual(
      expect.objectContaining({
        requestId: headers['x-request-id'],
        actor: expect.objectContaining({ type: 'person' }),
      }),
    );
    await expectAgreement();
  });

  it('shows what a person does at the broker as external', async () => {
    await connect();
    const body = { order: { type: 'MARKET', instrument: 'EUR_USD', units: '-70', timeInForce: 'FOK' } };
    await simulator.send('POST', '/{A}/orders', body);
    const [position] = await until('the position shows', async () => {
      const open = await positions();
      return open.length > 0 && open;
    });

    expect(position).toMatchObject({ side: 'short', openUnits: 70, external: true });
    await expectAgreement();
  });

  it("starts a strategy on OANDA's history", async () => {
    for (let minute = 0; minute < 5; minute += 1)
      simulator.market.publish('EUR_USD', 110_000, 110_010, simulator.market.marketTime() + 60_000);
    await connect();
    const strategy = {
      accountId,
      name: 'Cross',
      strategyType: 'ema_cross',
      instrument: 'EUR_USD',
      parameters: { granularity: 'M1', fast: 1, slow: 2 },
    };
    const { id } = (await ask('POST', '/strategies', strategy)).json();
    await ask('POST', `/strategies/${id}/start`);

    const { status, warmUp } = (await ask('GET', `/strategies/${id}`)).json();
    expect(status).toBe('running');
    // It has seen all that it needs, before any candle came.
    expect(warmUp).toBeNull();
  });

  it.each(['broker-log-behind', 'broker-transaction-unreadable', 'internal-error'] as const)(
    'says so when its log cannot be read for the reason %s, and is tried again later',
    async (type) => {
      await connect();
      const stored = await server.stores.accounts.find(accountId);
      let reads = 0;
      server.wire.through = (broker) => {
        broker.transactionsSince = () => {
          reads += 1;
          return Promise.reject(new Problem(type, 'The log cannot be read.'));
        };
        return broker;
      };
      if (stored) await server.supervisor.restart(stored);

      expect((await ask('GET', `/accounts/${accountId}`)).json()).toMatchObject({
        status: 'error',
        statusCode: type,
        statusReason: 'The log cannot be read.',
      });
      expect(reads).toBe(1);
    },
  );

  it('sends nothing twice when an answer is lost, and finds out from the log', async () => {
    await connect();
    await fault({ fault: 'answer-lost', method: 'POST', path: '/orders', count: 1 });
    const placed = await ask('POST', '/orders', market());

    await until('the order is known', async () => (await order(placed.json().id)).status === 'filled');
    expect(await positions()).toHaveLength(1);
    await expectAgreement();
  });

  it.each([
    ['is refused falsely', { fault: 'status', status: 404, ...SINCE, count: 2 }],
    ['is refused as if the token were wrong', { fault: 'status', status: 401, ...SINCE, count: 2 }],
    ['is cut short', { fault: 'sinceid-truncated', ...SINCE, transactions: 0, count: 2 }],
  ])('trades although what it reads %s', async (_what, reads) => {
    await connect();
    await fault(reads);
    // Its stop loss is named by the answer and read from the log.
    const placed = await ask('POST', '/orders', market({ stopLoss: '1.09000' }));

    expect(placed.json()).toMatchObject({ status: 'filled' });
    expect(await happened()).toBe(2);
    await expectAgreement();
    await expect.poll(journalled).toContain('order-filled');
    expect(await journalled()).not.toContain('account-error');
  });

  it('knows that an order which never arrived did not', async () => {
    await connect();
    await fault({ fault: 'request-lost', method: 'POST', path: '/orders', count: 1 });
    const placed = await ask('POST', '/orders', market());

    const end = await until('the order is known', async () => {
      const shown = await order(placed.json().id);
      return shown.status !== 'submitted' && shown;
    });
    expect(end).toMatchObject({ status: 'rejected', reasonCode: 'not-received' });
    expect(await positions()).toEqual([]);
    await expectAgreement();
  });

  it('takes a close for that close, and not for one that never arrived, after a restart too', async () => {
    await connect();
    await ask('POST', '/orders', market());
    const [{ id: positionId }] = await positions();
    const close = () => ask('POST', `/positions/${positionId}/close`);
    await fault({ fault: 'request-lost', method: 'PUT', path: '/trades/*/close', count: 1 });
    const lost = (await close()).json();
    await until(
      'it is known that it never arrived',
      async () => (await order(lost.id)).status === 'rejected',
    );
    const stored = await server.stores.accounts.find(accountId);
    if (stored) await server.supervisor.restart(stored);

    const closed = (await close()).json();

    await until('the close is known', async () => (await order(closed.id)).status === 'filled');
    expect(await order(lost.id)).toMatchObject({ status: 'rejected', reasonCode: 'not-received' });
    expect(await positions()).toEqual([]);
    await expectAgreement();
  });
});

async function fault(body: object): Promise<void> {
  const answer = await fetch(`${simulator.url}/simulator/faults`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(await answer.text());
}

async function happened(): Promise<number | undefined> {
  const answer = await fetch(`${simulator.url}/simulator/faults`);
  const { faults } = (await answer.json()) as { faults: { happened: number }[] };
  return faults[0]?.happened;
}

const journalled = async () =>
  (await ask('GET', `/events?accountId=${accountId}`)).json().items.map(({ type }: { type: string }) => type);
