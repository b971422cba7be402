/** All orders of an account cancelled, or all of its positions closed, by one request. */
import { randomUUIDv7 } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { BROKER_PATIENCE } from '../../src/trading/broker-patience.ts';
import { useServer } from '../support/test-server.ts';
import { addTrader } from '../support/trading-client.ts';
import type { TestTrader } from '../support/trading-client.ts';

const context = useServer();

interface Item {
  readonly id: string;
  readonly status: number;
  readonly order?: { readonly id: string; readonly status: string; readonly positionId: string };
  readonly problem?: { readonly code: string };
}

const outcomes = (items: readonly Item[]) =>
  items.map(({ id, status, order, problem }) => [id, status, order?.status ?? problem?.code]);

const statusesOf = async ({ ask, accountId }: TestTrader) =>
  (await ask('GET', `/orders?accountId=${accountId}`))
    .json()
    .items.map((order: Item['order']) => order?.status);

const openPositions = async ({ ask, accountId }: TestTrader): Promise<Item[]> =>
  (await ask('GET', `/positions?accountId=${accountId}&open=true`)).json().items;

/** A trader whose requests to the broker are counted, and of whose closes the first never arrive, so many as `lost` says. */
async function addWatched({ lost = 0 } = {}) {
  const { server } = context;
  const sent = { closes: [] as number[], cancels: 0 };
  server.wire.through = (broker) => {
    const close = broker.closePosition.bind(broker);
    const cancel = broker.cancelOrder.bind(broker);
    broker.closePosition = async (request) => {
      sent.closes.push(request.brokerPositionId);
      return sent.closes.length > lost ? close(request) : new Promise(() => undefined);
    };
    broker.cancelOrder = async (...request) => {
      sent.cancels += 1;
      return cancel(...request);
    };
    return broker;
  };
  try {
    return { ...(await addTrader(server)), sent };
  } finally {
    server.wire.through = (broker) => broker;
  }
}

describe('cancelling every order of an account', () => {
  it('cancels its entries and leaves what protects positions, and says what became of each', async () => {
    const trader = await addWatched();
    const { ask, accountId, order } = trader;
    await order({ stopLoss: '1.05' });
    const first = (await order({ type: 'limit', price: '1.05' })).json();
    const second = (await order({ type: 'stop', price: '1.2' })).json();
    const other = await addTrader(context.server);
    await other.order({ type: 'limit', price: '1.05' });

    const answer = await ask('POST', `/accounts/${accountId}/cancel-orders`);

    expect(answer.statusCode).toBe(207);
    expect(outcomes(answer.json().items)).toEqual([
      [first.id, 200, 'cancelled'],
      [second.id, 200, 'cancelled'],
    ]);
    expect((await statusesOf(trader)).toSorted()).toEqual(['accepted', 'cancelled', 'cancelled', 'filled']);
    expect(await statusesOf(other)).toEqual(['accepted']);
  });

  it('answers with nothing when there is nothing', async () => {
    const { ask, accountId } = await addTrader(context.server);

    const answer = await ask('POST', `/accounts/${accountId}/cancel-orders`);

    expect([answer.statusCode, answer.json()]).toEqual([207, { items: [] }]);
  });

  it('is answered the same under the same key, and cancels nothing that was placed since', async () => {
    const trader = await addWatched();
    const { ask, accountId, order, sent } = trader;
    await order({ type: 'limit', price: '1.05' });
    const cancelAll = () =>
      ask('POST', `/accounts/${accountId}/cancel-orders`, undefined, {
        headers: { 'idempotency-key': 'all' },
      });

    const first = await cancelAll();
    await order({ type: 'limit', price: '1.04' });
    const second = await cancelAll();

    expect(second.body).toBe(first.body);
    expect(sent.cancels).toBe(1);
    expect((await statusesOf(trader)).toSorted()).toEqual(['accepted', 'cancelled']);
  });
});

