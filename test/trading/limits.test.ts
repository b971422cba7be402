// Limits on the account as a whole, over HTTP: set, changed one by one, kept over a restart, held to.
import { describe, expect, it } from 'vitest';
import { useServer } from '../support/test-server.ts';
import { addTrader } from '../support/trading-client.ts';

const context = useServer();
const overWeekend = useServer();

const WRONG: readonly (readonly [string, object])[] = [
  ['/limits/maxCurrencyExposure', { maxCurrencyExposure: '0' }],
  ['/limits/maxExposure', { maxExposure: 1_000 }],
  ['/limits/maxOpenPositions', { maxOpenPositions: 0 }],
  ['/limits/maxSpreadRatio', { maxSpreadRatio: '0' }],
  ['/limits/requireStopLoss/distancePips', { requireStopLoss: { distancePips: '0.05' } }],
  ['/limits/maxTradesPerDay', { maxTradesPerDay: 0 }],
  ['/limits/weekend/minutesBefore', { weekend: { minutesBefore: 1_381 } }],
  [
    '/limits/newsWindows/0/to',
    { newsWindows: [{ from: '2026-03-02T12:00:00Z', to: '2026-03-02T12:00:00Z' }] },
  ],
  [
    '/limits/propRules/maxDrawdown',
    { propRules: { startEquity: '1000', drawdown: 'static', maxDrawdown: '1000' } },
  ],
  [
    '/limits/propRules/minTradingDays',
    { propRules: { startEquity: '1000', drawdown: 'static', maxDrawdown: '100', minTradingDays: 4 } },
  ],
  ['/limits/newsWindows/0/from', { newsWindows: [{ from: 'noon', to: '2026-03-02T12:00:00Z' }] }],
];

