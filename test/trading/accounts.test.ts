import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { useServer } from '../support/test-server.ts';
import { addTrader, askerFor } from '../support/trading-client.ts';

const context = useServer();

const PAPER = { name: 'My paper', environment: 'paper', currency: 'USD', initialBalance: '25000.5' };

async function person() {
  return askerFor(context.server, await context.server.addUser());
}

/** What only the process that runs an account knows of it. */
const NOT_KNOWN_ELSEWHERE = {
  today: null,
  thisWeek: null,
  lossLimits: null,
  equityRules: null,
  exposure: null,
};

describe('an account that cannot be made', () => {
  it.each([
    ['no name', { name: undefined }, '/name', 'is required'],
    ['a name of spaces', { name: '   ' }, '/name', expect.any(String)],
    ['a name that is too long', { name: 'x'.repeat(101) }, '/name', 'must have at most 100 characters'],
    [
      'an unknown environment',
      { environment: 'demo' },
      '/environment',
      'must be one of "paper", "practice", "live"',
    ],
    ['an unknown currency', { currency: 'XXX' }, '/currency', expect.stringContaining('"EUR"')],
    ['no money', { initialBalance: '0' }, '/initialBalance', expect.stringContaining('above 0')],
    ['money as a number', { initialBalance: 25_000 }, '/initialBalance', expect.any(String)],
    [
      'money with too many decimals',
      { initialBalance: '1.00001' },
      '/initialBalance',
      expect.stringContaining('4 after it'),
    ],
    [
      'more money than there is',
      { initialBalance: '1000000000' },
      '/initialBalance',
      expect.stringContaining('at most 9 digits'),
    ],
    ['no leverage', { leverage: 0 }, '/leverage', 'must be at least 1'],
    ['more leverage than there is', { leverage: 201 }, '/leverage', 'must be at most 200'],
    ['an unknown limit', { limits: { maxOrders: 1 } }, '/limits/maxOrders', 'is not known here'],
    ['a limit of no units', { limits: { maxOrderUnits: 0 } }, '/limits/maxOrderUnits', 'must be at least 1'],
    [
      'a limit of half a unit',
      { limits: { maxPositionUnits: 1.5 } },
      '/limits/maxPositionUnits',
      'must be an integer',
    ],
    [
      'a loss with too many decimals',
      { limits: { maxDailyLoss: '1.00001' } },
      '/limits/maxDailyLoss',
      expect.stringContaining('4 after it'),
    ],
    [
      'a spread with too many decimals',
      { limits: { maxSpreadPips: '1.25' } },
      '/limits/maxSpreadPips',
      expect.stringContaining('1 after it'),
    ],
    [
      'an unknown instrument',
      { limits: { allowedInstruments: ['EUR_USD', 'XXX'] } },
      '/limits/allowedInstruments/1',
      expect.stringContaining('/instruments'),
    ],
    [
      'no instruments at all',
      { limits: { allowedInstruments: [] } },
      '/limits/allowedInstruments',
      'must have at least 1 item',
    ],
  ])('is refused with a pointer: %s', async (_case, wrong, pointer, detail) => {
    const ask = await person();

    const answer = await ask('POST', '/accounts', { ...PAPER, ...wrong });

    expect(answer.statusCode).toBe(400);
    expect(answer.json().errors).toEqual([{ pointer, detail }]);
  });
});

