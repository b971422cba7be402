/** What people ask for is taken before what waits in an account's mailbox: nothing that waits makes it wrong. */

import { randomUUIDv7 } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { openPlainConnection } from '../../src/migrator/run/connect/plain-connection.ts';
import { checkAccount } from '../../src/trading/accounts/verify-account.ts';
import { useServer } from '../support/test-server.ts';
import { addTrader } from '../support/trading-client.ts';
import type { LiveAccount } from '../../src/trading/live-account.ts';

const context = useServer();

beforeAll(() => context.server.supervisor.start());

/** A person whose account has a position with a stop. */
async function addTraded(limits: object = {}) {
  const trader = await addTrader(context.server, { limits });
  expect((await trader.order({ stopLoss: '1.09900' })).json()).toMatchObject({ status: 'filled' });
  const [position] = await openPositions(trader);
  return { ...trader, position, live: context.server.supervisor.accountOf(trader.accountId) };
}

type Traded = Awaited<ReturnType<typeof addTraded>>;

interface OpenPosition {
  readonly id: string;
  readonly broker_trade_id: string;
}

function openPositions({ accountId }: { readonly accountId: string }): Promise<OpenPosition[]> {
  return context.server.orm.em
    .getConnection()
    .execute(
      `select id, broker_trade_id from positions where account_id = '${accountId}' and open_units > 0`,
    );
}

/** Holds up what the account's broker reports, which no person waits for, while `bring` brings what waits and `ask` asks for something. */
async function askMeanwhile<T>(
  { live }: Pick<Traded, 'live'>,
  bring: () => void,
  ask: (live: LiveAccount) => Promise<T>,
): Promise<T> {
  const { server } = context;
  await server.supervisor.settled();
  const locking = openPlainConnection(server.databaseUrl, 'test');
  await locking.query('begin');
  await locking.query(`select from oanda_accounts where id = '${live.accountId}' for no key update`);
  // No instrument has a lower margin rate, so it changes nothing.
  const reported = live.setMarginRate(0.0001);
  expect(live.isIdle).toBe(false);
  bring();
  const asked = ask(live);
  await locking.query('commit');
  await locking.close();
  const [outcome] = await Promise.all([asked, reported]);
  await server.supervisor.settled();
  return outcome;
}

function quote(bid: number, ask: number): void {
  const { hub, market } = context.server;
  market.now += 1_000;
  hub.publishQuote({ instrument: 'EUR_USD', at: market.now, bid, ask });
}

function passSecond(): void {
  const { hub, market } = context.server;
  market.now += 1_000;
  hub.publishClock(market.now, market.now);
}

const buy = ({ requests }: LiveAccount, units: number) =>
  requests.place({
    id: randomUUIDv7(),
    terms: { instrument: 'EUR_USD', orderType: 'market', side: 'buy', units, timeInForce: 'FOK' },
  }).outcome;

describe('a request that is taken before prices that wait', () => {
  it('opens what is not valued at those that came before the newest', async () => {
    const trader = await addTraded({ maxDailyLoss: '500' });
    const dip = (): void => {
      quote(109_950, 109_960);
      quote(110_000, 110_010);
    };

    const { type } = await askMeanwhile(trader, dip, (live) => buy(live, 1_000_000));

    expect(type).toBe('done');
    expect((await trader.ask('GET', `/accounts/${trader.accountId}`)).json()).toMatchObject({
      status: 'trading',
    });
  });

  it('is judged by the newest', async () => {
    const trader = await addTraded({ maxSpreadPips: '3' });

    const outcome = await askMeanwhile(
      trader,
      () => quote(110_000, 110_500),
      (live) => buy(live, 1),
    );

    expect(outcome).toMatchObject({ type: 'denied', denial: { code: 'spread-too-wide' } });
  });

  it('is judged by the newest where they were left out until then', async () => {
    const trader = await addTraded({ maxSpreadPips: '3' });
    await trader.ask('POST', `/positions/${trader.position?.id}/close`, {});
    passSecond();
    const leftOut = (): void => {
      quote(110_000, 110_500);
      passSecond();
    };

    const outcome = await askMeanwhile(trader, leftOut, (live) => buy(live, 1));

    expect(outcome).toMatchObject({ type: 'denied', denial: { code: 'spread-too-wide' } });
  });

  it('kills what they filled', async () => {
    const trader = await addTraded();
    const { accountId, ask } = trader;
    for (const price of ['1.09900', '1.09000'])
      expect((await trader.order({ type: 'limit', price })).json()).toMatchObject({ status: 'accepted' });

    const isFlat = await askMeanwhile(
      trader,
      () => quote(109_700, 109_710),
      (live) => live.kill(10_000),
    );

    expect(isFlat).toBe(true);
    expect(await openPositions(trader)).toEqual([]);
    const orders = (await ask('GET', `/orders?accountId=${accountId}`)).json().items;
    expect(orders).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ type: 'limit', price: '1.09900', status: 'filled' }),
        expect.objectContaining({ type: 'limit', price: '1.09000', status: 'cancelled' }),
      ]),
    );
    expect((await checkAccount(context.server.stores, accountId)).differences).toEqual([]);
  });

  it('closes nothing that they closed', async () => {
    const trader = await addTraded();
    const id = randomUUIDv7();
    const brokerPositionId = Number(trader.position?.broker_trade_id);

    const outcome = await askMeanwhile(
      trader,
      () => quote(109_700, 109_710),
      (live) => live.requests.closePosition({ id, brokerPositionId }).outcome,
    );

    expect(outcome).toMatchObject({
      type: 'done',
      order: { status: 'rejected', reasonCode: 'position-unknown' },
    });
    expect(await openPositions(trader)).toEqual([]);
    expect((await checkAccount(context.server.stores, trader.accountId)).differences).toEqual([]);
  });
});

