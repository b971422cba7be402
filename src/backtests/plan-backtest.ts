/** Turns a request for a backtest into a spec that can run: defaults filled in, prices chosen, everything checked at once. */

import { hash } from 'node:crypto';
import { canonicalText, checkSpec } from '../core/backtest/backtest-spec.ts';
import { ENGINE_VERSION } from '../core/backtest/engine-version.ts';
import { candleSpan } from '../core/domain/candle.ts';
import { ACCOUNT_CURRENCIES } from '../core/domain/instrument.ts';
import { PAPER_INSTRUMENTS } from '../core/domain/paper-instruments.ts';
import { Problem } from '../core/shared/problem.ts';
import { DEFAULT_COSTS } from '../core/simulation/costs.ts';
import { checkStrategyParameters, findStrategyType, STRATEGY_TYPES } from '../core/strategies/registry.ts';
import type { BacktestSpec } from '../core/backtest/backtest-spec.ts';
import type { RiskLimits } from '../core/domain/account.ts';
import type { Currency, Instrument } from '../core/domain/instrument.ts';
import { unknownInstrument } from '../prices/market-input.ts';
import type { PriceSeriesStore, StoredPriceSeries } from '../prices/series/price-series-store.ts';
import type { FieldError } from '../core/shared/problem.ts';
import type { CostModel } from '../core/simulation/costs.ts';
import type { StrategyParameters, StrategyType } from '../core/strategies/strategy.ts';

/** What a person wants to know. Money in ten-thousandths, times UTC ms; what is left out has a default. */
export interface BacktestRequest {
  readonly strategyType: string;
  readonly parameters?: unknown;
  readonly instrument: string;
  /** The newest series of the instrument when left out. */
  readonly seriesId?: string | undefined;
  /** The whole series when left out; what lies outside of it is cut off. `until` is excluded. */
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
  readonly series: StoredPriceSeries;
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
  const parameters = checkedParameters(type, request.parameters ?? {});
  const series = await findSeries(store, request, userId);
  const spec = makeSpec(request, { instrument, parameters, series });
  const range = checkRange(request, series);
  // An error of the range is reported once.
  const others = checkSpec(spec, type, series).filter(
    ({ pointer }) => range.length === 0 || pointer !== '/to',
  );
  const errors = [...range, ...others];
  if (errors.length > 0) throw invalidBacktest(errors);
  return {
    spec,
    type,
    series,
    specHash: hash('sha256', `${ENGINE_VERSION}\n${series.id}\n${canonicalText(spec)}`),
  };
}

/** The quote currency, or the base currency when no account is kept in that: USD_SEK is traded for dollars. */
function usualCurrency({ base, quote }: Instrument): Currency {
  return isAccountCurrency(quote) || !isAccountCurrency(base) ? quote : base;
}

function isAccountCurrency(currency: Currency): boolean {
  return ACCOUNT_CURRENCIES.some((known) => known === currency);
}

function checkedParameters(type: StrategyType, parameters: unknown): StrategyParameters {
  const checked = checkStrategyParameters(type, parameters);
  if ('errors' in checked) throw invalidBacktest(checked.errors);
  return checked.parameters;
}

async function findSeries(
  store: PriceSeriesStore,
  { seriesId, instrument }: BacktestRequest,
  userId: string | undefined,
): Promise<StoredPriceSeries> {
  if (seriesId === undefined) {
    const newest = await store.newestOf(instrument, userId);
    if (newest) return newest;
    throw invalid('/instrument', `there is no price series of ${instrument} yet; import one first`);
  }
  const series = userId === undefined ? await store.find(seriesId) : await store.findFor(userId, seriesId);
  if (!series) throw invalid('/seriesId', 'there is no such price series');
  if (series.instrument !== instrument)
    throw invalid('/seriesId', `the series holds prices of ${series.instrument}`);
  return series;
}

interface Choices {
  readonly instrument: Instrument;
  readonly parameters: StrategyParameters;
  readonly series: StoredPriceSeries;
}

function makeSpec(request: BacktestRequest, { instrument, parameters, series }: Choices): BacktestSpec {
  const endsAt = endOf(series);
  return {
    strategyType: request.strategyType,
    parameters,
    instrument: instrument.name,
    currency: request.currency ?? usualCurrency(instrument),
    initialBalance: request.initialBalance ?? DEFAULT_BALANCE,
    from: Math.max(request.from ?? series.startsAt, series.startsAt),
    until: Math.min(request.until ?? endsAt, endsAt),
    costs: { ...DEFAULT_COSTS, ...request.costs },
    limits: request.limits ?? {},
    hedging: request.hedging ?? false,
    seed: request.seed ?? 0,
  };
}

/** What was asked for is compared with the prices before it is cut down to them: the answer must be about what was sent. */
function checkRange({ from, until }: BacktestRequest, series: StoredPriceSeries): readonly FieldError[] {
  const endsAt = endOf(series);
  const [first, last] = [series.startsAt, series.endsAt].map((at) => new Date(at).toISOString());
  const range = `from ${first} to ${last}`;
  if (from !== undefined && from >= endsAt)
    return [{ pointer: '/from', detail: `is after the prices of the series, which go ${range}` }];
  if (until !== undefined && until <= series.startsAt)
    return [{ pointer: '/to', detail: `is before the prices of the series, which go ${range}` }];
  if (from === undefined || until === undefined || from < until) return [];
  return [{ pointer: '/to', detail: `must be later than "from"; the prices of the series go ${range}` }];
}

/** The first instant after a series: a candle lasts on after its start. */
function endOf({ granularity, endsAt }: StoredPriceSeries): number {
  return granularity === undefined ? endsAt + 1 : candleSpan(granularity, endsAt).endsAt;
}

function invalid(pointer: string, detail: string): Problem {
  return invalidBacktest([{ pointer, detail }]);
}

/** The sentence names the fields too, for clients that show only the sentence. */
function invalidBacktest(errors: readonly FieldError[]): Problem {
  const fields = errors.map(({ pointer, detail }) => `${pointer.slice(1)}: ${detail}`);
  return new Problem('invalid-request', `The backtest is not valid. ${fields.join('; ')}.`, { errors });
}