describe('limits on the account as a whole', () => {
  it('are refused with a word about each that is wrong, and nothing changes', async () => {
    const { ask, accountId } = await addTrader(context.server, { limits: { maxOpenPositions: 3 } });
    const limitsNow = async () => (await ask('GET', `/accounts/${accountId}`)).json().limits;
    const before = await limitsNow();

    for (const [pointer, limits] of WRONG) {
      const answer = await ask('PATCH', `/accounts/${accountId}`, { limits });

      expect(answer.statusCode, pointer).toBe(400);
      expect(answer.json().errors).toEqual([{ pointer, detail: expect.stringContaining('must be') }]);
    }
    expect(await limitsNow()).toEqual(before);
  });

  it('are changed one by one, two at once too, and removed', async () => {
    const { ask, accountId } = await addTrader(context.server, { limits: { maxOpenPositions: 3 } });
    const change = (limits: object) => ask('PATCH', `/accounts/${accountId}`, { limits });

    await Promise.all([change({ maxExposure: '50000' }), change({ maxCurrencyExposure: '20000.5' })]);
    const changed = (await ask('GET', `/accounts/${accountId}`)).json().limits;
    const removed = (await change({ maxExposure: null, maxOpenPositions: null })).json().limits;

    expect(changed).toMatchObject({
      maxOpenPositions: 3,
      maxExposure: '50000.0000',
      maxCurrencyExposure: '20000.5000',
    });
    expect(removed).toMatchObject({
      maxOpenPositions: null,
      maxExposure: null,
      maxCurrencyExposure: '20000.5000',
    });
  });

  it('require a stop with entries, report a position whose stop is taken away, and give it one', async () => {
    const { ask, accountId, order } = await addTrader(context.server, { limits: { requireStopLoss: {} } });
    const journal = async () => (await ask('GET', `/events?accountId=${accountId}&limit=200`)).json().items;
    expect((await order()).json()).toMatchObject({ code: 'stop-loss-required' });

    await order({ stopLoss: '1.09000' });
    const [{ id }] = (await ask('GET', `/positions?accountId=${accountId}&open=true`)).json().items;
    await ask('PATCH', `/positions/${id}`, { stopLoss: null });
    await expect.poll(journal).toContainEqual(
      expect.objectContaining({
        type: 'stop-loss-missing',
        severity: 'warning',
        details: expect.objectContaining({ instrument: 'EUR_USD', isGiven: false }),
      }),
    );

    await ask('PATCH', `/accounts/${accountId}`, { limits: { requireStopLoss: { distancePips: '30' } } });
    // Sold at 1.10000; a minute after it was missed for the first time.
    await context.server.quote('EUR_USD', 110_000, 110_010, 61_000);
    await context.server.quote('EUR_USD', 110_000, 110_010, 1_000);
    expect((await ask('GET', `/positions/${id}`)).json()).toMatchObject({ stopLoss: '1.09700' });
  });

  it('take the times of news from a calendar file', async () => {
    const { user, ask, accountId, order } = await addTrader(context.server);
    const put = (payload: string, query = '', type = 'text/csv') =>
      context.server.app.inject({
        method: 'PUT',
        url: `/api/v1/accounts/${accountId}/news-calendar${query}`,
        headers: { ...user.headers, 'content-type': type },
        payload,
      });
    const refused = await put('time,currency\nnoon,EUR');
    expect(refused.json()).toMatchObject({ code: 'invalid-request', errors: [{ pointer: '/2/time' }] });
    expect((await put('{}', '', 'application/json')).statusCode).toBe(415);
    expect((await put('time,currency', '?minutesBefore=-1')).statusCode).toBe(400);
    expect((await ask('GET', `/accounts/${accountId}`)).json().limits.newsWindows).toBeNull();

    const file = 'time,currency,impact\n2026-03-02T12:10:00Z,EUR,High\n2026-03-02T12:00:00Z,USD,Low\n';
    const answer = await put(file, '?minutesBefore=15&impact=High');
    expect(answer.json()).toMatchObject({
      limits: {
        newsWindows: [
          { from: '2026-03-02T11:55:00.000Z', to: '2026-03-02T12:40:00.000Z', currencies: ['EUR'] },
        ],
      },
    });
    expect((await order()).json()).toMatchObject({ code: 'news-window' });
    expect((await put('time,currency')).json()).toMatchObject({ limits: { newsWindows: null } });
    expect((await order()).json()).toMatchObject({ status: 'filled' });
  });

  it('name times at which nothing is opened', async () => {
    // The market of the tests is at noon of Monday 2 March 2026.
    const newsWindows = [
      { from: '2026-03-02T00:00:00.000Z', to: '2026-03-03T00:00:00.000Z', currencies: ['EUR'] },
    ];
    const limits = { newsWindows, weekend: { minutesBefore: 60, positions: 'close' } };
    const { ask, accountId, order } = await addTrader(context.server, { limits });

    expect((await ask('GET', `/accounts/${accountId}`)).json().limits).toMatchObject({
      newsWindows,
      weekend: { minutesBefore: 60, entries: 'deny', positions: 'close' },
      rollOver: null,
    });
    expect((await order()).json()).toMatchObject({ code: 'news-window' });
    await ask('PATCH', `/accounts/${accountId}`, { limits: { newsWindows: null } });
    expect((await order()).json()).toMatchObject({ status: 'filled' });
  });

  it('that cannot be read keep their account from trading, and no other', async () => {
    const { server } = context;
    const { user, ask, accountId, order } = await addTrader(server, { limits: { maxOpenPositions: 3 } });
    const other = await server.addAccount(user.id);
    const store = (limits: string) =>
      server.orm.em
        .fork()
        .getConnection()
        .execute('update oanda_accounts set further_limits = ? where id = ?', [limits, accountId]);
    const adoptAgain = async (): Promise<void> => {
      const account = await server.stores.accounts.find(accountId);
      if (account) await server.supervisor.restart(account);
    };

    await store('{"maxOpenPositions": "three"}');
    await adoptAgain();
    await server.supervisor.adopt(other);

    const faulty = {
      id: accountId,
      status: 'error',
      statusReason: expect.stringContaining('further_limits'),
    };
    expect((await ask('GET', '/accounts')).json().items).toEqual([
      expect.objectContaining(faulty),
      expect.objectContaining({ id: other.id, status: 'trading' }),
    ]);
    expect((await order()).statusCode).toBe(503);
    const change = await ask('PATCH', `/accounts/${accountId}`, { limits: { maxExposure: '1' } });
    expect(change.json()).toMatchObject({ status: 409, detail: expect.stringContaining('further_limits') });

    await store('{"maxOpenPositions": 3}');
    await adoptAgain();
    expect((await ask('GET', `/accounts/${accountId}`)).json()).toMatchObject({ status: 'trading' });
    expect((await order()).json()).toMatchObject({ status: 'filled' });
  });

  it.each([
    ['currency-exposure-exceeded', { maxCurrencyExposure: '2000' }],
    ['exposure-exceeded', { maxExposure: '2000' }],
    ['open-positions-exceeded', { maxOpenPositions: 1 }],
    ['order-rate-exceeded', { maxOrdersPerMinute: 1 }],
    ['daily-trades-exceeded', { maxTradesPerDay: 1 }],
  ])('deny an entry beyond them: %s', async (code, limits) => {
    const { order } = await addTrader(context.server, { limits });

    expect((await order()).json()).toMatchObject({ status: 'filled' });
    expect((await order()).json()).toMatchObject({ code });
  });
});

describe('the weekend rule of a server that was down when the market closed', () => {
  it('keeps positions at the opening, and the journal says so', async () => {
    const { server } = overWeekend;
    const limits = { weekend: { minutesBefore: 60, positions: 'close' } };
    const { ask, accountId, order } = await addTrader(server, { limits });
    await order();
    await server.supervisor.dismiss(accountId);
    // Summer time begins on this Sunday: the market opens at 21:03 UTC.
    const afterOpening = Date.UTC(2026, 2, 8, 21, 10);
    await server.quote('EUR_USD', 109_000, 109_100, afterOpening - server.market.now);
    const account = await server.stores.accounts.find(accountId);
    if (account) await server.supervisor.adopt(account);
    await server.quote('EUR_USD', 109_000, 109_100);

    const items = async (path: string) => (await ask('GET', path)).json().items;
    const missed = async () =>
      (await items(`/events?accountId=${accountId}`)).filter(
        ({ type }: { type: string }) => type === 'weekend-missed',
      );
    await expect.poll(missed).toMatchObject([{ severity: 'warning', details: { positions: 1 } }]);
    expect(await items(`/positions?accountId=${accountId}&open=true`)).toHaveLength(1);
  });
});