describe('closing every position of an account', () => {
  it('closes each with an order of its own, the oldest first', async () => {
    const trader = await addWatched();
    const { ask, accountId, order, sent } = trader;
    await order();
    await context.server.quote('EUR_USD', 110_000, 110_010);
    await order({ units: 2_000 });
    const [newer, older] = await openPositions(trader);

    const answer = await ask('POST', `/accounts/${accountId}/close-positions`);

    expect(answer.statusCode).toBe(207);
    const items: Item[] = answer.json().items;
    expect(outcomes(items)).toEqual([
      [older?.id, 201, 'filled'],
      [newer?.id, 201, 'filled'],
    ]);
    expect(items.map((item) => item.order?.positionId)).toEqual([older?.id, newer?.id]);
    expect(sent.closes).toEqual(sent.closes.toSorted((one, other) => one - other));
    expect(await openPositions(trader)).toEqual([]);
  });

  it('says why one is refused, with the problem that it would have alone, and closes the others', async () => {
    const { server } = context;
    const trader = await addWatched({ lost: 1 });
    const { ask, accountId, order } = trader;
    await order();
    await server.quote('EUR_USD', 110_000, 110_010);
    await order({ units: 2_000 });
    const [newer, older] = await openPositions(trader);
    Object.assign(server.patience, { personMs: 1, stopMs: 1 });
    await ask('POST', `/positions/${older?.id}/close`);
    Object.assign(server.patience, { personMs: BROKER_PATIENCE.personMs });

    const answer = await ask('POST', `/accounts/${accountId}/close-positions`);

    expect(answer.statusCode).toBe(207);
    expect(outcomes(answer.json().items)).toEqual([
      [older?.id, 422, 'close-in-progress'],
      [newer?.id, 201, 'filled'],
    ]);
    expect(answer.json().items[0].problem).toMatchObject({
      type: '/problems/order-denied',
      status: 422,
      instance: `/api/v1/positions/${older?.id}/close`,
      requestId: answer.headers['x-request-id'],
    });
    expect((await openPositions(trader)).map(({ id }) => id)).toEqual([older?.id]);
  });

  it('is answered the same under the same key, and sends nothing twice', async () => {
    const trader = await addWatched();
    const { ask, accountId, order, sent } = trader;
    await order();
    const closeAll = () =>
      ask('POST', `/accounts/${accountId}/close-positions`, undefined, {
        headers: { 'idempotency-key': 'all' },
      });

    const first = await closeAll();
    await order();
    const second = await closeAll();

    expect(second.body).toBe(first.body);
    expect(second.headers['idempotent-replayed']).toBe('true');
    expect(sent.closes).toHaveLength(1);
    expect(await openPositions(trader)).toHaveLength(1);
  });

  it('sends nothing twice when the first attempt was cut off after it had sent', async () => {
    const { server } = context;
    const trader = await addWatched({ lost: 1 });
    const { user, accountId, order, sent } = trader;
    await order();
    const request = { id: randomUUIDv7(), userId: user.id, accountId };
    Object.assign(server.patience, { personMs: 1, stopMs: 1 });
    const [first] = await server.orderDesk.closeAll(request);
    const [second] = await server.orderDesk.closeAll(request);
    Object.assign(server.patience, { personMs: BROKER_PATIENCE.personMs });

    const closing = { status: 'fulfilled', value: { status: 'submitted' } };
    expect([first, second]).toMatchObject([{ result: closing }, { result: closing }]);
    expect(second?.id).toBe(first?.id);
    expect(sent.closes).toHaveLength(1);
  });
});

describe('a request about everything of an account', () => {
  it.each(['cancel-orders', 'close-positions'])(
    'is refused as a whole when the account is not run: %s',
    async (what) => {
      const { server } = context;
      const { ask, accountId } = await addTrader(server);
      await server.supervisor.dismiss(accountId);

      const answer = await ask('POST', `/accounts/${accountId}/${what}`);

      expect(answer.statusCode).toBe(503);
      expect(answer.json()).toMatchObject({ type: '/problems/account-not-trading' });
    },
  );

  it.each(['cancel-orders', 'close-positions'])("is not found for another's account: %s", async (what) => {
    const [owner, stranger] = [await addTrader(context.server), await addTrader(context.server)];
    await owner.order({ type: 'limit', price: '1.05' });

    const answer = await stranger.ask('POST', `/accounts/${owner.accountId}/${what}`);

    expect(answer.json()).toMatchObject({ type: '/problems/not-found' });
    expect(await statusesOf(owner)).toEqual(['accepted']);
  });
});
