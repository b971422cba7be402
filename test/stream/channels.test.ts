/** What each channel sends. */
import { randomUUIDv7 } from 'node:crypto';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  OandaAccountRecord,
  OrderRecord,
  PositionRecord,
  StrategyRecord,
  TradeRecord,
} from '../../src/entities/index.ts';
import { appendToJournal } from '../../src/journal/journal-store.ts';
import { inTransaction } from '../../src/persistence/query-builder.ts';
import { openStreamServer, TestClient } from '../support/stream-server.ts';
import { NOON } from '../support/test-server.ts';
import { until } from '../support/until.ts';
import type { JournalEntry } from '../../src/core/domain/journal-entry.ts';
import type { Frame, StreamServer } from '../support/stream-server.ts';

let server: StreamServer;

beforeAll(async () => {
  server = await openStreamServer({ limits: { socketsPerUser: 1_000 } });
});

afterAll(() => server.close());

function fact(type: string, rest: Partial<JournalEntry> = {}): JournalEntry {
  return { category: 'trading', type, severity: 'info', description: `It was ${type}.`, ...rest };
}

/** Waits until the person's newest entry can be read, and returns it: transactions elsewhere on the database server delay that. */
function readable(userId: string, type: string) {
  return until(`${type} can be read`, async () => {
    const entry = (await server.journal.readAfter(undefined, { userId }, 100_000)).at(-1);
    return entry?.type === type && entry;
  });
}

/** A person with an account and a socket. */
async function arrive() {
  const user = await server.addUser();
  const account = await server.addAccount(user.id);
  const client = await TestClient.signedIn(server, user);
  return { user, accountId: account.id, client };
}

describe('the channel quotes', () => {
  /** A person with an account that runs here. */
  async function arriveTrading() {
    const { user, accountId, client } = await arrive();
    await server.supervisor.adopt(await server.accounts.get(user.id, accountId));
    return { accountId, client };
  }

  it('refuses instruments that do not exist', async () => {
    const { client, accountId } = await arrive();

    const answer = await client.subscribe('quotes', { accountId, instruments: ['EUR_USD', 'EUR_XXX'] });

    expect(answer).toMatchObject({
      type: 'error',
      code: 'invalid-request',
      detail: expect.stringContaining('EUR_XXX'),
    });
    client.socket.close();
  });

  it('sends the newest quote at once, and then each change as decimals, of what was asked for only', async () => {
    const { client, accountId } = await arriveTrading();
    server.hub.publishQuote({ instrument: 'EUR_USD', at: NOON, bid: 108_001, ask: 108_012 });
    server.hub.publishQuote({ instrument: 'USD_JPY', at: NOON, bid: 150_123, ask: 150_137 });

    await client.subscribe('quotes', { accountId, instruments: ['EUR_USD', 'GBP_USD'] });
    const first = await client.next((frame) => frame['type'] === 'data');
    server.hub.publishQuote({ instrument: 'USD_JPY', at: NOON + 1, bid: 150_124, ask: 150_138 });
    server.hub.publishQuote({ instrument: 'GBP_USD', at: NOON + 2, bid: 125_000, ask: 125_010 });
    const second = await client.next((frame) => frame['type'] === 'data', client.frames.indexOf(first) + 1);

    expect(first['data']).toEqual({
      accountId,
      quotes: [{ instrument: 'EUR_USD', at: '2026-03-02T12:00:00.000Z', bid: '1.08001', ask: '1.08012' }],
    });
    expect(second['data']).toEqual({
      accountId,
      quotes: [{ instrument: 'GBP_USD', at: '2026-03-02T12:00:00.002Z', bid: '1.25000', ask: '1.25010' }],
    });
    client.socket.close();
  });

  it('sends only the newest of many prices of a moment', async () => {
    const { client, accountId } = await arriveTrading();
    await client.subscribe('quotes', { accountId, instruments: ['EUR_USD'] });

    for (let step = 1; step <= 1_000; step += 1) {
      server.hub.publishQuote({
        instrument: 'EUR_USD',
        at: NOON + step,
        bid: 109_000 + step,
        ask: 109_010 + step,
      });
    }

    await client.next(({ data }) => data?.quotes?.[0]?.bid === '1.10000');
    expect(client.dataOf('quotes').length).toBeLessThanOrEqual(2);
    client.socket.close();
  });

  it('is silent after its end', async () => {
    const { client, accountId } = await arriveTrading();
    await client.subscribe('quotes', { accountId, instruments: ['EUR_USD'] });
    client.send({ type: 'unsubscribe', channel: 'quotes', accountId });
    await client.next((frame) => frame['type'] === 'unsubscribed');
    const received = client.frames.length;

    server.hub.publishQuote({ instrument: 'EUR_USD', at: NOON + 9_000, bid: 111_000, ask: 111_010 });
    const other = await TestClient.signedIn(server, await server.addUser());
    await other.subscribe('events');

    expect(client.frames.length).toBe(received);
    client.socket.close();
    other.socket.close();
  });
});

