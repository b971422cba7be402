/** No one takes what others need: how much one person may have, counted exactly however many ask at once. */
import { afterEach, describe, expect, it } from 'vitest';
import { runCommand } from '../../src/commands/command.ts';
import { personLimitsCommand } from '../../src/people/administration/person-limits-command.ts';
import { PERSON_LIMITS } from '../../src/people/administration/person-limits.ts';
import { longQuoteFile } from '../support/price-files.ts';
import { PASSWORD, PASSWORD_HASH, openTestServer, useServer } from '../support/test-server.ts';
import { addTrader } from '../support/trading-client.ts';
import type { PersonLimitName } from '../../src/people/administration/person-limits.ts';

/** Asked at once, of whom two may succeed. */
const AT_ONCE = 8;
const MOST = 2;

const context = useServer();
type Headers = Readonly<Record<string, string>>;

const ask = (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, headers: Headers, payload?: object) =>
  context.server.app.inject({ method, url: `/api/v1${path}`, headers, ...(payload && { payload }) });

const limit = (name: PersonLimitName, most: number | null) =>
  context.server.serverSettings.change({ personLimits: { [name]: most } }, {});

afterEach(async () => {
  const usual = Object.fromEntries(Object.keys(PERSON_LIMITS).map((name) => [name, null]));
  await context.server.serverSettings.change({ personLimits: usual }, {});
});

/** The statuses of requests that are made at once, in order of size. */
async function statusesOf(make: (index: number) => PromiseLike<{ readonly statusCode: number }>) {
  const answers = await Promise.all(Array.from({ length: AT_ONCE }, (_, index) => make(index)));
  return answers.map(({ statusCode }) => statusCode).toSorted((a, b) => a - b);
}

const TWO_MADE = [201, 201, ...Array.from({ length: AT_ONCE - MOST }, () => 409)];

const account = (name = 'Paper') => ({
  name,
  environment: 'paper',
  currency: 'USD',
  initialBalance: '10000',
});
const strategy = (accountId: string) => ({
  accountId,
  name: 'Crossing',
  strategyType: 'ema_cross',
  instrument: 'EUR_USD',
  parameters: { granularity: 'M1', fast: 3, slow: 8 },
});

