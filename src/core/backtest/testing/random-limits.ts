/** Limits on the account as a whole for random runs: so near that most of them are met now and then. */

import type { FurtherLimits } from '../../domain/account.ts';

/** Makes limits for an account that starts with this balance, in ten-thousandths. */
type LimitsFor = (balance: number) => FurtherLimits;

const part = (balance: number, share: number): number => Math.floor(balance * share);

/** The limits of random runs; the first are none. */
export const RANDOM_LIMITS: readonly LimitsFor[] = [
  () => ({}),
  (balance) => ({ maxWeeklyLoss: part(balance, 0.004) }),
  (balance) => ({ profitTarget: { equity: part(balance, 1.002), positions: 'close' } }),
  (balance) => ({ profitLock: { from: part(balance, 0.001), keep: 0.5, positions: 'keep' } }),
  (balance) => ({ profitLock: { from: part(balance, 0.001), keep: 0.8, positions: 'close' } }),
  (balance) => ({
    propRules: {
      startEquity: balance,
      drawdown: 'trailing',
      maxDrawdown: part(balance, 0.005),
      maxDailyLoss: part(balance, 0.003),
      profitTarget: part(balance, 0.002),
      minTradingDays: 2,
    },
  }),
  (balance) => ({ maxExposure: part(balance, 3), maxOpenPositions: 3 }),
  (balance) => ({ maxCurrencyExposure: part(balance, 2) }),
];