describe('the channel account', () => {
  async function addOrder(accountId: string, status: 'accepted' | 'filled') {
    const em = server.orm.em.fork();
    const order = em.create(OrderRecord, {
      account: accountId,
      createdBy: 'person',
      instrument: 'EUR_USD',
      orderType: 'limit',
      side: 'buy',
      units: 1_000,
      price: '1.07000',
      timeInForce: 'GTC',
      status,
    });
    await em.flush();
    return order.id;
  }

  async function addPosition(accountId: string) {
    const em = server.orm.em.fork();
    const position = em.create(PositionRecord, {
      account: accountId,
      brokerTradeId: '7',
      instrument: 'EUR_USD',
      side: 'long',
      initialUnits: 1_000,
      openUnits: 1_000,
      entryPrice: '1.07',
      openedAt: new Date(NOON),
    });
    await em.flush();
    return position.id;
  }

  it('sends what is open first, and then the newest state of what changes, with its number', async () => {
    const { client, accountId, user } = await arrive();
    const resting = await addOrder(accountId, 'accepted');
    await addOrder(accountId, 'filled');

    await client.subscribe('account', { accountId });
    const first = await client.next((frame) => frame['type'] === 'data');
    const positionId = await addPosition(accountId);
    const em = server.orm.em.fork();
    await em.nativeUpdate(OrderRecord, { id: resting }, { status: 'filled', filledUnits: 1_000 });
    await em.nativeUpdate(
      OandaAccountRecord,
      { id: accountId },
      {
        balance: '100000',
        nav: '100000.5',
        marginUsed: '35.6',
        marginAvailable: '99964.9',
        unrealizedPnl: '0.5',
        snapshotAt: new Date(NOON),
      },
    );
    await server.journal.record(
      fact('order-filled', { userId: user.id, accountId, details: { orderId: resting, positionId } }),
    );
    const second = await client.next(({ data }) => data?.kind === 'changes');

    expect(first).toMatchObject({
      channel: 'account',
      data: {
        kind: 'snapshot',
        account: { id: accountId, money: null },
        orders: [{ id: resting, status: 'accepted', price: '1.07000', units: 1_000 }],
        positions: [],
        trades: [],
      },
    });
    expect(second).toMatchObject({
      sequence: expect.any(Number),
      data: {
        account: { money: { balance: '100000.0000', nav: '100000.5000' } },
        orders: [{ id: resting, status: 'filled', filledUnits: 1_000 }],
        positions: [{ id: positionId, side: 'long', entryPrice: '1.07000', openUnits: 1_000 }],
      },
    });
    client.socket.close();
  });

  it('sends trades as they close', async () => {
    const { client, accountId, user } = await arrive();
    const positionId = await addPosition(accountId);
    await client.subscribe('account', { accountId });
    await client.next((frame) => frame['type'] === 'data');
    const em = server.orm.em.fork();
    const trade = em.create(TradeRecord, {
      account: accountId,
      position: positionId,
      brokerTransactionId: 9,
      instrument: 'EUR_USD',
      side: 'long',
      units: 1_000,
      entryPrice: '1.07',
      exitPrice: '1.08',
      realizedPnl: '10',
      financing: '-0.25',
      commission: '0.05',
      exitReason: 'take_profit',
      openedAt: new Date(NOON),
      closedAt: new Date(NOON + 1),
    });
    await em.flush();

    await server.journal.record(
      fact('trade-closed', { userId: user.id, accountId, details: { tradeId: trade.id, positionId } }),
    );

    const frame = await client.next(({ data }) => data?.kind === 'changes');
    expect(frame['data'].trades).toMatchObject([{ id: trade.id, result: '9.7000', exitPrice: '1.08000' }]);
    client.socket.close();
  });

  it('sends the same to each socket that shows the account, and nothing more to one that has ended', async () => {
    const { client, accountId, user } = await arrive();
    const other = await TestClient.signedIn(server, user);
    const isOf = (type: string) => (frame: Frame) => frame['type'] === type;
    for (const socket of [client, other]) {
      await socket.subscribe('account', { accountId });
      await socket.next(isOf('data'));
    }
    const order = await addOrder(accountId, 'accepted');
    const entry = fact('order-accepted', { userId: user.id, accountId, details: { orderId: order } });
    const isChange = ({ data }: Frame) => data?.kind === 'changes';

    await server.journal.record(entry);
    const shown = [await client.next(isChange), await other.next(isChange)];
    other.send({ type: 'unsubscribe', channel: 'account', accountId });
    await other.next(isOf('unsubscribed'));
    const [seen, seenByOther] = [client.frames.length, other.frames.length];
    await server.journal.record(entry);
    await client.next(isChange, seen);

    expect(shown[0]).toMatchObject({ data: { orders: [{ id: order }] } });
    expect(shown[1]).toEqual(shown[0]);
    await other.subscribe('strategies');
    expect(other.frames.slice(seenByOther)).toMatchObject([{ type: 'subscribed' }]);
    for (const { socket } of [client, other]) socket.close();
  });

  it('sends no rows that an entry names but that are of another account', async () => {
    const { client, accountId, user } = await arrive();
    const theirs = await arrive();
    const order = await addOrder(theirs.accountId, 'accepted');
    await client.subscribe('account', { accountId });
    await client.next((frame) => frame['type'] === 'data');

    await server.journal.record(
      fact('order-accepted', { userId: user.id, accountId, details: { orderId: order } }),
    );

    const frame = await client.next(({ data }) => data?.kind === 'changes');
    expect(frame['data'].orders).toEqual([]);
    client.socket.close();
    theirs.client.socket.close();
  });
});

