/** Which field of a stored report holds which metric. The names on the left are those of the performance report. */

/** Shares, ratios and statistics: doubles. */
export const RATIO_FIELDS = {
  totalReturn: 'totalReturn',
  cagr: 'cagr',
  arithmeticAnnualReturn: 'arithmeticAnnualReturn',
  volatility: 'volatility',
  marketChange: 'marketChange',
  sharpe: 'sharpe',
  sharpeStandardError: 'sharpeStandardError',
  probabilisticSharpe: 'probabilisticSharpe',
  deflatedSharpe: 'deflatedSharpe',
  sortino: 'sortino',
  maxDrawdown: 'maxDrawdown',
  maxBalanceDrawdown: 'maxBalanceDrawdown',
  averageDrawdown: 'averageDrawdown',
  calmar: 'calmar',
  calmar36Months: 'calmar36Months',
  mar: 'mar',
  ulcerIndex: 'ulcerIndex',
  martin: 'martin',
  painIndex: 'painIndex',
  recoveryFactor: 'recoveryFactor',
  profitFactor: 'profitFactor',
  winRate: 'winRate',
  payoff: 'payoff',
  expectancyR: 'expectancyR',
  expectancyRatio: 'expectancyRatio',
  systemQuality: 'sqn',
  systemQualityR: 'sqn100',
  kelly: 'kelly',
  exposure: 'exposure',
  turnoverPerDay: 'turnover',
  skew: 'skew',
  excessKurtosis: 'excessKurtosis',
  valueAtRisk95: 'var95',
  valueAtRisk95Normal: 'var95Normal',
  conditionalValueAtRisk95: 'cvar95',
  omega: 'omega',
  tailRatio: 'tailRatio',
  gainToPain: 'gainToPain',
  stability: 'stability',
  kRatio: 'kRatio',
} as const;

/** Money in ten-thousandths of the account's currency. */
export const AMOUNT_FIELDS = {
  netProfit: 'netProfit',
  maxDrawdownMoney: 'maxDrawdownMoney',
  maxBalanceDrawdownMoney: 'maxBalanceDrawdownMoney',
  expectancy: 'expectancyMoney',
  averageMae: 'averageMae',
  averageMfe: 'averageMfe',
  averageGiveBack: 'averageGiveBack',
} as const;

/** Counts, and durations in milliseconds. */
export const COUNT_FIELDS = {
  trades: 'tradeCount',
  wins: 'winCount',
  losses: 'lossCount',
  breakEvens: 'breakEvenCount',
  maxConsecutiveWins: 'maxConsecutiveWins',
  maxConsecutiveLosses: 'maxConsecutiveLosses',
  longestDrawdownMs: 'drawdownDurationMs',
  longestDrawdownDays: 'drawdownDurationPeriods',
  recoveryMs: 'recoveryTimeMs',
  averageHoldingMs: 'averageHoldingMs',
  medianHoldingMs: 'medianHoldingMs',
  averageWinHoldingMs: 'averageWinHoldingMs',
  medianWinHoldingMs: 'medianWinHoldingMs',
  averageLossHoldingMs: 'averageLossHoldingMs',
  medianLossHoldingMs: 'medianLossHoldingMs',
} as const;

/** The metrics by name; null means undefined for the run. */
export type StoredMetrics = Readonly<
  Record<keyof typeof RATIO_FIELDS | keyof typeof AMOUNT_FIELDS | keyof typeof COUNT_FIELDS, number | null>
>;

/** Returns an object with a value for each name of a table of fields. */
export function byName<Name extends string, Value>(
  fields: Readonly<Record<Name, string>>,
  valueOf: (name: Name) => Value,
): Record<Name, Value> {
  return recordOf(namesOf(fields).map((name) => [name, valueOf(name)]));
}

/** Returns an object with a value for each field of a table of fields. */
export function byField<Name extends string, Field extends string, Value>(
  fields: Readonly<Record<Name, Field>>,
  valueOf: (name: Name) => Value,
): Record<Field, Value> {
  return recordOf(namesOf(fields).map((name) => [fields[name], valueOf(name)]));
}

/** Returns the names of a literal table. (`Object.keys` types them as any text.) */
function namesOf<Name extends string>(fields: Readonly<Record<Name, string>>): readonly Name[] {
  return Object.keys(fields) as Name[];
}

// `Object.fromEntries` loses the type of the keys.
function recordOf<Key extends string, Value>(
  entries: readonly (readonly [Key, Value])[],
): Record<Key, Value> {
  return Object.fromEntries(entries) as Record<Key, Value>;
}
