/** How much of each currency an account's open positions hold or owe. */

import { present } from '../shared/assert.ts';
import { bookMoney, MONEY_SCALE } from './money.ts';
import { midPoints } from './quote.ts';
import { subtractUnits } from './units.ts';
import type { AccountValue, OpenUnits } from './account-value.ts';
import type { Currency } from './instrument.ts';

/** A currency that is held (above zero) or owed: in ten-thousandths of itself, and of the account's currency. */
export interface CurrencyExposure {
  readonly currency: Currency;
  readonly amount: number;
  readonly value: number;
}

/**
 * Returns the net exposure to each currency in the order of their names; what nets to nothing is left out. A long EUR_USD holds its
 * units of EUR and owes what they are worth in USD at the middle price. Every instrument named must have a quote and a price to convert
 * by: InvariantError when one has not. `openUnits` says what is held, the open lots when left out.
 */
export function currencyExposure(
  value: AccountValue,
  instrumentNames: Iterable<string>,
  openUnits: (instrumentName: string) => OpenUnits = (name) => value.openUnits(name),
): readonly CurrencyExposure[] {
  const sums = new Map<Currency, { amount: number; value: number }>();
  const add = (currency: Currency, amount: number, worth: number): void => {
    const sum = sums.get(currency) ?? { amount: 0, value: 0 };
    sums.set(currency, { amount: sum.amount + amount, value: sum.value + worth });
  };
  for (const name of new Set(instrumentNames)) {
    const instrument = value.instruments.named(name);
    const { long, short } = openUnits(name);
    const quote = present(value.quoteOf(name), `a quote of ${name}`);
    const rate = present(value.rateOf(instrument.quote), `a rate of ${instrument.quote}`);
    const held = subtractUnits(long, short) * MONEY_SCALE;
    const owed = (held * midPoints(quote)) / 10 ** instrument.pricePrecision;
    add(instrument.base, held, owed * rate);
    add(instrument.quote, -owed, -owed * rate);
  }
  return [...sums]
    .map(([currency, sum]) => ({
      currency,
      amount: bookMoney(sum.amount),
      value: bookMoney(sum.value),
    }))
    .filter(({ amount }) => amount !== 0)
    .sort((one, other) => (one.currency < other.currency ? -1 : 1));
}
