/** Limits on the account as a whole for random runs: so near that most of them are met now and then. */

import type { FurtherLimits } from '../../domain/account.ts';

/** Makes limits for an account that starts with this balance, in ten-thousandths. */
type LimitsFor = (balance: number) => FurtherLimits;

/** 5 January 2024, 21:00 UTC: within the prices of the laws. */
const FRIDAY_EVENING = 1_704_488_400_000;

const part = (balance: number, share: number): number => Math.floor(balance * share);

/** The limits of random runs; the first are none. */
export const RANDOM_LIMITS: readonly LimitsFor[] = [
  () => ({}),
  (balance) => ({ maxWeeklyLoss: part(balance, 0.004) }),
  (balance) => ({ profitTarget: { equity: part(balance, 1.0005), positions: 'close' } }),
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
  () => ({ marginGuard: { closeoutPercent: 3_000, positions: 'close_largest_loss' } }),
  (balance) => ({ maxExposure: part(balance, 3), maxOpenPositions: 3 }),
  (balance) => ({ maxCurrencyExposure: part(balance, 2) }),
  () => ({ maxSpreadRatio: 1.1 }),
  () => ({ requireStopLoss: {} }),
  () => ({ requireStopLoss: { distancePoints: 60 }, maxSpreadRatio: 1.2 }),
  () => ({ maxOrdersPerMinute: 1, maxTradesPerDay: 5 }),
  () => ({
    weekend: { minutesBefore: 45, entries: 'deny', positions: 'close' },
    newsWindows: [{ from: FRIDAY_EVENING - 1_800_000, to: FRIDAY_EVENING, currencies: ['USD', 'JPY'] }],
  }),
  () => ({
    weekend: { minutesBefore: 45, entries: 'cancel', positions: 'keep' },
    rollOver: { minutesBefore: 30, minutesAfter: 30 },
  }),
];
