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

/** Holds up work of the account that no person waits for, while `bring` brings what waits and `ask` asks for something. */
async function askMeanwhile<T>(
  { live }: Traded,
  bring: () => void,
  ask: (live: LiveAccount) => Promise<T>,
): Promise<T> {
  const { server } = context;
  await server.supervisor.settled();
  const locking = openPlainConnection(server.databaseUrl, 'test');
  await locking.query('begin');
  await locking.query('lock table oanda_accounts in access exclusive mode');
  const heldUp = live.takeLimits();
  expect(live.isIdle).toBe(false);
  bring();
  const asked = ask(live);
  await locking.query('commit');
  await locking.close();
  const [outcome] = await Promise.all([asked, heldUp]);
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
