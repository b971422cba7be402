/** Rules that halt an account by its equity: a target, a locked profit, and the rules of a firm whose money is traded. */

import { moneyNumber } from '../domain/denial.ts';
import { distanceToCloseout } from '../domain/account-money.ts';
import type { Denial } from '../domain/denial.ts';
import type { DenialCode } from '../domain/denial-catalogue.ts';
import type { FurtherLimits, PropRules } from '../domain/account.ts';
import type { PeriodLoss } from './period-loss.ts';
import type { PeriodStarts } from './period-starts.ts';
import type { Portfolio } from './portfolio.ts';
import type { TradedDays } from './traded-days.ts';

/** The rules that these halts are of, as their owner knows them. */
export const EQUITY_RULES = [
  'profitTarget',
  'profitLock',
  'marginGuard',
  'propRules.maxDrawdown',
  'propRules.maxDailyLoss',
  'propRules.profitTarget',
] as const;
export type EquityRuleName = (typeof EQUITY_RULES)[number];

const CODES: Readonly<Record<EquityRuleName, DenialCode>> = {
  profitTarget: 'profit-target-reached',
  profitLock: 'profit-locked',
  marginGuard: 'margin-guard-reached',
  'propRules.maxDrawdown': 'prop-drawdown-exceeded',
  'propRules.maxDailyLoss': 'prop-daily-loss-exceeded',
  'propRules.profitTarget': 'prop-target-reached',
};

/** The rules whose halt ends with the trading day; those of all others end when a person resumes. */
const ENDS_WITH_DAY: ReadonlySet<EquityRuleName> = new Set(['profitLock']);

/** The rules that halted the account, and the marks from which two of them count; `highestOf` is the start that `highest` belongs to. */
export type SavedHalts = {
  readonly tripped: readonly EquityRuleName[];
  readonly dayPeak: number;
  readonly highest: number | null;
  readonly highestOf: number | null;
};

/** A rule that is set: the level of the measured amount at which it halts, and how far that is; undefined where it is not known. */
export interface EquityRuleFigures {
  readonly name: EquityRuleName;
  readonly haltsAt: number | undefined;
  readonly distance: number | undefined;
  readonly isReached: boolean;
}

/** A rule that halts the account from now on. */
export interface EquityHalt {
  readonly name: EquityRuleName;
  readonly code: DenialCode;
}

/** Returns whether any of these rules is set: only then the equity is looked at. */
export function hasEquityHalts(limits: FurtherLimits): boolean {
  const { profitTarget, profitLock, marginGuard, propRules } = limits;
  return (profitTarget ?? profitLock ?? marginGuard ?? propRules) !== undefined;
}

/** What the rules look at besides the limits. */
export interface HaltFacts {
  readonly portfolio: Portfolio;
  readonly periods: PeriodStarts;
  readonly dayLoss: PeriodLoss;
  readonly tradedDays: TradedDays;
}

/** Follows the equity. A rule that has halted the account stays so until its halt ends. */
export class EquityHalts {
  readonly #facts: HaltFacts;
  readonly #tripped = new Set<EquityRuleName>();
  /** The highest profit of the trading day, and the highest equity since the start of the propRules that start at `highestOf`. */
  #dayPeak = 0;
  #highest = -Infinity;
  #highestOf: number | undefined;

  constructor(facts: HaltFacts) {
    this.#facts = facts;
  }

  get isTripped(): boolean {
    return this.#tripped.size > 0;
  }

