/** What a backtest runs: everything that decides its result, in one plain value with one spelling. */

import { PAPER_INSTRUMENTS } from '../domain/paper-instruments.ts';
import { isNested } from './candle-path.ts';
import type { RiskLimits } from '../domain/account.ts';
import type { Granularity } from '../domain/candle.ts';
import type { Currency } from '../domain/instrument.ts';
import type { FieldError } from '../shared/problem.ts';
import { isFinancing, LARGEST_MARKUP, LARGEST_RATE } from '../simulation/costs.ts';
import type { CostModel } from '../simulation/costs.ts';
import type { StrategyParameters, StrategyType } from '../strategies/strategy.ts';

/** A backtest's terms. Money is ten-thousandths of `currency`; the run takes the prices with `from` ≤ time < `until` (UTC ms). */
export interface BacktestSpec {
  readonly strategyType: string;
  /** With the defaults filled in. */
  readonly parameters: StrategyParameters;
  readonly instrument: string;
  readonly currency: Currency;
  readonly initialBalance: number;
  readonly from: number;
  readonly until: number;
  readonly costs: CostModel;
  readonly limits: RiskLimits;
  readonly hedging: boolean;
  /** Part of the identity of a run. Nothing in the simulation draws lots, so runs that differ in it alone are equal. */
  readonly seed: number;
}

/** What prices a run is fed. */
export interface BacktestPrices {
  readonly kind: 'quotes' | 'candles';
  /** Of candles. */
  readonly granularity: Granularity | undefined;
}

/** A hundred billion in account currency: sums of such amounts stay exact. */
const LARGEST_BALANCE = 100_000_000_000 * 10_000;
const LARGEST_SLIPPAGE_POINTS = 1_000;
const LARGEST_COMMISSION = 10_000 * 10_000;
const AMOUNT_LIMITS = ['maxOrderUnits', 'maxPositionUnits', 'maxDailyLoss', 'maxSpreadPoints'] as const;

/** Returns the spec as JSON with sorted keys and without what is undefined: equal specs give equal text, byte for byte. */
export function canonicalText(spec: BacktestSpec): string {
  return JSON.stringify(spec, (_, value: unknown) => sortedKeys(value));
}

function sortedKeys(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Returns what is wrong with a spec for these prices, field by field; empty when it can run. Parameters are checked against their schema before. */
export function checkSpec(
  spec: BacktestSpec,
  type: StrategyType,
  prices: BacktestPrices,
): readonly FieldError[] {
  return [
    ...checkMarket(spec),
    ...checkAmounts(spec),
    ...(spec.from < spec.until ? [] : [{ pointer: '/to', detail: 'must be later than "from"' }]),
    ...checkParameters(spec, type, prices),
  ];
}

/**
 * Only one instrument's prices are fed, and they must convert its results: the account's currency is one of the pair's two.
 * Anything else would have to guess a rate.
 */
function checkMarket({ instrument: name, currency }: BacktestSpec): readonly FieldError[] {
  const instrument = PAPER_INSTRUMENTS.find(name);
  if (!instrument) return [{ pointer: '/instrument', detail: `there is no instrument ${name}` }];
  if (currency === instrument.base || currency === instrument.quote) return [];
  const detail = `results in ${instrument.quote} cannot be converted to ${currency} by the price of ${name}; choose ${instrument.quote} or ${instrument.base}`;
  return [{ pointer: '/currency', detail }];
}

function checkAmounts({ initialBalance, costs, limits }: BacktestSpec): readonly FieldError[] {
  const errors: FieldError[] = [];
  const check = (isRight: boolean, pointer: string, detail: string): void => {
    if (!isRight) errors.push({ pointer, detail });
  };
  check(
    isWithin(initialBalance, 1, LARGEST_BALANCE),
    '/initialBalance',
    'must be above 0 and at most 100000000000',
  );
  check(
    isWithin(costs.slippagePoints, 0, LARGEST_SLIPPAGE_POINTS),
    '/costs/slippagePoints',
    'must be a whole number from 0 to 1000',
  );
  check(
    isWithin(costs.commissionPerMillion, 0, LARGEST_COMMISSION),
    '/costs/commissionPerMillion',
    'must be from 0 to 10000',
  );
  check(
    costs.conversionMarkup >= 0 && costs.conversionMarkup <= LARGEST_MARKUP,
    '/costs/conversionMarkup',
    `must be from 0 to ${LARGEST_MARKUP}`,
  );
  check(
    isFinancing(costs.financing),
    '/costs/financing',
    `must be rates from -${LARGEST_RATE} to ${LARGEST_RATE} per year: a percent is 0.01`,
  );
  for (const limit of AMOUNT_LIMITS) {
    const value = limits[limit];
    check(value === undefined || isWhole(value), `/limits/${limit}`, 'must be a whole number above 0');
  }
  return errors;
}

function isWhole(value: number): boolean {
  return isWithin(value, 1, Number.MAX_SAFE_INTEGER);
}

function isWithin(value: number, lowest: number, highest: number): boolean {
  return Number.isSafeInteger(value) && value >= lowest && value <= highest;
}

function checkParameters(
  { parameters, instrument: name }: BacktestSpec,
  type: StrategyType,
  prices: BacktestPrices,
): readonly FieldError[] {
  const wrong = type
    .checkParameters(parameters)
    .map(({ parameter, detail }) => ({ pointer: `/parameters/${parameter}`, detail }));
  const instrument = PAPER_INSTRUMENTS.find(name);
  if (wrong.length > 0 || !instrument) return wrong;
  const { granularities, otherInstruments = [] } = type.create(parameters, instrument);
  const [other] = otherInstruments;
  if (other !== undefined) {
    const detail = `the strategy wants prices of ${other} too; a backtest has those of one instrument`;
    return [{ pointer: '/parameters', detail }];
  }
  const { granularity } = prices;
  if (granularity === undefined) return [];
  return granularities
    .filter((wanted) => !isNested(granularity, wanted))
    .map((wanted) => ({
      pointer: '/parameters',
      detail: `the strategy wants ${wanted} candles, which cannot be put together from the ${granularity} candles of the price series`,
    }));
}
