/** Chooses the stored prices of each instrument that a backtest needs: those that were named, else those that cover most of its range. */

import { neededConversions } from '../core/backtest/backtest-instruments.ts';
import { candleSpan } from '../core/domain/candle.ts';
import { PAPER_INSTRUMENTS } from '../core/domain/paper-instruments.ts';
import type { Currency } from '../core/domain/instrument.ts';
import type { FieldError } from '../core/shared/problem.ts';
import type { PricePeriod } from '../prices/series/price-chunks.ts';
import type { PriceSeriesStore, StoredPriceSeries } from '../prices/series/price-series-store.ts';

/** Series by instrument, as a person names them. */
export type NamedSeries = Readonly<Record<string, string>>;

/** What prices are wanted for: the series of the configured instrument is chosen already. */
export interface SeriesWish {
  readonly main: StoredPriceSeries;
  /** The instruments that the strategy trades besides. */
  readonly others: readonly string[];
  readonly currency: Currency;
  readonly named: NamedSeries;
  /** What is to be covered. */
  readonly range: PricePeriod;
  /** Undefined may use every series. */
  readonly userId: string | undefined;
}

/** The series of all instruments, the configured one first, or what is wrong. */
export interface ChosenSeries {
  readonly series: readonly StoredPriceSeries[];
  readonly errors: readonly FieldError[];
}

/** The first instant after a series: a candle lasts on after its start. */
export function endOf({ granularity, endsAt }: StoredPriceSeries): number {
  return granularity === undefined ? endsAt + 1 : candleSpan(granularity, endsAt).endsAt;
}

/** Returns a series by its id if the user may use it and it holds prices of the instrument; else what is wrong. */
export async function findNamed(
  store: PriceSeriesStore,
  {
    id,
    instrument,
    userId,
    pointer,
  }: { id: string; instrument: string; userId: string | undefined; pointer: string },
): Promise<StoredPriceSeries | FieldError> {
  const series = userId === undefined ? await store.find(id) : await store.findFor(userId, id);
  if (!series) return { pointer, detail: 'there is no such price series' };
  if (series.instrument === instrument) return series;
  return { pointer, detail: `the series holds prices of ${series.instrument}` };
}

/** Returns the series of every instrument that is traded or converts, from what a user may use. */
export async function chooseSeries(store: PriceSeriesStore, wish: SeriesWish): Promise<ChosenSeries> {
  const { main, others } = wish;
  const choice = new SeriesChoice(store, wish);
  await choice.takeNamed([main.instrument, ...others]);
  for (const instrument of others) await choice.require(instrument);
  for (const { ways } of neededConversions([main.instrument, ...others], wish.currency))
    await choice.requireOneOf(ways);
  return { series: choice.series, errors: choice.errors };
}

class SeriesChoice {
  readonly errors: FieldError[] = [];
  readonly #store: PriceSeriesStore;
  readonly #wish: SeriesWish;
  readonly #byInstrument: Map<string, StoredPriceSeries>;

  constructor(store: PriceSeriesStore, wish: SeriesWish) {
    this.#store = store;
    this.#wish = wish;
    this.#byInstrument = new Map([[wish.main.instrument, wish.main]]);
  }

  get series(): readonly StoredPriceSeries[] {
    return [...this.#byInstrument.values()];
  }

  /** Takes what was named, as far as the backtest has a use for it. */
  async takeNamed(traded: readonly string[]): Promise<void> {
    const { named, currency, userId } = this.#wish;
    const converting = neededConversions(traded, currency).flatMap(({ ways }) => ways.flat());
    const useful = new Set([...traded, ...converting]);
    for (const [instrument, id] of Object.entries(named)) {
      if (this.#byInstrument.has(instrument)) continue;
      const pointer = `/series/${instrument}`;
      if (!useful.has(instrument)) {
        const detail = `the backtest needs no prices of ${instrument}, but of ${[...useful].join(', ')}; leave it out`;
        this.errors.push({ pointer, detail });
        continue;
      }
      const found = await findNamed(this.#store, { id, instrument, userId, pointer });
      if ('pointer' in found) this.errors.push(found);
      else this.#byInstrument.set(instrument, found);
    }
  }

  /** Finds prices of an instrument that is traded. */
  async require(instrument: string): Promise<void> {
    const found = (await this.#look(instrument)) ?? (await this.#newest(instrument));
    if (found) return this.#take(found);
    const detail = PAPER_INSTRUMENTS.find(instrument)
      ? `the strategy trades ${instrument} too, and there is no price series of it yet; import one`
      : `the strategy trades ${instrument} too, and there is no such instrument`;
    this.errors.push({ pointer: `/series/${instrument}`, detail });
  }

  /** Finds prices of the most direct way to convert, unless one is there already. What is missing is left to the check of the spec. */
  async requireOneOf(ways: readonly (readonly string[])[]): Promise<void> {
    if (ways.some((way) => way.every((instrument) => this.#byInstrument.has(instrument)))) return;
    // Prices that lie outside the range are better than none: the answer then says where they lie.
    for (const look of [this.#look, this.#newest]) {
      for (const way of ways) {
        const found = await Promise.all(way.map((instrument) => look(instrument)));
        if (found.includes(undefined)) continue;
        for (const one of found) if (one) this.#take(one);
        return;
      }
    }
  }

  #take(series: StoredPriceSeries): void {
    this.#byInstrument.set(series.instrument, series);
  }

  /** The series that covers most of the range, the newest of several that do; undefined when none covers any of it. */
  readonly #look = async (instrument: string): Promise<StoredPriceSeries | undefined> => {
    const chosen = this.#byInstrument.get(instrument);
    if (chosen) return chosen;
    let [best, mostMs]: [StoredPriceSeries | undefined, number] = [undefined, 0];
    for (const series of await this.#store.allOf(instrument, this.#wish.userId)) {
      const { from, until } = this.#wish.range;
      const coveredMs = Math.min(until, endOf(series)) - Math.max(from, series.startsAt);
      if (coveredMs > mostMs) [best, mostMs] = [series, coveredMs];
    }
    return best;
  };

  readonly #newest = async (instrument: string): Promise<StoredPriceSeries | undefined> =>
    this.#byInstrument.get(instrument) ?? this.#store.newestOf(instrument, this.#wish.userId);
}