describe('one person', () => {
  it('gets no more accounts than the limit, and the refusal names limit, count and remedy', async () => {
    await limit('accounts', MOST);
    const [user, other] = [await context.server.addUser(), await context.server.addUser()];

    expect(await statusesOf(() => ask('POST', '/accounts', user.headers, account()))).toEqual(TWO_MADE);

    const refused = await ask('POST', '/accounts', user.headers, account());
    expect(refused.json()).toMatchObject({
      type: '/problems/limit-reached',
      status: 409,
      detail:
        'One person may have 2 accounts, and you have 2. Close one first, or ask an administrator for more.',
      facts: { limit: 'accounts', most: 2, present: 2 },
    });
    const items = (await ask('GET', '/accounts', user.headers)).json().items;
    expect(items).toHaveLength(2);
    expect((await ask('POST', '/accounts', other.headers, account())).statusCode).toBe(201);
    expect((await ask('DELETE', `/accounts/${items[0].id}`, user.headers)).statusCode).toBe(204);
    expect((await ask('POST', '/accounts', user.headers, account())).statusCode).toBe(201);
  });

  it('keeps what is above a lowered limit, and it works', async () => {
    const trader = await addTrader(context.server);
    await ask('POST', '/accounts', trader.user.headers, account());

    await limit('accounts', 1);

    expect((await ask('POST', '/accounts', trader.user.headers, account())).json().facts).toEqual({
      limit: 'accounts',
      most: 1,
      present: 2,
    });
    expect((await trader.order({})).statusCode).toBe(201);
  });

  it('gets no more strategies than the limit', async () => {
    await limit('strategies', MOST);
    const { user, accountId } = await addTrader(context.server);

    const make = () => ask('POST', '/strategies', user.headers, strategy(accountId));
    expect(await statusesOf(make)).toEqual(TWO_MADE);
    expect((await ask('GET', '/strategies', user.headers)).json().items).toHaveLength(2);
  });

  it('gets no more API keys than the limit', async () => {
    await limit('apiKeys', MOST);
    const user = await context.server.addUser();

    const make = () =>
      ask('POST', '/api-keys', user.headers, { name: 'bot', scope: 'read', password: PASSWORD });
    expect(await statusesOf(make)).toEqual(TWO_MADE);
    expect((await ask('GET', '/api-keys', user.headers)).json().items).toHaveLength(2);
  });

  it('gets no more backtests that are not finished than the limit', async () => {
    await limit('unfinishedBacktests', MOST);
    const user = await context.server.addUser();
    await context.server.app.inject({
      method: 'POST',
      url: '/api/v1/price-series?instrument=EUR_USD',
      payload: longQuoteFile(100),
      headers: { ...user.headers, 'content-type': 'text/csv' },
    });
    const { accountId: _none, name: _nothing, ...body } = strategy('');

    const queued = await statusesOf(() => ask('POST', '/backtests', user.headers, body));
    expect(queued).toEqual(TWO_MADE.map((status) => (status === 201 ? 202 : status)));
    const { items } = (await ask('GET', '/backtests', user.headers)).json();
    expect(items).toHaveLength(2);
    await ask('POST', `/backtests/${items[0].id}/cancel`, user.headers);
    expect((await ask('POST', '/backtests', user.headers, body)).statusCode).toBe(202);
  });

  it('stores no more prices than the limit, and a file that goes beyond leaves nothing', async () => {
    await limit('priceSeriesMegabytes', 1);
    const user = await context.server.addUser();
    const upload = () =>
      context.server.app.inject({
        method: 'POST',
        url: '/api/v1/price-series?instrument=EUR_USD',
        payload: longQuoteFile(100),
        headers: { ...user.headers, 'content-type': 'text/csv' },
      });
    const first = await upload();
    expect(first.statusCode).toBe(201);
    // As if it were a large file: one with which the next goes beyond the limit, and one that fills it.
    for (const bytes of [999_990, 1_000_000]) {
      await context.server.database
        .updateTable('price_chunks')
        .set({ data: Buffer.alloc(bytes) })
        .where('series_id', '=', first.json().id)
        .execute();

      const refused = await upload();

      expect([refused.statusCode, refused.json().facts]).toEqual([
        409,
        { limit: 'priceSeriesMegabytes', most: 1, present: 1 },
      ]);
    }
    expect((await ask('GET', '/price-series', user.headers)).json().items).toHaveLength(1);
    await ask('DELETE', `/price-series/${first.json().id}`, user.headers);
    expect((await upload()).statusCode).toBe(201);
  });

  it('gets no more resting orders than the limit, over all accounts, and may still trade at the market and protect', async () => {
    await limit('restingOrders', MOST);
    const trader = await addTrader(context.server);
    const second = (await ask('POST', '/accounts', trader.user.headers, account())).json().id;
    const resting = { type: 'limit', price: '1.05' };
    const make = (index: number) =>
      trader.order({ ...resting, ...(index % 2 === 1 && { accountId: second }) });

    expect(await statusesOf(make)).toEqual(TWO_MADE);
    expect((await trader.order(resting)).json().facts).toEqual({
      limit: 'restingOrders',
      most: 2,
      present: 2,
    });
    expect((await trader.order({})).statusCode).toBe(201);
    const [position] = (await trader.ask('GET', '/positions?open=true')).json().items;
    expect((await trader.ask('PATCH', `/positions/${position.id}`, { stopLoss: '1.04' })).statusCode).toBe(
      200,
    );
  });

  it('gets no more by orders that the broker has not answered', async () => {
    await limit('restingOrders', MOST);
    const { wire, patience } = context.server;
    const { through } = wire;
    const usual = { ...patience };
    wire.through = (broker) => Object.assign(broker, { submitOrder: () => new Promise(() => undefined) });
    const trader = await addTrader(context.server);
    wire.through = through;
    // Long enough for the account to come to them: what it has not begun is taken back.
    Object.assign(patience, { personMs: 1_000 });
    const resting = { type: 'limit', price: '1.05' };

    const [first, second] = await Promise.all([trader.order(resting), trader.order(resting)]);
    const third = await trader.order(resting);
    Object.assign(patience, { ...usual, stopMs: 1 });

    expect([first.statusCode, second.statusCode, third.statusCode]).toEqual([202, 202, 409]);
    expect(third.json().facts).toMatchObject({ limit: 'restingOrders', present: 2 });
  });

  it('has as many sessions as the limit: the ones not used for longest end, and their tokens open nothing', async () => {
    await limit('sessions', MOST);
    const user = await context.server.addUser();
    context.server.clock.now += 60_000;

    const opened = await Promise.all(
      Array.from({ length: AT_ONCE }, () =>
        context.server.sessions.open(user.id, {}, { passwordHash: PASSWORD_HASH }),
      ),
    );

    const live = await context.server.sessions.listOf(user.id, { limit: 100, before: undefined });
    expect(live).toHaveLength(2);
    const statuses = await Promise.all(
      [user.token, ...opened.map((session) => session?.token)].map(
        async (token) => (await ask('GET', '/me', { authorization: `Bearer ${token}` })).statusCode,
      ),
    );
    expect(statuses.toSorted((a, b) => a - b)).toEqual([
      200,
      200,
      ...Array.from({ length: AT_ONCE - 1 }, () => 401),
    ]);
    expect(statuses[0]).toBe(401);
  });
});