describe('the channel strategies', () => {
  it('sends changes of status of my strategies only', async () => {
    const mine = await arrive();
    const theirs = await arrive();
    const em = server.orm.em.fork();
    const strategies = [mine, theirs].map(({ accountId }) =>
      em.create(StrategyRecord, {
        account: accountId,
        name: 'Crossing',
        strategyType: 'ema_cross',
        parameters: {},
        instrument: 'EUR_USD',
      }),
    );
    await em.flush();
    await mine.client.subscribe('strategies');

    for (const [index, { user, accountId }] of [theirs, mine].entries()) {
      await server.journal.record(
        fact('strategy-running', {
          userId: user.id,
          accountId,
          strategyId: strategies[1 - index]?.id,
          details: { from: 'starting', to: 'running' },
        }),
      );
    }

    expect(await mine.client.next((frame) => frame['type'] === 'data')).toMatchObject({
      channel: 'strategies',
      sequence: expect.any(Number),
      data: {
        strategyId: strategies[0]?.id,
        accountId: mine.accountId,
        status: 'running',
        previousStatus: 'starting',
      },
    });
    mine.client.socket.close();
    theirs.client.socket.close();
  });
});

describe('the channel backtests', () => {
  it('sends the progress of my backtests only', async () => {
    const { client, user } = await arrive();
    await client.subscribe('backtests');
    const backtestId = randomUUIDv7();

    server.showProgress({
      backtestId: randomUUIDv7(),
      userId: randomUUIDv7(),
      status: 'running',
      progress: 0.5,
    });
    server.showProgress({ backtestId, userId: user.id, status: 'running', progress: 0.25 });
    await client.next(({ data }) => data?.progress === 0.25);
    server.showProgress({ backtestId, userId: user.id, status: 'completed', progress: 1 });
    await client.next(({ data }) => data?.status === 'completed');

    expect(client.dataOf('backtests').map((frame) => frame['data'])).toEqual([
      { backtestId, status: 'running', progress: 0.25 },
      { backtestId, status: 'completed', progress: 1 },
    ]);
    client.socket.close();
  });
});

