/** What amounts of other currencies are worth in an account's own, as v20 states it with prices. */

import { wireFactor } from '../wire/decimals.ts';
import type { Currency, Instrument } from '../../../core/domain/instrument.ts';
import type { SimulatorAccount } from '../simulator-account.ts';
import type { Fields } from '../v20-error.ts';

/** Returns the factors of each currency that prices are known for. */
export function homeConversions(
  account: SimulatorAccount,
  currencies: ReadonlySet<Currency>,
): readonly Fields[] {
  return [...currencies].flatMap((currency) => {
    const factors = factorsOf(account, currency);
    if (!factors) return [];
    return {
      currency,
      accountGain: wireFactor(factors.gain),
      accountLoss: wireFactor(factors.loss),
      positionValue: wireFactor(factors.middle),
    };
  });
}

/** Returns the older form of the same, for what an instrument is quoted in; nothing when no price is known for it. */
export function quoteFactors(account: SimulatorAccount, { quote }: Instrument): Fields {
  const factors = factorsOf(account, quote);
  if (!factors) return {};
  const { gain, loss } = factors;
  return {
    quoteHomeConversionFactors: { positiveUnits: wireFactor(gain), negativeUnits: wireFactor(loss) },
  };
}

/** Source: OANDA's own recordings since 2021: gains and losses are converted at the middle price, worse by a markup both ways. */
function factorsOf(
  { exchange: { value }, spec, conversionMarkup }: SimulatorAccount,
  currency: Currency,
): { readonly gain: number; readonly loss: number; readonly middle: number } | undefined {
  if (currency === spec.currency) return { gain: 1, loss: 1, middle: 1 };
  const middle = value.rateOf(currency);
  if (middle === undefined) return undefined;
  return { gain: middle * (1 - conversionMarkup), loss: middle * (1 + conversionMarkup), middle };
}
