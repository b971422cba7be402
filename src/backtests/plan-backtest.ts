/** Turns a request for a backtest into a spec that can run: defaults filled in, prices chosen, everything checked at once. */

import { hash } from 'node:crypto';
import { canonicalText, checkSpec, tradedInstruments } from '../core/backtest/backtest-spec.ts';
import { ENGINE_VERSION } from '../core/backtest/engine-version.ts';
import { ACCOUNT_CURRENCIES } from '../core/domain/instrument.ts';
import { PAPER_INSTRUMENTS } from '../core/domain/paper-instruments.ts';
import { Problem } from '../core/shared/problem.ts';
import { DEFAULT_COSTS } from '../core/simulation/costs.ts';
import { checkStrategyParameters, findStrategyType, STRATEGY_TYPES } from '../core/strategies/registry.ts';
import { chooseSeries, endOf, findNamed } from './choose-series.ts';
import type { BacktestSpec } from '../core/backtest/backtest-spec.ts';
import type { RiskLimits } from '../core/domain/account.ts';
import type { Currency, Instrument } from '../core/domain/instrument.ts';
import { unknownInstrument } from '../prices/market-input.ts';
import type { PricePeriod } from '../prices/series/price-chunks.ts';
import type { PriceSeriesStore, StoredPriceSeries } from '../prices/series/price-series-store.ts';
import type { FieldError } from '../core/shared/problem.ts';
import type { CostModel } from '../core/simulation/costs.ts';
import type { StrategyParameters, StrategyType } from '../core/strategies/strategy.ts';
import type { NamedSeries } from './choose-series.ts';

/** What a person wants to know. Money in ten-thousandths, times UTC ms; what is left out has a default. */
export interface BacktestRequest {
  readonly strategyType: string;
  readonly parameters?: unknown;
  readonly instrument: string;
  /** The newest series of the instrument when left out. */
  readonly seriesId?: string | undefined;
  /** The series of instruments by name; of those that are left out, the one that covers most of the range. */
  readonly series?: NamedSeries | undefined;
  /** All that the series have in common when left out; what lies outside of it is cut off. `until` is excluded. */
  readonly from?: number | undefined;
  readonly until?: number | undefined;
  /** The quote currency when left out, or the base where no account is kept in that. */
  readonly currency?: Currency | undefined;
  readonly initialBalance?: number | undefined;
  readonly costs?: Partial<CostModel> | undefined;
  readonly limits?: RiskLimits | undefined;
  readonly hedging?: boolean | undefined;
  readonly seed?: number | undefined;
}

/** A backtest that can run. */
export interface BacktestPlan {
  readonly spec: BacktestSpec;
  readonly type: StrategyType;
  /** The series of the instrument, then those of the others. */
  readonly series: readonly [StoredPriceSeries, ...StoredPriceSeries[]];
  /** SHA-256 of all that decides the result: equal hashes, equal results. */
  readonly specHash: string;
}

/** Ten thousand, as on a practice account. */
const DEFAULT_BALANCE = 10_000 * 10_000;

const TYPE_NAMES = STRATEGY_TYPES.map(({ name }) => name).join(', ');

/**
 * Plans a backtest for a user, who may use their own series and shared ones; without a user every series may be used.
 * Throws `invalid-request` with every wrong field.
 */
export async function planBacktest(
  store: PriceSeriesStore,
  request: BacktestRequest,
  userId: string | undefined,
): Promise<BacktestPlan> {
  const type = findStrategyType(request.strategyType);
  if (!type)
    throw invalid('/strategyType', `there is no strategy type ${request.strategyType}, but ${TYPE_NAMES}`);
  const instrument = PAPER_INSTRUMENTS.find(request.instrument);
  if (!instrument) throw invalid('/instrument', unknownInstrument(request.instrument));
  const parameters = checkedParameters(type, request.parameters ?? {}, instrument);
  const main = await findSeries(store, request, userId);
  const currency = request.currency ?? usualCurrency(instrument);
  const others = otherInstruments(type, parameters, instrument);
  const chosen = await chooseSeries(store, {
    main,
    others,
    currency,
    named: request.series ?? {},
    range: rangeOf(request, [main]),
    userId,
  });
  const range = checkRange(request, chosen.series);
  const spec = makeSpec(request, {
    instrument,
    parameters,
    currency,
    range: rangeOf(request, chosen.series),
  });
  const rest = chosen.series.slice(1);
  const found = [...chosen.errors, ...range];
  const fields = new Set(found.map(({ pointer }) => pointer));
  // What is wrong with a range or with prices is reported once.
  const errors = [
    ...found,
    ...checkSpec(spec, type, chosen.series).filter(
      ({ pointer }) => !fields.has(pointer) && !(range.length > 0 && pointer === '/to'),
    ),
  ];
  if (errors.length > 0) throw invalidBacktest(errors);
  return { spec, type, series: [main, ...rest], specHash: hashOf(spec, main, rest) };
}

/** Names every series: the same spec on other prices is another backtest. */
function hashOf(spec: BacktestSpec, main: StoredPriceSeries, rest: readonly StoredPriceSeries[]): string {
  const others = rest.map(({ instrument, id }) => `${instrument} ${id}\n`).toSorted();
  return hash('sha256', `${ENGINE_VERSION}\n${main.id}\n${others.join('')}${canonicalText(spec)}`);
}

