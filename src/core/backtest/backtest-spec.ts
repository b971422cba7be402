/** What a backtest runs: everything that decides its result, in one plain value with one spelling. */

import { PAPER_INSTRUMENTS } from '../domain/paper-instruments.ts';
import { neededConversions } from './backtest-instruments.ts';
import { isNested } from './candle-path.ts';
import type { RiskLimits } from '../domain/account.ts';
import type { Granularity } from '../domain/candle.ts';
import type { Currency } from '../domain/instrument.ts';
import type { FieldError } from '../shared/problem.ts';
import { isFinancing, LARGEST_MARKUP, LARGEST_RATE } from '../simulation/costs.ts';
import { bucketsError } from '../simulation/depth.ts';
import type { CostModel } from '../simulation/costs.ts';
import type { StrategyParameters, StrategyType } from '../strategies/strategy.ts';
import type { NeededConversion } from './backtest-instruments.ts';
import type { PriceSource } from './price-cursor.ts';

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

/** A hundred billion in account currency: sums of such amounts stay exact. */
const LARGEST_BALANCE = 100_000_000_000 * 10_000;
const LARGEST_SLIPPAGE_POINTS = 1_000;
const LARGEST_COMMISSION = 10_000 * 10_000;
const AMOUNT_LIMITS = [
  'maxOrderUnits',
  'maxPositionUnits',
  'maxDailyLoss',
  'maxSpreadPoints',
  'maxCurrencyExposure',
  'maxExposure',
  'maxOpenPositions',
  'maxWeeklyLoss',
  'maxOrdersPerMinute',
  'maxTradesPerDay',
] as const;

/** Returns the spec as JSON with sorted keys and without what is undefined: equal specs give equal text, byte for byte. */
export function canonicalText(spec: BacktestSpec): string {
  return JSON.stringify(spec, (_, value: unknown) => sortedKeys(value));
}

function sortedKeys(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * Returns what is wrong with a spec for prices of these sources, field by field; empty when it can run. Parameters are checked against
 * their schema before.
 */
export function checkSpec(
  spec: BacktestSpec,
  type: StrategyType,
  sources: readonly PriceSource[],
): readonly FieldError[] {
  return [
    ...checkMarket(spec),
    ...checkAmounts(spec),
    ...checkDepth(spec),
    ...(spec.from < spec.until ? [] : [{ pointer: '/to', detail: 'must be later than "from"' }]),
    ...checkParameters(spec, type, sources),
  ];
}

/** Returns the instruments that a strategy with checked parameters trades: the configured one, then its others. */
export function tradedInstruments(
  { parameters, instrument: name }: Pick<BacktestSpec, 'parameters' | 'instrument'>,
  type: StrategyType,
): readonly string[] {
  const { otherInstruments = [] } = type.create(parameters, PAPER_INSTRUMENTS.named(name));
  return [name, ...otherInstruments.filter((other) => other !== name)];
}

function checkMarket({ instrument }: BacktestSpec): readonly FieldError[] {
  if (PAPER_INSTRUMENTS.find(instrument)) return [];
  return [{ pointer: '/instrument', detail: `there is no instrument ${instrument}` }];
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

function checkDepth({ costs: { depth = {} } }: BacktestSpec): readonly FieldError[] {
  return Object.entries(depth).flatMap(([name, buckets]) => {
    const isKnown = PAPER_INSTRUMENTS.find(name) !== undefined;
    const detail = isKnown ? bucketsError(buckets) : 'is no instrument; see GET /instruments';
    return detail === undefined ? [] : [{ pointer: `/costs/depth/${name}`, detail }];
  });
}

function isWhole(value: number): boolean {
  return isWithin(value, 1, Number.MAX_SAFE_INTEGER);
}

function isWithin(value: number, lowest: number, highest: number): boolean {
  return Number.isSafeInteger(value) && value >= lowest && value <= highest;
}

function checkParameters(
  spec: BacktestSpec,
  type: StrategyType,
  sources: readonly PriceSource[],
): readonly FieldError[] {
  const { parameters, instrument: name } = spec;
  const wrong = type
    .checkParameters(parameters)
    .map(({ parameter, detail }) => ({ pointer: `/parameters/${parameter}`, detail }));
  const instrument = PAPER_INSTRUMENTS.find(name);
  if (wrong.length > 0 || !instrument) return wrong;
  const traded = tradedInstruments(spec, type);
  const { granularities } = type.create(parameters, instrument);
  return [
    ...traded.flatMap((one) => checkPrices(one, granularities, { name, sources })),
    ...checkConversions(spec, traded, sources),
  ];
}

/** Each instrument that is traded needs prices from which the candles that the strategy wants can be made. */
function checkPrices(
  traded: string,
  granularities: readonly Granularity[],
  { name, sources }: { readonly name: string; readonly sources: readonly PriceSource[] },
): readonly FieldError[] {
  const source = sources.find(({ instrument }) => instrument === traded);
  const pointer = traded === name ? '/parameters' : `/series/${traded}`;
  if (!source) return [{ pointer, detail: `the strategy wants prices of ${traded}, and there are none` }];
  const { granularity } = source;
  if (granularity === undefined) return [];
  return granularities
    .filter((wanted) => !isNested(granularity, wanted))
    .map((wanted) => ({
      pointer,
      detail: `the strategy wants ${wanted} candles, which cannot be put together from the ${granularity} candles of the price series of ${traded}; name another series, or another granularity`,
    }));
}

/** Results must be converted by prices of the data: anything else would have to guess a rate. */
function checkConversions(
  { instrument, currency }: BacktestSpec,
  traded: readonly string[],
  sources: readonly PriceSource[],
): readonly FieldError[] {
  const hasPrices = (name: string) => sources.some((source) => source.instrument === name);
  return neededConversions(traded, currency)
    .filter(({ ways }) => !ways.some((way) => way.every(hasPrices)))
    .map(({ from, ways }) => ({
      pointer: '/currency',
      detail: `results in ${from} cannot be converted to ${currency}: ${remedyOf(ways)}choose ${currenciesOf(instrument)}`,
    }));
}

function remedyOf(ways: NeededConversion['ways']): string {
  const pairs = ways.map((way) => way.join(' with '));
  return pairs.length === 0
    ? 'no pair converts them; '
    : `import a price series of ${pairs.join(', or of ')}, or `;
}

function currenciesOf(name: string): string {
  const { quote = '', base = '' } = PAPER_INSTRUMENTS.find(name) ?? {};
  return `${quote} or ${base}`;
}