/** A person whose strategy buys at the end of the minute, unless the price falls before. */
async function addAboutToBuy() {
  const { server } = context;
  const trader = await addTrader(server);
  const live = server.supervisor.accountOf(trader.accountId);
  const created = await trader.ask('POST', '/strategies', {
    accountId: trader.accountId,
    name: 'Crossing',
    strategyType: 'ema_cross',
    instrument: 'EUR_USD',
    parameters: { granularity: 'M1', fast: 1, slow: 2, units: 1_000 },
  });
  const id: string = created.json().id;
  expect((await trader.ask('POST', `/strategies/${id}/start`)).json()).toMatchObject({ status: 'running' });
  for (const bid of [110_000, 109_900, 109_800, 109_700, 109_600]) endMinute(bid);
  await server.supervisor.settled();
  const stored = await server.stores.strategies.find(id);
  if (!stored) throw new Error(`no strategy ${id}`);
  const orders = async () => (await trader.ask('GET', `/orders?strategyId=${id}`)).json().items;
  expect(await orders()).toEqual([]);
  return { ...trader, live, stored, orders };
}

function endMinute(bid: number): void {
  const { hub, market } = context.server;
  quote(bid, bid + 10);
  market.now = (Math.floor(market.now / 60_000) + 1) * 60_000;
  hub.publishClock(market.now, market.now);
}

describe('a strategy about which a person decides while the end of a minute waits', () => {
  const rise = (): void => endMinute(111_000);

  it('would have bought', async () => {
    const { orders } = await addAboutToBuy();

    rise();
    await context.server.supervisor.settled();

    expect(await orders()).toMatchObject([{ side: 'buy', status: 'filled' }]);
  });

  it('does nothing once it is paused', async () => {
    const owner = await addAboutToBuy();
    const { stored, orders } = owner;

    await askMeanwhile(owner, rise, ({ strategies }) => strategies.pause(stored));

    expect(await orders()).toEqual([]);
  });

  it.each(['keep', 'close', 'drain'] as const)('does nothing once it is stopped by %s', async (mode) => {
    const owner = await addAboutToBuy();
    const { stored, orders } = owner;

    await askMeanwhile(owner, rise, ({ strategies }) => strategies.stop(stored, mode));

    expect(await orders()).toEqual([]);
    expect(await context.server.stores.strategies.find(stored.id)).toMatchObject({ status: 'stopped' });
  });

  it('is denied what new limits deny', async () => {
    const owner = await addAboutToBuy();
    const { accountId, orders } = owner;
    // As another copy of the server stores them.
    const stored = context.server.database.updateTable('oanda_accounts').set({ max_order_units: 500 });
    await stored.where('id', '=', accountId).execute();

    await askMeanwhile(owner, rise, (live) => live.takeLimits());

    expect(await orders()).toMatchObject([{ status: 'denied', reasonCode: 'order-units-exceeded' }]);
  });
});