describe('the channel events', () => {
  it('sends what comes from now on when nothing is said about before', async () => {
    const { client, user } = await arrive();
    await server.journal.record(fact('before', { userId: user.id }));
    await readable(user.id, 'before');
    // The journal has delivered it to anyone who was there when a later one arrives.
    const witness = await TestClient.signedIn(server, user);
    await witness.subscribe('events', { after: 0 });
    await witness.next(({ data }) => data?.type === 'before');
    await client.subscribe('events');

    await server.journal.record(fact('after', { userId: user.id }));

    await client.next(({ data }) => data?.type === 'after');
    expect(
      client
        .dataOf('events')
        .map(({ data }) => data.type)
        .filter((type) => type !== 'before'),
    ).toEqual(['after']);
    client.socket.close();
    witness.socket.close();
  });

  it('sends only my entries and those about my accounts, without the addresses of administrators', async () => {
    const { client, user, accountId } = await arrive();
    const other = await server.addUser();
    const [last] = (await server.journal.readAfter(undefined, {}, 100_000)).slice(-1);

    await server.journal.record(
      fact('signed-in', { category: 'security', userId: user.id, ipAddress: '192.0.2.1' }),
    );
    await server.journal.record(fact('theirs', { userId: other.id }));
    await server.journal.record(
      fact('halted', { category: 'admin', userId: other.id, accountId, ipAddress: '192.0.2.99' }),
    );
    await server.journal.record(fact('without-user'));
    await client.subscribe('events', { after: last?.sequence ?? 0 });
    await client.next(({ data }) => data?.type === 'halted');

    expect(client.dataOf('events').map(({ data }) => [data.type, data.ipAddress])).toEqual([
      ['signed-in', '192.0.2.1'],
      ['halted', null],
    ]);
    client.socket.close();
  });

  it("sends everything after a number, more than one page of it, in the journal's order", async () => {
    const { client, user } = await arrive();
    await server.journal.record(fact('first', { userId: user.id }));
    const first = await readable(user.id, 'first');
    const types = Array.from({ length: 1_234 }, (_, index) => `fact-${index}`);
    await inTransaction(server.orm, (db) =>
      appendToJournal(
        db,
        types.map((type) => fact(type, { userId: user.id })),
      ),
    );

    await client.subscribe('events', { after: first.sequence });

    await client.next(({ data }) => data?.type === types.at(-1));
    expect(client.dataOf('events').map(({ data }) => data.type)).toEqual(types);
    client.socket.close();
  });

  it('has no gap and repeats nothing, wherever it is interrupted while several write', async () => {
    const { client: unused, user } = await arrive();
    unused.socket.close();
    let run = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 3, maxLength: 12 }),
        fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 4 }),
        async (transactions, interruptions) => {
          run += 1;
          const expected = transactions.flatMap((size, index) =>
            Array.from({ length: size }, (_, place) => `run${run}-${index}-${place}`),
          );
          const [start] = (await server.journal.readAfter(undefined, { userId: user.id }, 100_000)).slice(-1);
          const writing = Promise.all(
            transactions.map(async (size, index) => {
              await inTransaction(server.orm, async (db) => {
                for (let place = 0; place < size; place += 1) {
                  await appendToJournal(db, [fact(`run${run}-${index}-${place}`, { userId: user.id })]);
                }
              });
              server.journal.wake();
            }),
          );

          const received: { sequence: number; type: string }[] = [];
          for (const count of [...interruptions, Infinity]) {
            if (received.length >= expected.length) break;
            const client = await TestClient.signedIn(server, user);
            const wanted = Math.min(count, expected.length - received.length);
            await client.subscribe('events', { after: received.at(-1)?.sequence ?? start?.sequence ?? 0 });
            let got = 0;
            await client.next((frame) => {
              if (frame['type'] === 'data') got += 1;
              return got >= wanted;
            });
            // The rest was on its way, but this client never saw it.
            received.push(
              ...client
                .dataOf('events')
                .slice(0, wanted)
                .map(({ data }) => data),
            );
            client.socket.terminate();
          }
          await writing;

          expect(received.map(({ type }) => type).sort()).toEqual([...expected].sort());
          const recorded = await server.journal.readAfter(start?.sequence, { userId: user.id }, 100_000);
          expect(received.map(({ sequence }) => sequence)).toEqual(recorded.map(({ sequence }) => sequence));
        },
      ),
      { numRuns: 25 },
    );
  });
});
