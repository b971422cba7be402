/** What people must hear of is made from what really happens: a stream that stalls, a limit, a halt, a strategy that fails, a sign-in. */

import { describe, expect, it } from 'vitest';
import { present } from '../../src/core/shared/assert.ts';
import { untilJournalShowsAll } from '../support/readable-journal.ts';
import { PASSWORD, useServer } from '../support/test-server.ts';
import { longQuoteFile } from '../support/price-files.ts';
import { addTrader, askerFor } from '../support/trading-client.ts';
import type { StreamState } from '../../src/brokers/broker.ts';
import type { TestTrader } from '../support/trading-client.ts';

const context = useServer();

/** What a person is notified of, oldest first, as type and severity. */
async function heard({ ask }: Pick<TestTrader, 'ask'>): Promise<readonly string[]> {
  await untilJournalShowsAll(context.server.orm);
  await context.server.notifier.catchUp();
  const { items } = (await ask('GET', '/notifications?limit=200')).json();
  return items
    .map(({ type, severity }: { readonly type: string; readonly severity: string }) => `${type} ${severity}`)
    .toReversed();
}

async function arrive(account: object = {}): Promise<TestTrader> {
  await context.server.notifier.catchUp();
  return addTrader(context.server, account);
}

describe('a person is notified', () => {
  it('once when a stream of their broker stalls and once when it is heard again, and no one else is', async () => {
    const { server } = context;
    const streams: StreamState[] = [{ stream: 'prices', silentMs: 0 }];
    server.wire.through = (broker) => Object.defineProperty(broker, 'streams', { get: () => [...streams] });
    const trader = await arrive();
    server.wire.through = (broker) => broker;
    const other = await arrive();
    const pass = async (ms: number, silentMs: number): Promise<void> => {
      server.clock.now += ms;
      streams[0] = { stream: 'prices', silentMs };
      await server.streamWatch.look();
    };

    await pass(1_000, 20_000);
    await pass(1_000, 0);
    const afterShortOne = await heard(trader);
    await pass(40_000, 40_000);
    await pass(1_000, 41_000);
    const whileSilent = await heard(trader);
    for (let seconds = 0; seconds <= 40; seconds += 5) await pass(5_000, 0);

    expect(afterShortOne).toEqual([]);
    expect(whileSilent).toEqual(['streams-silent error']);
    expect(await heard(trader)).toEqual(['streams-silent error', 'streams-heard info']);
    expect(await heard(other)).toEqual([]);
  });

  it('when most of a loss limit is used, and when it halts the account', async () => {
    const trader = await arrive({ limits: { maxDailyLoss: '20' } });
    await trader.order({ units: 10_000 });
    await context.server.quote('EUR_USD', 109_840, 109_850);
    const near = await heard(trader);
    await context.server.quote('EUR_USD', 109_810, 109_820);

    expect(near).toEqual(['order-filled info', 'limit-near warning']);
    expect(await heard(trader)).toEqual([...near, 'account-halted warning']);
  });

  it('of an order that is cancelled only when no one asked for that', async () => {
    const trader = await arrive();
    const resting = { type: 'limit', price: '1.09000' };
    const [cancelled, changed] = [await trader.order(resting), await trader.order(resting)].map((answer) =>
      answer.json(),
    );
    await trader.ask('DELETE', `/orders/${cancelled.id}`);
    const { statusCode } = await trader.ask('PATCH', `/orders/${changed.id}`, { price: '1.08000' });
    const asked = await heard(trader);
    await trader.order({ priceBound: '1.00000' });

    expect(statusCode).toBe(201);
    expect(asked).toEqual([]);
    expect(await heard(trader)).toEqual(['order-cancelled warning']);
  });

  it('in Japanese without a word of English of the journal', async () => {
    const trader = await arrive({ limits: { maxDailyLoss: '20', maxOrderUnits: 20_000 } });
    await trader.ask('PATCH', '/me', { language: 'ja' });
    await trader.order({ units: 10_000 });
    await trader.order({ units: 30_000 });
    await context.server.quote('EUR_USD', 109_840, 109_850);
    await context.server.quote('EUR_USD', 109_810, 109_820);
    await trader.ask('POST', `/accounts/${trader.accountId}/kill`);
    await heard(trader);

    const { items } = (await trader.ask('GET', '/notifications')).json();
    const lines = items
      .map(({ message }: { readonly message: string }) => message.split('\n').at(-1))
      .toReversed();
    expect(lines).toEqual([
      expect.stringMatching(/^EUR_USD 10000の成行買い注文が 1\.\d{5} で約定しました。$/),
      expect.stringMatching(
        /^EUR_USD 30000の成行買い注文を受け付けませんでした。注文数量が口座の maxOrderUnits を超えています。（.*）$/,
      ),
      expect.stringMatching(/^maxDailyLoss（20\.0000）のうち17\.0000を失いました。/),
      expect.stringMatching(/^規則により口座が停止しました。口座の損失が maxDailyLoss に達しました/),
      ...Array.from({ length: lines.length - 4 }, () => expect.stringMatching(/^(緊急停止|EUR_USD 10000の)/)),
    ]);
    expect(lines.length).toBeGreaterThan(6);
  });

  it('when a person halts the account', async () => {
    const trader = await arrive();
    await trader.ask('POST', `/accounts/${trader.accountId}/halt`);

    expect(await heard(trader)).toEqual(['account-halted warning']);
  });

  it('when an administrator stops the account, and when it may be resumed', async () => {
    const trader = await arrive();
    const ask = askerFor(context.server, await context.server.addUser('admin'));
    await ask('POST', `/admin/accounts/${trader.accountId}/halt`, {});
    await ask('POST', `/admin/accounts/${trader.accountId}/lift`, {});

    expect(await heard(trader)).toEqual(['intervention-requested warning', 'hold-lifted warning']);
  });

  it('when an administrator deletes their prices, but not of what an administrator does to shared ones', async () => {
    const { server } = context;
    const trader = await arrive();
    const admin = await server.addUser('admin');
    const ask = askerFor(server, admin);
    const file = Buffer.from(longQuoteFile(600));
    const path = '/price-series?instrument=EUR_USD';
    const made = await trader.ask('POST', path, file, { headers: { 'content-type': 'text/csv' } });
    const shared = await trader.ask('POST', path, file, { headers: { 'content-type': 'text/csv' } });
    await server.database
      .updateTable('price_series')
      .set({ user_id: null })
      .where('id', '=', shared.json().id)
      .execute();
    const before = await heard(trader);

    for (const { id } of [made.json(), shared.json()])
      expect((await ask('DELETE', `/admin/price-series/${id}`)).statusCode).toBe(204);

    expect((await heard(trader)).slice(before.length)).toEqual(['price-series-deleted warning']);
    expect(await heard({ ask })).toEqual([]);
  });

  it('when a strategy fails', async () => {
    const { server } = context;
    const trader = await arrive();
    const body = {
      accountId: trader.accountId,
      name: 'Quick',
      strategyType: 'ema_cross',
      instrument: 'EUR_USD',
    };
    const good = { granularity: 'M1', fast: 1, slow: 2, units: 1_000 };
    const { id } = (await trader.ask('POST', '/strategies', { ...body, parameters: good })).json();
    expect((await trader.ask('POST', `/strategies/${id}/start`)).statusCode).toBe(200);
    const parameters = { granularity: 'M1', fast: 'soon', slow: 2 };
    await server.database.updateTable('strategies').set({ parameters }).where('id', '=', id).execute();

    await server.supervisor.restart(
      present(await server.stores.accounts.find(trader.accountId), 'the account'),
    );

    expect(await heard(trader)).toEqual(['strategy-failed error']);
  });

  it('when someone signs in from a device that is not known, and not again from that one', async () => {
    const { server } = context;
    const trader = await arrive();
    const signIn = (cookie?: string) =>
      server.app.inject({
        method: 'POST',
        url: '/api/v1/auth/login',
        payload: { email: trader.user.email, password: PASSWORD },
        headers: { ...(cookie !== undefined && { cookie }) },
      });
    const first = await signIn();
    const device = present(
      first.cookies.find(({ name }) => name.includes('device')),
      'the cookie of the device',
    );
    await signIn(`${device.name}=${device.value}`);

    expect(await heard(trader)).toEqual(['login warning']);
  });
});
