/** Orders from the signal or the request to what followed. */
import { beforeAll, describe, expect, it } from 'vitest';
import { useServer } from '../support/test-server.ts';
import { addTrader } from '../support/trading-client.ts';
import type { TestTrader } from '../support/trading-client.ts';

const context = useServer();
let trader: TestTrader;

beforeAll(async () => {
  trader = await addTrader(context.server);
});

interface Step {
  readonly step: string;
  readonly marketTime: string | null;
  readonly recordedAt: string | null;
  readonly sincePreviousMs: number | null;
  readonly sequence: number | null;
  readonly requestId: string | null;
  readonly actor: object | null;
  readonly brokerTransactionId: string | null;
  readonly details: Record<string, unknown>;
}

async function timeline(id: string): Promise<{ status: string; steps: Step[] }> {
  const answer = await trader.ask('GET', `/orders/${id}/timeline`);
  if (answer.statusCode !== 200) throw new Error(answer.body);
  return answer.json();
}

const named = ({ steps }: { readonly steps: readonly Step[] }) => steps.map(({ step }) => step);

describe('the timeline of an order', () => {
  it('goes from the request to the fill and the position, with both clocks', async () => {
    const placed = await trader.order({}, { 'x-request-id': 'my-request' });
    const { id } = placed.json();
    const found = await timeline(id);

    expect(named(found)).toEqual([
      'requested',
      'checked',
      'recorded',
      'sent',
      'accepted',
      'filled',
      'position-opened',
    ]);
    const [requested, checked, recorded, , accepted, filled, opened] = found.steps;
    const requestId = placed.headers['x-request-id'];
    expect(requested).toMatchObject({
      requestId,
      actor: { type: 'person', userId: trader.user.id, name: trader.user.username, with: 'session' },
    });
    expect(checked?.details).toMatchObject({ quote: { bid: '1.10000', ask: '1.10010' } });
    expect(recorded).toMatchObject({ requestId, sequence: expect.any(Number) });
    expect(accepted?.brokerTransactionId).toBe(placed.json().brokerOrderId);
    expect(filled).toMatchObject({
      marketTime: placed.json().filledAt,
      details: { units: 1_000, price: '1.10010', openedUnits: 1_000, remainingUnits: 0 },
    });
    expect(opened).toMatchObject({ details: { positionId: placed.json().positionId } });
    const times = found.steps.map(({ recordedAt }) => Date.parse(recordedAt ?? ''));
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(found.steps.slice(1).every(({ sincePreviousMs }) => (sincePreviousMs ?? -1) >= 0)).toBe(true);
  });

  it('of a strategy goes from what it saw to the fill and the position', async () => {
    const { server } = context;
    const { ask, accountId } = await addTrader(server, { hedging: true });
    const strategy = await ask('POST', '/strategies', {
      accountId,
      name: 'Mine',
      strategyType: 'snowball',
      instrument: 'EUR_USD',
      parameters: { granularity: 'M1', emaFast: 2, emaSlow: 5 },
    });
    const { id } = strategy.json();
    await ask('POST', `/strategies/${id}/start`);
    const ordered = async () => (await ask('GET', `/orders?strategyId=${id}&status=filled`)).json().items;
    for (let minute = 0; minute < 60 && (await ordered()).length === 0; minute += 1)
      await server.quote('EUR_USD', 110_000, 110_010, 60_000);
    const [order] = await ordered();
    const { steps } = (await ask('GET', `/orders/${order.id}/timeline`)).json();

    expect(named({ steps })).toEqual([
      'signal',
      'checked',
      'recorded',
      'sent',
      'accepted',
      'filled',
      'position-opened',
    ]);
    const [signal, , recorded, , , filled] = steps;
    expect(signal).toMatchObject({
      marketTime: order.submittedAt,
      requestId: null,
      actor: null,
      details: { type: 'quote', quote: { instrument: 'EUR_USD', bid: '1.10000', ask: '1.10010' } },
    });
    expect(recorded).toMatchObject({ requestId: null, sequence: expect.any(Number) });
    expect(filled).toMatchObject({
      marketTime: order.filledAt,
      details: { units: order.units, price: order.averagePrice },
    });
  });

  it('has why it was denied', async () => {
    const denied = await trader.order({ type: 'limit', price: '1.05', units: 50_000_000 });
    expect(denied.statusCode).toBe(422);
    const [order] = (await trader.ask('GET', '/orders?limit=1')).json().items;
    const found = await timeline(order.id);

    expect(named(found)).toEqual(['requested', 'denied']);
    expect(found.steps[1]?.details).toMatchObject({ code: 'insufficient-margin', facts: {} });
  });

  it('has who cancelled it, and the trade that an order made', async () => {
    const resting = (await trader.order({ type: 'limit', price: '1.05' })).json();
    await trader.ask('DELETE', `/orders/${resting.id}`);
    const cancelled = await timeline(resting.id);
    expect(named(cancelled)).toEqual(['requested', 'checked', 'recorded', 'sent', 'accepted', 'cancelled']);
    expect(cancelled.steps.at(-1)).toMatchObject({
      actor: { type: 'person', name: trader.user.username },
      sequence: expect.any(Number),
      requestId: expect.any(String),
    });

    const opening = (await trader.order()).json();
    const closing = await trader.ask('POST', `/positions/${opening.positionId}/close`);
    const closed = await timeline(closing.json().id);
    expect(named(closed).slice(-2)).toEqual(['filled', 'trade-closed']);
    const [trade] = (await trader.ask('GET', '/trades?limit=1')).json().items;
    expect(closed.steps.at(-1)).toMatchObject({
      marketTime: trade.marketTime,
      details: { tradeId: trade.id, result: trade.result },
    });
    expect(trade.closedAt).toBe(trade.marketTime);
    expect(Math.abs(Date.parse(trade.recordedAt) - Date.now())).toBeLessThan(600_000);
  });

  it('is built from what there is when the journal no longer has it', async () => {
    const { id } = (await trader.order()).json();
    await context.server.database.deleteFrom('events').where('order_id', '=', id).execute();

    expect(named(await timeline(id))).toEqual(['created', 'accepted', 'filled']);
  });

  it("ends with its end, however far the market's clock is from ours", async () => {
    const { id } = (await trader.order({ type: 'limit', price: '1.05' })).json();
    await trader.ask('DELETE', `/orders/${id}`);
    const { database } = context.server;
    await database.deleteFrom('events').where('order_id', '=', id).execute();
    const cancelledAt = new Date('2020-01-02T03:04:05.000Z');
    await database.updateTable('orders').set({ cancelled_at: cancelledAt }).where('id', '=', id).execute();

    const found = await timeline(id);
    expect(named(found)).toEqual(['created', 'accepted', 'cancelled']);
    expect(found.steps.at(-1)?.marketTime).toBe('2020-01-02T03:04:05.000Z');
  });

  it('is not there for an order of another person', async () => {
    const other = await addTrader(context.server);
    const { id } = (await other.order()).json();

    expect((await trader.ask('GET', `/orders/${id}/timeline`)).statusCode).toBe(404);
  });
});

describe('an order that opened a position', () => {
  it('names it, and the position is found by its order', async () => {
    const order = (await trader.order()).json();
    const { items } = (await trader.ask('GET', `/positions?openingOrderId=${order.id}`)).json();

    expect(items).toMatchObject([{ id: order.positionId, openingOrderId: order.id }]);
    const listed = (await trader.ask('GET', '/orders?limit=1')).json().items;
    expect(listed).toMatchObject([{ id: order.id, positionId: order.positionId }]);
  });
});