  /** Returns why new exposure is denied: what has halted the account, or would at the newest prices. */
  denial(limits: FurtherLimits): Denial | undefined {
    const rules = hasEquityHalts(limits) ? this.figures(limits) : [];
    const rule = rules.find(({ isReached }) => isReached) ?? rules.find(isMet);
    // A rule that was removed holds until its halt ends, as a limit on losses does.
    const name = rule?.name ?? [...this.#tripped][0];
    if (name === undefined) return undefined;
    const { haltsAt, distance } = rule ?? {};
    const numbers = {
      ...(haltsAt !== undefined && { haltsAt: moneyNumber(haltsAt) }),
      ...(distance !== undefined && { distance: moneyNumber(distance) }),
    };
    return { code: CODES[name], numbers };
  }

  /** Follows the equity to the newest prices and returns the rules that halt the account from now on. */
  look(limits: FurtherLimits): readonly EquityHalt[] {
    if (!hasEquityHalts(limits) || this.#facts.portfolio.valuationGap() !== undefined) return [];
    this.#follow(limits);
    return this.figures(limits)
      .filter((rule) => !rule.isReached && isMet(rule))
      .map(({ name }) => {
        this.#tripped.add(name);
        return { name, code: CODES[name] };
      });
  }

  /** Each rule that is set, at the newest prices. */
  figures(limits: FurtherLimits): readonly EquityRuleFigures[] {
    const { portfolio } = this.#facts;
    const isValued = portfolio.valuationGap() === undefined;
    return this.#levels(limits, portfolio.equity()).map(({ name, haltsAt, distance }) => ({
      name,
      haltsAt: isValued ? haltsAt : undefined,
      distance: isValued ? distance : undefined,
      isReached: this.#tripped.has(name),
    }));
  }

  /** Returns whether the guard of the margin has halted the account and its level is still reached. */
  isMarginShort({ marginGuard }: FurtherLimits): boolean {
    if (!marginGuard || !this.#tripped.has('marginGuard')) return false;
    const { portfolio } = this.#facts;
    if (portfolio.valuationGap() !== undefined) return false;
    const distance = distanceToCloseout(portfolio, marginGuard.closeoutPercent);
    return distance !== undefined && distance <= 0;
  }

  /** A new trading day: what ended with the last one is over. */
  startDay(): void {
    this.#dayPeak = 0;
    for (const name of ENDS_WITH_DAY) this.#tripped.delete(name);
  }

  /** A person resumes: a rule halts again where it is still met. The profit of the day counts from now. */
  rearm(): void {
    this.#dayPeak = 0;
    this.#tripped.clear();
  }

  save(): SavedHalts {
    return {
      tripped: [...this.#tripped].sort(),
      dayPeak: this.#dayPeak,
      highest: this.#highestOf === undefined ? null : this.#highest,
      highestOf: this.#highestOf ?? null,
    };
  }

  /** Takes over what was saved; of the trading day only where it is still the same. */
  restore({ tripped, dayPeak, highest, highestOf }: SavedHalts, isSameDay: boolean): void {
    for (const name of tripped) if (isSameDay || !ENDS_WITH_DAY.has(name)) this.#tripped.add(name);
    if (isSameDay) this.#dayPeak = dayPeak;
    this.#highest = highest ?? -Infinity;
    this.#highestOf = highestOf ?? undefined;
  }

  #follow({ propRules }: FurtherLimits): void {
    const { portfolio, dayLoss } = this.#facts;
    dayLoss.measure();
    this.#dayPeak = Math.max(this.#dayPeak, this.#dayProfit() ?? 0);
    if (!propRules) return;
    // Another start is another account with the firm: what was reached before does not count.
    if (this.#highestOf !== propRules.startEquity) this.#highest = propRules.startEquity;
    this.#highestOf = propRules.startEquity;
    this.#highest = Math.max(this.#highest, portfolio.equity());
  }

  #dayProfit(): number | undefined {
    const loss = this.#facts.dayLoss.loss();
    return loss === undefined ? undefined : -loss;
  }

  #levels(
    { profitTarget, profitLock, marginGuard, propRules }: FurtherLimits,
    equity: number,
  ): readonly Level[] {
    const levels: Level[] = [];
    const addByDistance = (name: EquityRuleName, distance: number | undefined): void => {
      levels.push({ name, haltsAt: distance === undefined ? undefined : equity - distance, distance });
    };
    if (profitTarget) {
      const haltsAt = profitTarget.equity;
      levels.push({ name: 'profitTarget', haltsAt, distance: haltsAt - equity });
    }
    const dayProfit = this.#dayProfit();
    if (profitLock) {
      const isLocked = this.#dayPeak >= profitLock.from && dayProfit !== undefined;
      addByDistance(
        'profitLock',
        isLocked ? dayProfit - Math.ceil(this.#dayPeak * profitLock.keep) : undefined,
      );
    }
    if (marginGuard)
      addByDistance('marginGuard', distanceToCloseout(this.#facts.portfolio, marginGuard.closeoutPercent));
    if (!propRules) return levels;
    addByDistance('propRules.maxDrawdown', equity - this.#drawdownFloor(propRules));
    const { maxDailyLoss } = propRules;
    if (maxDailyLoss !== undefined) {
      // The firm counts from the start of the day, no matter who resumed the account since.
      const result = this.#facts.periods.figures('day')?.result;
      addByDistance('propRules.maxDailyLoss', result === undefined ? undefined : maxDailyLoss + result);
    }
    if (propRules.profitTarget !== undefined)
      levels.push(this.#propTarget(propRules, propRules.profitTarget));
    return levels;
  }

  #drawdownFloor({ drawdown, startEquity, maxDrawdown }: PropRules): number {
    const isTrailing = drawdown === 'trailing' && this.#highestOf === startEquity;
    return (isTrailing ? this.#highest : startEquity) - maxDrawdown;
  }

  /** A target is reached by what is booked, and once the account has traded on enough days. */
  #propTarget({ startEquity, minTradingDays = 0 }: PropRules, profitTarget: number): Level {
    const haltsAt = startEquity + profitTarget;
    const isLongEnough = this.#facts.tradedDays.count >= minTradingDays;
    const distance = isLongEnough ? haltsAt - this.#facts.portfolio.ledger.balance : undefined;
    return { name: 'propRules.profitTarget', haltsAt, distance };
  }
}

type Level = Omit<EquityRuleFigures, 'isReached'>;

function isMet({ distance }: Level): boolean {
  return distance !== undefined && distance <= 0;
}
