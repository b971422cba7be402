/** What a new entry would make of the account over all its instruments, with all that rests and is in flight. */

import { MONEY_SCALE } from '../domain/money.ts';
import { midPoints } from '../domain/quote.ts';
import { exposureOf } from '../domain/exposure.ts';
import { subtractUnits, sumUnits } from '../domain/units.ts';
import { openEntries } from './entry-exposure.ts';
import type { CountLimits } from '../domain/account.ts';
import type { AccountValue } from '../domain/account-value.ts';
import type { Currency } from '../domain/instrument.ts';
import type { OrderTerms } from '../domain/order.ts';
import type { EntryFacts } from './entry-exposure.ts';
import type { CurrencyGrowth, Growth } from './risk-facts.ts';

/** Returns how many positions may be open once all entry orders have filled: each may open one. */
export function possiblePositions(facts: EntryFacts, replaces?: number): number {
  return facts.portfolio.ledger.openPositions.size + openEntries(facts, replaces).length;
}

/**
 * Returns the net exposure in either currency of the order's instrument, in the direction in which the order moves it: what is open nets
 * over all pairs, and each entry order counts that moves it the same way. None that moves it the other way does: it may never fill. In
 * ten-thousandths of the account's currency at middle prices; undefined when one is missing.
 */
export function currencyExposureWith(
  terms: OrderTerms,
  facts: EntryFacts,
  replaces?: number,
): readonly CurrencyGrowth[] | undefined {
  const { value } = facts.portfolio;
  const instrument = value.instruments.named(terms.instrument);
  const [before, others] = [openEntries(facts), openEntries(facts, replaces)];
  const added = signedUnits(terms);
  const growths: CurrencyGrowth[] = [];
  for (const currency of [instrument.base, instrument.quote]) {
    const direction = Math.sign(currency === instrument.base ? added : -added);
    const sum = (entries: readonly OrderTerms[]) =>
      exposureIn({ currency, direction }, namesOf(facts, entries), entries, value);
    const growth = { before: sum(before), after: sum([...others, terms]) };
    if (growth.before === undefined || growth.after === undefined) return undefined;
    growths.push({ currency, before: growth.before, after: growth.after });
  }
  return growths;
}

/**
 * Returns the value of all positions that the entry orders can lead to, in ten-thousandths of the account's currency at middle prices;
 * undefined when one is missing. A netting account holds the larger side of an instrument, a hedging one both.
 */
export function grossExposureWith(
  terms: OrderTerms,
  facts: EntryFacts,
  replaces?: number,
): Growth | undefined {
  const before = grossExposure(openEntries(facts), facts);
  const after = grossExposure([...openEntries(facts, replaces), terms], facts);
  return before === undefined || after === undefined ? undefined : { before, after };
}

function grossExposure(entries: readonly OrderTerms[], facts: EntryFacts): number | undefined {
  const { hedging, portfolio } = facts;
  let sum = 0;
  for (const name of namesOf(facts, entries)) {
    const own = entries.filter((entry) => entry.instrument === name);
    const open = portfolio.value.openUnits(name);
    const units = (['buy', 'sell'] as const).map((side) => exposureOf(open, own, { side, hedging }));
    const rate = unitValue(name, portfolio.value);
    if (rate === undefined) return undefined;
    sum += Math.max(...units) * rate;
  }
  return sum;
}

interface Direction {
  readonly currency: Currency;
  /** 1 for holding more of it, −1 for owing more. */
  readonly direction: number;
}

function exposureIn(
  { currency, direction }: Direction,
  names: ReadonlySet<string>,
  entries: readonly OrderTerms[],
  value: AccountValue,
): number | undefined {
  let sum = 0;
  for (const name of names) {
    const { base, quote } = value.instruments.named(name);
    if (base !== currency && quote !== currency) continue;
    const sign = (base === currency ? 1 : -1) * direction;
    const { long, short } = value.openUnits(name);
    const moved = entries
      .filter((entry) => entry.instrument === name && signedUnits(entry) * sign > 0)
      .map(({ units }) => units);
    const rate = unitValue(name, value);
    if (rate === undefined) return undefined;
    sum += (sign * subtractUnits(long, short) + sumUnits(moved)) * rate;
  }
  return sum;
}

function namesOf({ portfolio }: EntryFacts, entries: readonly OrderTerms[]): ReadonlySet<string> {
  const held = [...portfolio.ledger.openPositions.values(), ...entries];
  return new Set(held.map(({ instrument }) => instrument));
}

function signedUnits({ side, units }: OrderTerms): number {
  return side === 'buy' ? units : -units;
}

/** One unit in ten-thousandths of the account's currency at the middle price. */
function unitValue(name: string, value: AccountValue): number | undefined {
  const instrument = value.instruments.find(name);
  const quote = value.quoteOf(name);
  const rate = instrument && value.rateOf(instrument.quote);
  if (!instrument || !quote || rate === undefined) return undefined;
  return (midPoints(quote) / 10 ** instrument.pricePrecision) * rate * MONEY_SCALE;
}

/** How many more orders may rest and positions be open, with what is in flight; below zero when there are too many. */
export function countRoom(
  { portfolio, inFlight }: EntryFacts,
  limits: CountLimits,
): { readonly orders: number; readonly positions: number } {
  const { openOrders, openPositions } = portfolio.ledger;
  let waiting = 0;
  let market = 0;
  for (const { terms } of inFlight.orders()) {
    if (terms.orderType === 'market') market += 1;
    else waiting += 1;
  }
  return {
    orders: limits.pendingOrders - openOrders.size - waiting,
    positions: limits.openPositions - openPositions.size - market,
  };
}
