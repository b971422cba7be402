/** An instrument as OANDA describes it to an account. */

import { marginRateOf } from '../../../core/domain/instrument.ts';
import { wireNumber, wirePrice } from './decimals.ts';
import { RATE_PLACES } from './account-transactions.ts';
import type { Instrument } from '../../../core/domain/instrument.ts';
import type { Fields } from '../v20-error.ts';

const WEEKDAYS = ['SUNDAY', 'MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY'] as const;

/** Returns the instrument; `leastMarginRate` is the account's own. */
export function instrumentView(instrument: Instrument, leastMarginRate: number): Fields {
  const { name, base, quote, maximumPositionUnits = 0, unitsPrecision, financing } = instrument;
  const type = base.startsWith('XA') ? 'METAL' : 'CURRENCY';
  return {
    name,
    type,
    displayName: `${base}/${quote}`,
    pipLocation: instrument.pipLocation,
    displayPrecision: instrument.pricePrecision,
    tradeUnitsPrecision: unitsPrecision,
    minimumTradeSize: String(instrument.minimumUnits),
    maximumTrailingStopDistance: wirePrice(instrument, instrument.maximumTrailingPoints),
    minimumTrailingStopDistance: wirePrice(instrument, instrument.minimumTrailingPoints),
    maximumPositionSize: String(maximumPositionUnits),
    maximumOrderUnits: String(instrument.maximumOrderUnits),
    marginRate: wireNumber(marginRateOf(instrument, leastMarginRate), RATE_PLACES),
    guaranteedStopLossOrderMode: 'DISABLED',
    tags: [{ type: 'ASSET_CLASS', name: type }],
    financing: {
      longRate: wireNumber(financing.longRate, RATE_PLACES),
      shortRate: wireNumber(financing.shortRate, RATE_PLACES),
      financingDaysOfWeek: WEEKDAYS.map((dayOfWeek, index) => ({
        dayOfWeek,
        daysCharged: financing.daysCharged[index] ?? 0,
      })),
    },
  };
}
