/** An account's prices are read and printed with what its own broker offers, while it runs and afterwards. */
import { beforeEach, describe, expect, it } from 'vitest';
import { Instruments } from '../../src/core/domain/instruments.ts';
import { PAPER_INSTRUMENTS } from '../../src/core/domain/paper-instruments.ts';
import { checkAccount } from '../../src/trading/accounts/verify-account.ts';
import { TestClient } from '../support/stream-server.ts';
import { useServer } from '../support/test-server.ts';
import { addTrader } from '../support/trading-client.ts';
import { WrittenBroker } from '../support/written-broker.ts';
import type { TestTrader } from '../support/trading-client.ts';

const EUR_USD = PAPER_INSTRUMENTS.named('EUR_USD');
/** An index that no paper account has, with one decimal. */
const INDEX = { ...EUR_USD, name: 'DE30_EUR', base: 'DE30', quote: 'EUR', pricePrecision: 1, pipLocation: 0 };
/** One decimal more than on paper. */
const FINE_EUR_USD = { ...EUR_USD, pricePrecision: 6 };
const OFFERED = new Instruments([FINE_EUR_USD, INDEX]);

const context = useServer();
let trader: TestTrader;
let broker: WrittenBroker;

async function openAccount(offered: Instruments): Promise<void> {
  const { server } = context;
  server.wire.through = (paper) => {
    broker = new WrittenBroker(paper, () => server.market.now, offered);
    broker.open();
    return broker;
  };
  trader = await addTrader(server);
  server.wire.through = (paper) => paper;
}

beforeEach(() => openAccount(OFFERED));

/** The broker's log has a lot of the index, half of it closed again, and an order that rests. */
async function trade(): Promise<void> {
  const order = broker.order({ instrument: 'DE30_EUR' });
  const opened = broker.writeFill({
    orderId: order.id,
    instrument: 'DE30_EUR',
    units: 1_000,
    price: 180_005,
  });
  const close = broker.order({ instrument: 'DE30_EUR', side: 'sell', units: 500 });
  const closed = broker.writeFill({
    orderId: close.id,
    instrument: 'DE30_EUR',
    side: 'sell',
    units: 500,
    price: 180_015,
    openedUnits: 0,
    closed: [
      {
        brokerPositionId: opened.id,
        units: 500,
        realizedPnl: 0,
        financing: 0,
        conversionCost: 0,
      },
    ],
  });
  const resting = broker.order({
    instrument: 'EUR_USD',
    orderType: 'limit',
    price: 1_095_001,
    timeInForce: 'GTC',
  });
  broker.show(order, opened, close, closed, resting);
  await context.server.supervisor.settled();
}

const items = async (path: string) =>
  (await trader.ask('GET', `${path}?accountId=${trader.accountId}`)).json().items;

interface Numbered {
  readonly brokerOrderId: string;
}

async function expectOwnPrices(): Promise<void> {
  const orders: Numbered[] = await items('/orders');
  const inOrder = orders.toSorted((a, b) => Number(a.brokerOrderId) - Number(b.brokerOrderId));
  expect(inOrder).toMatchObject([
    { instrument: 'DE30_EUR', averagePrice: '18000.5' },
    { instrument: 'DE30_EUR', averagePrice: '18001.5' },
    { instrument: 'EUR_USD', price: '1.095001' },
  ]);
  expect(await items('/positions')).toMatchObject([{ entryPrice: '18000.5' }]);
  expect(await items('/trades')).toMatchObject([{ entryPrice: '18000.5', exitPrice: '18001.5' }]);
}