/** None when the parameters are wrong: the check of the spec says so. */
function otherInstruments(
  type: StrategyType,
  parameters: StrategyParameters,
  instrument: Instrument,
): readonly string[] {
  if (type.checkParameters(parameters).length > 0) return [];
  return tradedInstruments({ parameters, instrument: instrument.name }, type).slice(1);
}

/** The quote currency, or the base currency when no account is kept in that: USD_SEK is traded for dollars. */
function usualCurrency({ base, quote }: Instrument): Currency {
  return isAccountCurrency(quote) || !isAccountCurrency(base) ? quote : base;
}

function isAccountCurrency(currency: Currency): boolean {
  return ACCOUNT_CURRENCIES.some((known) => known === currency);
}

function checkedParameters(
  type: StrategyType,
  parameters: unknown,
  instrument: Instrument,
): StrategyParameters {
  const checked = checkStrategyParameters(type, parameters, instrument);
  if ('errors' in checked) throw invalidBacktest(checked.errors);
  return checked.parameters;
}

async function findSeries(
  store: PriceSeriesStore,
  { seriesId, series: named = {}, instrument }: BacktestRequest,
  userId: string | undefined,
): Promise<StoredPriceSeries> {
  const id = seriesId ?? named[instrument];
  if (id === undefined) {
    const newest = await store.newestOf(instrument, userId);
    if (newest) return newest;
    throw invalid('/instrument', `there is no price series of ${instrument} yet; import one first`);
  }
  if (named[instrument] !== undefined && named[instrument] !== id)
    throw invalid(`/series/${instrument}`, 'is another series than "seriesId"; leave one of them out');
  const pointer = seriesId === undefined ? `/series/${instrument}` : '/seriesId';
  const found = await findNamed(store, { id, instrument, userId, pointer });
  if ('pointer' in found) throw invalidBacktest([found]);
  return found;
}

interface Choices {
  readonly instrument: Instrument;
  readonly parameters: StrategyParameters;
  readonly currency: Currency;
  readonly range: PricePeriod;
}

function makeSpec(
  request: BacktestRequest,
  { instrument, parameters, currency, range }: Choices,
): BacktestSpec {
  return {
    strategyType: request.strategyType,
    parameters,
    instrument: instrument.name,
    currency,
    initialBalance: request.initialBalance ?? DEFAULT_BALANCE,
    from: range.from,
    until: range.until,
    costs: { ...DEFAULT_COSTS, ...request.costs },
    limits: request.limits ?? {},
    hedging: request.hedging ?? false,
    seed: request.seed ?? 0,
  };
}

/** What was asked for, cut down to what all series have. */
function rangeOf({ from, until }: BacktestRequest, series: readonly StoredPriceSeries[]): PricePeriod {
  return {
    from: Math.max(from ?? -Infinity, ...series.map(({ startsAt }) => startsAt)),
    until: Math.min(until ?? Infinity, ...series.map(endOf)),
  };
}

/** What was asked for is compared with the prices before it is cut down to them: the answer must be about what was sent. */
function checkRange(request: BacktestRequest, series: readonly StoredPriceSeries[]): readonly FieldError[] {
  const wrong = series.flatMap((one, index) => checkRangeOf(request, one, index === 0));
  if (wrong.length > 0) return wrong.slice(0, 1);
  const common = rangeOf({ ...request, from: undefined, until: undefined }, series);
  if (common.from < common.until) return [];
  const spans = series.map((one) => `${one.instrument} ${spanText(one)}`);
  return [
    {
      pointer: '/series',
      detail: `the price series share no time: ${spans.join('; ')}; name others or import them`,
    },
  ];
}

function checkRangeOf(
  { from, until }: BacktestRequest,
  series: StoredPriceSeries,
  isMain: boolean,
): readonly FieldError[] {
  const prices = isMain ? 'the prices of the series' : `the prices of ${series.instrument}`;
  const range = spanText(series);
  if (from !== undefined && from >= endOf(series))
    return [{ pointer: '/from', detail: `is after ${prices}, which go ${range}` }];
  if (until !== undefined && until <= series.startsAt)
    return [{ pointer: '/to', detail: `is before ${prices}, which go ${range}` }];
  if (from === undefined || until === undefined || from < until) return [];
  return [{ pointer: '/to', detail: `must be later than "from"; ${prices} go ${range}` }];
}

function spanText({ startsAt, endsAt }: StoredPriceSeries): string {
  return `from ${new Date(startsAt).toISOString()} to ${new Date(endsAt).toISOString()}`;
}

function invalid(pointer: string, detail: string): Problem {
  return invalidBacktest([{ pointer, detail }]);
}

/** The sentence names the fields too, for clients that show only the sentence. */
function invalidBacktest(errors: readonly FieldError[]): Problem {
  const fields = errors.map(({ pointer, detail }) => `${pointer.slice(1)}: ${detail}`);
  return new Problem('invalid-request', `The backtest is not valid. ${fields.join('; ')}.`, { errors });
}
