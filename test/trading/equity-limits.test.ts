// Limits on the equity over HTTP: a warning first, then a halt that says why, and its end; distances in the summary.
import { describe, expect, it } from 'vitest';
import { useServer } from '../support/test-server.ts';
import { addTrader } from '../support/trading-client.ts';

const context = useServer();
const DAY_MS = 86_400_000;

describe('a limit on losses', () => {
  it('warns, halts with its reason, and lets the account trade again when its period ends', async () => {
    const { ask, accountId, order } = await addTrader(context.server, { limits: { maxDailyLoss: '20' } });
    await order({ units: 10_000 });
    const journal = async (): Promise<object[]> =>
      (await ask('GET', `/events?accountId=${accountId}&limit=200`)).json().items;
    const status = async () => (await ask('GET', `/accounts/${accountId}`)).json();

    // Bought at 1.10010: 17 dollars are lost, then 20.
    await context.server.quote('EUR_USD', 109_840, 109_850);
    await expect.poll(journal).toContainEqual(
      expect.objectContaining({
        type: 'limit-near',
        severity: 'warning',
        details: expect.objectContaining({ name: 'maxDailyLoss', limit: '20.0000', loss: '17.0000' }),
      }),
    );
    await context.server.quote('EUR_USD', 109_810, 109_820);
    expect(await status()).toMatchObject({
      status: 'halted',
      statusReason: expect.stringContaining('daily-loss-exceeded'),
    });

    await context.server.quote('EUR_USD', 109_810, 109_820, DAY_MS);
    expect(await status()).toMatchObject({ status: 'trading', statusReason: null });
    expect((await order()).json()).toMatchObject({ status: 'filled' });
  });

  it('is shown with its distance, like any rule about the equity', async () => {
    const { ask, accountId } = await addTrader(context.server, {
      limits: {
        maxWeeklyLoss: '500',
        profitTarget: { equity: '101000' },
        profitLock: { from: '200', keep: '0.5' },
        marginGuard: { closeoutPercent: '0.8' },
        propRules: { startEquity: '100000', drawdown: 'static', maxDrawdown: '4000', profitTarget: '8000' },
      },
    });

    const { lossLimits, equityRules } = (await ask('GET', `/accounts/${accountId}/summary`)).json();
    const { limits } = (await ask('GET', `/accounts/${accountId}`)).json();

    expect(lossLimits).toEqual([
      { name: 'maxWeeklyLoss', limit: '500.0000', loss: '0.0000', remaining: '500.0000', reached: false },
    ]);
    expect(equityRules).toEqual([
      { name: 'profitTarget', haltsAt: '101000.0000', distance: '1000.0000', reached: false },
      { name: 'profitLock', haltsAt: null, distance: null, reached: false },
      { name: 'marginGuard', haltsAt: null, distance: null, reached: false },
      { name: 'propRules.maxDrawdown', haltsAt: '96000.0000', distance: '4000.0000', reached: false },
      { name: 'propRules.profitTarget', haltsAt: '108000.0000', distance: '8000.0000', reached: false },
    ]);
    expect(limits).toMatchObject({
      profitTarget: { equity: '101000.0000', positions: 'keep' },
      profitLock: { from: '200.0000', keep: '0.5', positions: 'keep' },
      marginGuard: { closeoutPercent: '0.80000', positions: 'keep' },
      propRules: { maxDailyLoss: null, minTradingDays: null },
    });
  });

  it.each([
    ['/limits/maxWeeklyLoss', { maxWeeklyLoss: '-1' }],
    ['/limits/profitTarget/equity', { profitTarget: {} }],
    ['/limits/profitTarget/positions', { profitTarget: { equity: '1', positions: 'hold' } }],
    ['/limits/profitLock/keep', { profitLock: { from: '1', keep: '1.5' } }],
    ['/limits/marginGuard/closeoutPercent', { marginGuard: { closeoutPercent: '1' } }],
    ['/limits/propRules/drawdown', { propRules: { startEquity: '1', drawdown: 'none', maxDrawdown: '1' } }],
  ])('is refused with a word about %s', async (pointer, limits) => {
    const { ask, accountId } = await addTrader(context.server);

    const answer = await ask('PATCH', `/accounts/${accountId}`, { limits });

    expect(answer.statusCode).toBe(400);
    expect(answer.json().errors).toMatchObject([{ pointer }]);
  });
});