describe("an account's own instruments", () => {
  it('print its orders, positions, trades and journal', async () => {
    await trade();

    await expectOwnPrices();
    expect(await items('/net-positions')).toMatchObject([{ averagePrice: '18000.5' }]);
    // The journal is read below the oldest transaction of the whole PostgreSQL, which other tests share.
    const descriptions = async (): Promise<readonly string[]> =>
      (await items('/events')).map(({ description }: { description: string }) => description);
    await expect.poll(descriptions).toContain('long 1000 DE30_EUR opened at 18000.5');
    expect((await checkAccount(context.server.stores, trader.accountId)).differences).toEqual([]);
  });

  it('print them when it does not run, and are still offered', async () => {
    await trade();
    await context.server.supervisor.dismiss(trader.accountId);

    await expectOwnPrices();
    const offered = await items('/instruments');
    expect(offered.map(({ name }: { name: string }) => name)).toEqual(['DE30_EUR', 'EUR_USD']);
  });

  it('print them on the channel of the account', async () => {
    await trade();
    const url = `ws://${await context.server.listen()}/ws`;
    const client = await TestClient.signedIn({ url }, trader.user);
    await client.subscribe('account', { accountId: trader.accountId });

    const { data } = await client.next(({ type }) => type === 'data');

    expect(data).toMatchObject({
      orders: [{ price: '1.095001' }],
      positions: [{ entryPrice: '18000.5' }],
    });
    client.socket.terminate();
  });

  it('read what a person asks for', async () => {
    broker.answer = (clientOrderId, terms = neverAsked()) => ({
      outcome: 'answered',
      transactions: [broker.order(terms, clientOrderId)],
    });

    const placed = await trader.order({ type: 'limit', price: '1.095001', stopLossDistance: '0.000500' });

    expect(placed.json()).toMatchObject({ status: 'accepted', price: '1.095001' });
    expect(placed.json()).toMatchObject({ stopLossDistance: '0.000500' });
    const moved = await trader.ask('PATCH', `/orders/${placed.json().id}`, { price: '1.095002' });
    expect(moved.json()).toMatchObject({ price: '1.095002' });
  });

  it('refuse what they do not have, by the name of the field', async () => {
    const order = await trader.order({ instrument: 'USD_JPY' });
    const limits = await trader.ask('PATCH', `/accounts/${trader.accountId}`, {
      limits: { allowedInstruments: ['DE30_EUR', 'USD_JPY'] },
    });
    const strategy = await trader.ask('POST', '/strategies', {
      accountId: trader.accountId,
      name: 'Yen',
      strategyType: 'ema_cross',
      instrument: 'USD_JPY',
      parameters: {},
    });
    const preview = await trader.ask('POST', '/orders/preview', {
      accountId: trader.accountId,
      instrument: 'USD_JPY',
      side: 'buy',
      type: 'market',
      units: 1_000,
    });
    const digits = await trader.order({ instrument: 'DE30_EUR', type: 'limit', price: '18000.55' });

    const answers = [order, limits, strategy, digits, preview];
    for (const answer of [order, limits, strategy, preview])
      expect(answer.json().errors[0].detail).toMatch(/instruments, with \?accountId=.*there is no USD_JPY/);
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([400, 400, 400, 400, 400]);
    expect(answers.map((answer) => answer.json().errors[0].pointer)).toEqual([
      '/instrument',
      '/limits/allowedInstruments/1',
      '/instrument',
      '/price',
      '/instrument',
    ]);
  });
});

describe('a strategy whose instrument the account lacks', () => {
  it('is refused at its start, and says which instrument and where the list is', async () => {
    const made = await trader.ask('POST', '/strategies', {
      accountId: trader.accountId,
      name: 'Gone',
      strategyType: 'ema_cross',
      instrument: 'EUR_USD',
      parameters: { granularity: 'M1', fast: 1, slow: 2 },
    });
    const { id } = made.json();
    // The broker offered it when the strategy was made.
    await context.server.database
      .updateTable('strategies')
      .set({ instrument: 'USD_JPY' })
      .where('id', '=', id)
      .execute();

    const started = await trader.ask('POST', `/strategies/${id}/start`);

    expect(started.statusCode).toBe(409);
    const reason = /does not have the instrument USD_JPY: GET \/instruments with its accountId/;
    expect(started.json().detail).toMatch(reason);
    expect((await trader.ask('GET', `/strategies/${id}`)).json()).toMatchObject({
      status: 'failed',
      statusReason: expect.stringMatching(reason),
    });
  });
});

function neverAsked(): never {
  throw new Error('a close was asked for, an order was wanted');
}

describe('instruments that the broker states again', () => {
  const learn = (instruments: Instruments) =>
    context.server.stores.accountInstruments.learn(trader.accountId, instruments);
  const offered = async () => (await context.server.stores.accountInstruments.find(trader.accountId)).list;

  it('have their newest terms', async () => {
    await learn(new Instruments([{ ...FINE_EUR_USD, marginRate: 0.5 }, INDEX]));

    expect((await offered()).map(({ marginRate }) => marginRate)).toEqual([INDEX.marginRate, 0.5]);
  });

  it('are offered no more when they are missing, and old rows are still printed with them', async () => {
    await trade();

    await learn(new Instruments([FINE_EUR_USD]));

    expect((await offered()).map(({ name }) => name)).toEqual(['EUR_USD']);
    await expectOwnPrices();
  });

  it('are refused with another number of digits, because the log counts in points', async () => {
    const other = new Instruments([{ ...FINE_EUR_USD, pricePrecision: 5 }, INDEX]);

    await expect(learn(other)).rejects.toThrow(/prices of EUR_USD with 6 decimal places were expected/);
    expect((await offered()).map(({ pricePrecision }) => pricePrecision)).toEqual([1, 6]);
  });
});