describe('an account', () => {
  it('is made with its money and limits, and trades at once', async () => {
    const ask = await person();
    const limits = {
      maxOrderUnits: 10_000,
      maxPositionUnits: 20_000,
      maxDailyLoss: '500',
      maxSpreadPips: '2.5',
      allowedInstruments: ['EUR_USD'],
    };

    const answer = await ask('POST', '/accounts', { ...PAPER, name: ' My paper ', hedging: true, limits });

    expect(answer.statusCode).toBe(201);
    const { found, ...account } = answer.json();
    expect(found).toBeNull();
    expect(answer.headers.location).toBe(`/api/v1/accounts/${account.id}`);
    expect(account).toEqual({
      id: expect.any(String),
      name: 'My paper',
      environment: 'paper',
      brokerAccountId: null,
      currency: 'USD',
      hedging: true,
      leverage: null,
      initialBalance: '25000.5000',
      status: 'trading',
      statusCode: null,
      statusReason: null,
      limits: {
        ...limits,
        maxDailyLoss: '500.0000',
        entryLeaseMinutes: null,
        marginGuard: null,
        maxCurrencyExposure: null,
        maxExposure: null,
        maxOpenPositions: null,
        maxWeeklyLoss: null,
        maxOrdersPerMinute: null,
        maxTradesPerDay: null,
        maxSpreadRatio: null,
        requireStopLoss: null,
        weekend: null,
        rollOver: null,
        newsWindows: null,
        profitTarget: null,
        profitLock: null,
        propRules: null,
      },
      recordQuotes: true,
      waivedLimits: [],
      money: {
        at: expect.stringMatching(/Z$/),
        balance: '25000.5000',
        nav: '25000.5000',
        unrealizedPnl: '0.0000',
        marginUsed: '0.0000',
        marginAvailable: '25000.5000',
        marginCall: false,
        marginCloseoutPercent: '0.00000',
      },
      createdAt: expect.stringMatching(/Z$/),
    });
    expect((await ask('GET', `/accounts/${account.id}`)).json()).toEqual(account);
    expect((await ask('GET', '/accounts')).json()).toEqual({ items: [account] });
  });

  it('is made once, however often its request is repeated', async () => {
    const ask = await person();
    const headers = { 'idempotency-key': randomUUID() };

    const [first, second] = [
      await ask('POST', '/accounts', PAPER, { headers }),
      await ask('POST', '/accounts', PAPER, { headers }),
    ];

    expect(second.body).toBe(first.body);
    expect((await ask('GET', '/accounts')).json().items).toHaveLength(1);
  });

  it('changes what is named and nothing else, from the next order on', async () => {
    const { ask, accountId, order } = await addTrader(context.server, {
      limits: { maxOrderUnits: 500, maxDailyLoss: '10' },
    });
    expect((await order()).json()).toMatchObject({ code: 'order-units-exceeded' });

    const renamed = await ask('PATCH', `/accounts/${accountId}`, { name: 'Another name' });
    const relaxed = await ask('PATCH', `/accounts/${accountId}`, {
      limits: { maxOrderUnits: 2_000, maxSpreadPips: '3' },
    });
    const removed = await ask('PATCH', `/accounts/${accountId}`, { limits: { maxDailyLoss: null } });

    expect(renamed.json()).toMatchObject({
      name: 'Another name',
      limits: { maxOrderUnits: 500, maxDailyLoss: '10.0000' },
    });
    expect(relaxed.json()).toMatchObject({
      name: 'Another name',
      limits: { maxOrderUnits: 2_000, maxDailyLoss: '10.0000', maxSpreadPips: '3.0' },
    });
    expect(removed.json()).toMatchObject({
      limits: { maxOrderUnits: 2_000, maxDailyLoss: null, maxSpreadPips: '3.0' },
    });
    expect((await order()).json()).toMatchObject({ status: 'filled' });
  });

  it.each([{}, { currency: 'EUR' }, { status: 'trading' }, { limits: { allowedInstruments: ['XXX'] } }])(
    'does not change by %j',
    async (change) => {
      const { ask, accountId } = await addTrader(context.server);

      expect((await ask('PATCH', `/accounts/${accountId}`, change)).statusCode).toBe(400);
    },
  );

  it('binds the margin of its leverage, which is in its log, and of its instruments without one', async () => {
    const { ask, accountId, order } = await addTrader(context.server, { leverage: 20 });
    await order();
    const marginUsed = async () =>
      (await ask('GET', `/accounts/${accountId}/summary`)).json().money.marginUsed;
    expect((await ask('GET', `/accounts/${accountId}`)).json()).toMatchObject({ leverage: 20 });
    expect(await marginUsed()).toBe('55.0025');

    const raised = await ask('PATCH', `/accounts/${accountId}`, { leverage: 30 });
    expect(raised.json()).toMatchObject({ leverage: 30 });
    expect(await marginUsed()).toBe('36.6683');

    const removed = await ask('PATCH', `/accounts/${accountId}`, { leverage: null });
    expect(removed.json()).toMatchObject({ leverage: null });
    expect(await marginUsed()).toBe('36.6317');
  });

  it('keeps its leverage when another would close it out', async () => {
    const { ask, accountId, order } = await addTrader(context.server);
    await order({ units: 200_000 });

    const refused = await ask('PATCH', `/accounts/${accountId}`, { name: 'Not this', leverage: 1 });

    expect(refused.json()).toMatchObject({ status: 409, detail: expect.stringContaining('close') });
    expect((await ask('GET', `/accounts/${accountId}`)).json()).toMatchObject({
      name: 'Paper',
      leverage: null,
    });
  });

  it('that is halted takes no order until it is resumed', async () => {
    const { ask, accountId, order } = await addTrader(context.server);

    const halted = await ask('POST', `/accounts/${accountId}/halt`);
    const denied = await order();
    const resumed = await ask('POST', `/accounts/${accountId}/resume`);

    expect(halted.json()).toMatchObject({ id: accountId, status: 'halted' });
    expect(denied.json()).toMatchObject({ status: 422, code: 'account-halted' });
    expect(resumed.json()).toMatchObject({ status: 'trading' });
    expect((await order()).statusCode).toBe(201);
  });

  it('that a person halts or resumes has that stored before the answer', async () => {
    const { ask, accountId } = await addTrader(context.server);
    const stored = async () => {
      const [row] = await context.server.orm.em
        .fork()
        .getConnection()
        .execute("select state->'engine'->'isHalted' as halted from account_states where account_id = ?", [
          accountId,
        ]);
      return row;
    };

    await ask('POST', `/accounts/${accountId}/halt`);
    expect(await stored()).toEqual({ halted: true });
    await ask('POST', `/accounts/${accountId}/resume`);
    expect(await stored()).toEqual({ halted: false });
  });

  it('that is resumed for a reason has it in its journal, and none that is no reason', async () => {
    const { ask, accountId } = await addTrader(context.server);
    await ask('POST', `/accounts/${accountId}/halt`);

    const refused = await ask('POST', `/accounts/${accountId}/resume`, { reason: '' });
    expect(refused.json()).toMatchObject({ status: 400, errors: [{ pointer: '/reason' }] });
    expect((await ask('GET', `/accounts/${accountId}`)).json()).toMatchObject({ status: 'halted' });

    await ask('POST', `/accounts/${accountId}/resume`, { reason: 'The feed is right again.' });

    await expect
      .poll(async () => (await ask('GET', `/events?accountId=${accountId}&limit=500`)).json().items)
      .toContainEqual(
        expect.objectContaining({
          type: 'account-trading',
          description: 'Account resumed: The feed is right again.',
          details: expect.objectContaining({ reason: 'The feed is right again.' }),
        }),
      );
  });

  it('that is killed holds nothing any more, neither positions nor orders', async () => {
    const { ask, accountId, order } = await addTrader(context.server);
    await order();
    await order({ type: 'limit', price: '1.05' });

    const killed = await ask('POST', `/accounts/${accountId}/kill`);

    expect(killed.statusCode).toBe(200);
    expect(killed.json()).toMatchObject({ status: 'halted', statusReason: expect.stringContaining('flat') });
    expect((await ask('GET', `/accounts/${accountId}/summary`)).json()).toMatchObject({
      isHalted: true,
      openOrders: 0,
      openPositions: 0,
    });
    expect((await ask('GET', '/trades')).json().items).toHaveLength(1);
  });

  it('is summed up as it is at this moment, and as it was where it does not run', async () => {
    const { ask, accountId, order } = await addTrader(context.server, { limits: { maxDailyLoss: '200' } });
    await order();
    await order({ type: 'limit', price: '1.05' });
    await context.server.quote('EUR_USD', 110_510, 110_520);

    const live = (await ask('GET', `/accounts/${accountId}/summary`)).json();
    await context.server.supervisor.dismiss(accountId);
    const stored = (await ask('GET', `/accounts/${accountId}/summary`)).json();

    expect(live).toEqual({
      accountId,
      status: 'trading',
      statusCode: null,
      statusReason: null,
      clockAheadMs: null,
      source: 'live',
      isHalted: false,
      openOrders: 1,
      openPositions: 1,
      // Bought at 1.10010; 1,000 units are worth 0.005 more each.
      money: {
        at: new Date(context.server.market.now).toISOString(),
        balance: '100000.0000',
        nav: '100005.0000',
        unrealizedPnl: '5.0000',
        marginUsed: expect.stringMatching(/^36\./),
        marginAvailable: expect.stringMatching(/^99968\./),
        marginCall: false,
        marginCloseoutPercent: '0.00018',
      },
      today: {
        startsAt: '2026-03-01T22:00:00.000Z',
        measuredFrom: expect.stringMatching(/^2026-03-02T/),
        startEquity: '0.0000',
        fundsTransferred: '100000.0000',
        result: '5.0000',
      },
      thisWeek: { ...live.today, startsAt: '2026-02-27T22:00:00.000Z' },
      lossLimits: [
        { name: 'maxDailyLoss', limit: '200.0000', loss: '-5.0000', remaining: '205.0000', reached: false },
      ],
      equityRules: [],
      exposure: [
        { currency: 'EUR', amount: '1000.0000', value: '1105.1500' },
        { currency: 'USD', amount: '-1105.1500', value: '-1105.1500' },
      ],
    });
    expect(stored).toEqual({ ...live, source: 'stored', ...NOT_KNOWN_ELSEWHERE });
  });

  it('that is short of margin says so, in the journal and in its money', async () => {
    const { ask, accountId, order } = await addTrader(context.server);
    await order({ units: 2_700_000 });
    // 100,000 − 2.7 million × 0.00155 = 95,815 dollars, against a margin of 98,698.
    await context.server.quote('EUR_USD', 109_850, 109_860);

    const live = (await ask('GET', `/accounts/${accountId}/summary`)).json();
    await context.server.supervisor.dismiss(accountId);
    const stored = (await ask('GET', `/accounts/${accountId}/summary`)).json();

    expect(live.money).toMatchObject({
      marginCall: true,
      marginCloseoutPercent: expect.stringMatching(/^0\.51/),
    });
    expect(stored).toEqual({ ...live, source: 'stored', ...NOT_KNOWN_ELSEWHERE });
    // The journal is read below the oldest transaction of the whole PostgreSQL, which other tests share.
    await expect
      .poll(async () => (await ask('GET', `/events?accountId=${accountId}&limit=500`)).json().items)
      .toContainEqual(
        expect.objectContaining({
          type: 'margin-call-changed',
          severity: 'critical',
          details: expect.objectContaining({ state: 'entered' }),
        }),
      );
  });

  it('closes when it holds nothing, and is not there any more', async () => {
    const { ask, accountId, order } = await addTrader(context.server);
    await order();
    const { items } = (await ask('GET', '/positions')).json();

    const early = await ask('DELETE', `/accounts/${accountId}`);
    await ask('POST', `/positions/${items[0].id}/close`);
    const closed = await ask('DELETE', `/accounts/${accountId}`);

    expect(early.statusCode).toBe(409);
    expect(early.json()).toMatchObject({ detail: expect.stringContaining('open positions') });
    expect(closed.statusCode).toBe(204);
    expect((await ask('GET', `/accounts/${accountId}`)).statusCode).toBe(404);
    expect((await ask('GET', '/accounts')).json()).toEqual({ items: [] });
    expect((await order()).statusCode).toBe(404);
    expect((await ask('GET', '/trades')).json().items).toHaveLength(1);
  });
});