describe('two copies of the server', () => {
  it('count together', async () => {
    const copy = await openTestServer({ databaseUrl: context.server.databaseUrl });
    await limit('strategies', MOST);
    const { user, accountId } = await addTrader(context.server);

    const statuses = await statusesOf((index) =>
      (index % 2 === 0 ? context.server : copy).app.inject({
        method: 'POST',
        url: '/api/v1/strategies',
        headers: user.headers,
        payload: strategy(accountId),
      }),
    );
    await copy.close();

    expect(statuses).toEqual(TWO_MADE);
  });
});

describe('the limits', () => {
  it('are seen and changed by administrators only, each by its name, and the change is recorded', async () => {
    const [admin, trader] = [await context.server.addUser('admin'), await context.server.addUser()];
    const patch = (headers: Headers, personLimits: object) =>
      ask('PATCH', '/admin/settings', headers, { personLimits });

    expect((await patch(trader.headers, { accounts: 1_000 })).statusCode).toBe(403);
    for (const wrong of [{ accounts: 0 }, { accounts: 1.5 }, { accounts: 1_000_001 }, { acounts: 5 }, {}])
      expect((await patch(admin.headers, wrong)).statusCode).toBe(400);
    const [one, two] = await Promise.all([
      patch(admin.headers, { accounts: 7 }),
      patch(admin.headers, { sockets: 8 }),
    ]);

    expect([one.statusCode, two.statusCode]).toEqual([200, 200]);
    const settings = (await ask('GET', '/admin/settings', admin.headers)).json();
    expect(settings.personLimits).toMatchObject({ accounts: 7, sockets: 8, apiKeys: 50 });
    const entries = await context.server.database
      .selectFrom('events')
      .select('details')
      .where('user_id', '=', admin.id)
      .where('type', '=', 'settings-changed')
      .execute();
    expect(entries.map(({ details }) => details['personLimits'])).toEqual(
      expect.arrayContaining([expect.objectContaining({ accounts: { from: 100, to: 7 } })]),
    );
    expect((await patch(admin.headers, { accounts: null })).json().personLimits.accounts).toBe(100);
  });

  it('are shown and changed by the operator', async () => {
    const run = async (...argv: string[]) => {
      const written = { out: '', err: '' };
      const io = {
        stdout: { write: (text: string) => (written.out += text) },
        stderr: { write: (text: string) => (written.err += text) },
      };
      const open = async () => ({ url: context.server.databaseUrl, close: async () => undefined });
      const code = await runCommand(io, () => personLimitsCommand.run(argv, io, open));
      return { code, ...written };
    };

    for (const wrong of [
      ['set'],
      ['set', 'acounts=5'],
      ['set', 'accounts=0'],
      ['set', 'accounts=1e3'],
      ['shwo'],
    ])
      expect((await run(...wrong)).code).not.toBe(0);
    const changed = await run('set', 'accounts=200', 'sockets=5');
    expect(changed).toMatchObject({ code: 0, err: '' });
    expect(changed.out).toMatch(/^accounts=200 \(the usual is 100\)\nstrategies=1000\n/);
    expect((await run('set', 'accounts=default')).out).toMatch(/^accounts=100\n[^]*sockets=5 /);
    expect((await run('show')).out).toMatch(/sockets=5 /);
  });

  it('hold on another copy of the server a second later', async () => {
    const { server } = context;
    expect(await server.serverSettings.mostOf('accounts')).toBe(100);
    await server.stores.systemSettings.change({ personLimits: { accounts: 3 } }, server.clock.now);

    server.clock.now += 1_000;

    expect(await server.serverSettings.mostOf('accounts')).toBe(3);
  });
});
