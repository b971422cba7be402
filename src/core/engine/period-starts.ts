/** What the trading day and the trading week began with, so that their results are known at any time. */

import { tradingDayStart, tradingWeekStart } from '../domain/trading-calendar.ts';
import type { Portfolio } from './portfolio.ts';

export const PERIODS = ['day', 'week'] as const;
export type PeriodName = (typeof PERIODS)[number];

/** A period's start (UTC ms) and, once it could be measured, when that was and the equity and result of that moment. */
export type SavedPeriod = {
  readonly name: PeriodName;
  readonly startsAt: number;
  readonly measuredAt: number;
  readonly equity: number;
  readonly result: number;
};

/**
 * How a trading day or week has gone so far. It starts at 17:00 New York (UTC ms), a week on Friday. It is measured from `measuredAt`
 * on: later than the start where the account was made or connected since, did not run then, or could not be valued. Money is
 * ten-thousandths: `startEquity` + `fundsTransferred` + `result` is the equity. Funds are what was paid in less what was paid out.
 */
export interface PeriodFigures {
  readonly startsAt: number;
  readonly measuredAt: number;
  readonly startEquity: number;
  readonly fundsTransferred: number;
  readonly result: number;
}

type Measured = Pick<SavedPeriod, 'measuredAt' | 'equity' | 'result'>;

interface Period {
  startsAt: number;
  measured: Measured | undefined;
}

const startOf: Readonly<Record<PeriodName, (at: number) => number>> = {
  day: tradingDayStart,
  week: tradingWeekStart,
};

/** Measures each period once, as early as the account can be valued: a start that is a guess would make every result one. */
export class PeriodStarts {
  readonly #portfolio: Portfolio;
  readonly #periods: Readonly<Record<PeriodName, Period>> = {
    day: { startsAt: -Infinity, measured: undefined },
    week: { startsAt: -Infinity, measured: undefined },
  };
  #isUnmeasured = true;

  constructor(portfolio: Portfolio) {
    this.#portfolio = portfolio;
  }

  /** Whether {@link measure} has something to measure. */
  get isUnmeasured(): boolean {
    return this.#isUnmeasured;
  }

  /** Begins the periods that hold `at`, where they are later ones than those under way, and measures them. */
  begin(at: number): void {
    for (const name of PERIODS) {
      const startsAt = startOf[name](at);
      if (startsAt > this.#periods[name].startsAt)
        Object.assign(this.#periods[name], { startsAt, measured: undefined });
    }
    this.measure(at);
  }

  /** Measures again from `at` on: what the account holds from now on was not made here. */
  beginAgain(at: number): void {
    for (const name of PERIODS) this.#periods[name].measured = undefined;
    this.measure(at);
  }

  /** Measures the periods that could not be measured yet. */
  measure(at: number): void {
    this.#isUnmeasured = this.#portfolio.valuationGap() !== undefined;
    if (this.#isUnmeasured) return;
    const measured = {
      measuredAt: at,
      equity: this.#portfolio.equity(),
      result: this.#portfolio.result(),
    };
    for (const name of PERIODS) this.#periods[name].measured ??= measured;
  }

  /** How a period has gone so far; undefined before it is measured, and while the account cannot be valued. */
  figures(name: PeriodName): PeriodFigures | undefined {
    const { startsAt, measured } = this.#periods[name];
    if (measured === undefined || this.#portfolio.valuationGap() !== undefined) return undefined;
    const result = this.#portfolio.result() - measured.result;
    return {
      startsAt,
      measuredAt: measured.measuredAt,
      startEquity: measured.equity,
      fundsTransferred: this.#portfolio.equity() - measured.equity - result,
      result,
    };
  }

  /** The periods that were measured. */
  save(): readonly SavedPeriod[] {
    return PERIODS.flatMap((name) => {
      const { startsAt, measured } = this.#periods[name];
      return measured ? [{ name, startsAt, ...measured }] : [];
    });
  }

  /** Takes over what was measured of the periods that hold `at`; they are begun where they are not. */
  restore(saved: readonly SavedPeriod[], at: number): void {
    for (const { name, startsAt, measuredAt, equity, result } of saved) {
      if (startsAt === startOf[name](at) && startsAt >= this.#periods[name].startsAt)
        Object.assign(this.#periods[name], { startsAt, measured: { measuredAt, equity, result } });
    }
    this.begin(at);
  }
}
