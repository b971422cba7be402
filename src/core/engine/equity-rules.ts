/** All rules about the equity of an account: the limits on losses, and the halts by a target, a locked profit or a firm's rules. */

import { moneyNumber } from '../domain/denial.ts';
import {
  DAY_MS,
  HOUR_MS,
  tradingDayEnd,
  tradingDayStart,
  tradingWeekEnd,
  tradingWeekStart,
} from '../domain/trading-calendar.ts';
import { EquityHalts, hasEquityHalts } from './equity-halts.ts';
import { PeriodLoss } from './period-loss.ts';
import { TradedDays } from './traded-days.ts';
import type { RiskLimits } from '../domain/account.ts';
import type { Denial } from '../domain/denial.ts';
import type { DenialCode } from '../domain/denial-catalogue.ts';
import type { SavedHalts } from './equity-halts.ts';
import type { SavedLoss } from './period-loss.ts';
import type { PeriodStarts } from './period-starts.ts';
import type { Portfolio } from './portfolio.ts';

const HOURS_OF_DAY = 24;

/** A limit on losses by the name of the limit, with what it measures and the code of its halt. */
export interface LossLimit {
  readonly name: 'maxDailyLoss' | 'maxWeeklyLoss';
  readonly code: DenialCode;
  readonly loss: PeriodLoss;
}

/** What the rules save; null where nothing was measured yet. */
export type SavedEquityRules = {
  readonly day: SavedLoss | null;
  readonly week: SavedLoss | null;
  readonly equityHalts: SavedHalts | null;
};

/** Returns whether any limit looks at the equity: without one, no price needs to be looked at for it. */
export function watchesEquity(limits: RiskLimits): boolean {
  return limits.maxDailyLoss !== undefined || limits.maxWeeklyLoss !== undefined || hasEquityHalts(limits);
}

/** The rules of one account. They measure whether limits are set or not. */
export class EquityRules {
  readonly tradedDays = new TradedDays();
  readonly losses: readonly LossLimit[];
  readonly halts: EquityHalts;
  readonly #day: PeriodLoss;
  readonly #week: PeriodLoss;

  constructor(portfolio: Portfolio, periods: PeriodStarts) {
    this.#day = new PeriodLoss(portfolio, { startOf: tradingDayStart, endOf: tradingDayEnd });
    this.#week = new PeriodLoss(portfolio, { startOf: tradingWeekStart, endOf: tradingWeekEnd });
    this.losses = [
      { name: 'maxDailyLoss', code: 'daily-loss-exceeded', loss: this.#day },
      { name: 'maxWeeklyLoss', code: 'weekly-loss-exceeded', loss: this.#week },
    ];
    this.halts = new EquityHalts({ portfolio, periods, dayLoss: this.#day, tradedDays: this.tradedDays });
  }

  /** The end of the trading day; market time at or after it calls for {@link startDay}. */
  get dayEndsAt(): number {
    return this.#day.endsAt;
  }

  /** Returns which hour of the trading week an instant of the present day is in, from 0 on, by the clocks of New York. */
  hourOfWeek(at: number): number {
    const days = Math.round((this.#day.startsAt - this.#week.startsAt) / DAY_MS);
    return days * HOURS_OF_DAY + Math.floor((at - this.#day.startsAt) / HOUR_MS);
  }

  /** Whether a rule has halted the account. */
  get isTripped(): boolean {
    return this.#day.isTripped || this.#week.isTripped || this.halts.isTripped;
  }

  /** Starts the trading day that contains `at`, and the week where it is a new one. */
  startDay(at: number): void {
    this.#day.start(at);
    if (at >= this.#week.endsAt) this.#week.start(at);
    this.halts.startDay();
  }

  /** What the account holds from now on was not made here: losses count from now. */
  beginAgain(): void {
    for (const { loss } of this.losses) loss.rearm();
  }

  /** A person resumes: what has halted the account counts from now. */
  resume(): void {
    for (const { loss } of this.losses) if (loss.isTripped) loss.rearm();
    if (this.halts.isTripped) this.halts.rearm();
  }

  /** Returns why new exposure is denied, if a rule denies it: because it has halted the account, or would at the newest prices. */
  denial(limits: RiskLimits): Denial | undefined {
    const reached = this.losses.find(({ name, loss }) => loss.isReached(limits[name]));
    if (!reached) return this.halts.denial(limits);
    const [lost, limit] = [reached.loss.loss(), limits[reached.name]];
    const numbers = {
      ...(lost !== undefined && { loss: moneyNumber(lost) }),
      ...(limit !== undefined && { limit: moneyNumber(limit) }),
    };
    return { code: reached.code, numbers };
  }

  /** Returns whether a limit on losses could not be measured yet. */
  isUnmeasured(limits: RiskLimits): boolean {
    return this.losses.some(({ name, loss }) => limits[name] !== undefined && loss.isUnmeasured);
  }

  /** Returns whether a limit on losses is reached or near at the newest prices, and that was not reported yet. */
  hasNews(limits: RiskLimits): boolean {
    for (let index = 0; index < this.losses.length; index += 1) {
      const limit = this.losses[index];
      if (limit?.loss.hasNews(limits[limit.name]) === true) return true;
    }
    return false;
  }

  save(): SavedEquityRules {
    return { day: this.#day.save(), week: this.#week.save(), equityHalts: this.halts.save() };
  }

  /** Takes over what was saved, where the account's time has not reached a later day or week; returns whether anything had halted it. */
  restore({ day, week, equityHalts }: SavedEquityRules): boolean {
    if (equityHalts) this.halts.restore(equityHalts, day !== null && day.startsAt >= this.#day.startsAt);
    if (day) this.#day.restore(day);
    if (week) this.#week.restore(week);
    // A state of an earlier version has no week, and the log may end before this one.
    if (this.#day.startsAt >= this.#week.endsAt) this.#week.start(this.#day.startsAt);
    return day?.isTripped === true || week?.isTripped === true || (equityHalts?.tripped.length ?? 0) > 0;
  }
}
