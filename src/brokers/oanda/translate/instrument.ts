/** The instruments of an account in our words. */

import Type from 'typebox';
import { Instruments } from '../../../core/domain/instruments.ts';
import { reader } from './unreadable.ts';
import { Decimal, maybe, numberOf, pointsOf } from './wire-values.ts';
import type { Static } from 'typebox';
import type { FinancingTerms, Instrument, TradingHoursName } from '../../../core/domain/instrument.ts';

const WireInstrument = Type.Object({
  name: Type.String({ pattern: '^[A-Z0-9]+_[A-Z0-9]+$' }),
  type: maybe(Type.String()),
  pipLocation: Type.Integer({ minimum: -10, maximum: 4 }),
  displayPrecision: Type.Integer({ minimum: 0, maximum: 10 }),
  tradeUnitsPrecision: Type.Integer({ minimum: 0, maximum: 10 }),
  minimumTradeSize: Decimal,
  maximumOrderUnits: Decimal,
  maximumPositionSize: maybe(Decimal),
  minimumTrailingStopDistance: Decimal,
  maximumTrailingStopDistance: Decimal,
  marginRate: Decimal,
  financing: maybe(
    Type.Object({
      longRate: maybe(Decimal),
      shortRate: maybe(Decimal),
      financingDaysOfWeek: maybe(
        Type.Array(
          Type.Object({ dayOfWeek: Type.String(), daysCharged: Type.Number({ minimum: 0, maximum: 366 }) }),
        ),
      ),
    }),
  ),
});
type WireInstrument = Static<typeof WireInstrument>;

const readAnswer = reader(Type.Object({ instruments: Type.Array(WireInstrument) }));

const DAYS = ['SUNDAY', 'MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY'];

/** Returns what `/accounts/{id}/instruments` lists; Unreadable when an instrument lacks what prices or units depend on. */
export function readInstruments(answer: unknown): Instruments {
  return new Instruments(readAnswer(answer, 'the list of instruments').instruments.map(instrumentOf));
}

function instrumentOf(wire: WireInstrument): Instrument {
  const [base = '', quote = ''] = wire.name.split('_');
  const precision = { pricePrecision: wire.displayPrecision };
  const largestPosition = numberOf(wire.maximumPositionSize ?? 0);
  return {
    ...precision,
    name: wire.name,
    base,
    quote,
    pipLocation: wire.pipLocation,
    unitsPrecision: wire.tradeUnitsPrecision,
    minimumUnits: numberOf(wire.minimumTradeSize),
    maximumOrderUnits: numberOf(wire.maximumOrderUnits),
    // Source: OANDA v20, Instrument: 0 is no limit.
    maximumPositionUnits: largestPosition > 0 ? largestPosition : undefined,
    marginRate: numberOf(wire.marginRate),
    minimumTrailingPoints: pointsOf(precision, wire.minimumTrailingStopDistance),
    maximumTrailingPoints: pointsOf(precision, wire.maximumTrailingStopDistance),
    financing: financingOf(wire),
    tradingHours: tradingHoursOf(wire, base, quote),
  };
}

function financingOf({ financing }: WireInstrument): FinancingTerms {
  const charged = financing?.financingDaysOfWeek ?? [];
  return {
    longRate: numberOf(financing?.longRate ?? 0),
    shortRate: numberOf(financing?.shortRate ?? 0),
    daysCharged: DAYS.map((day) => charged.find(({ dayOfWeek }) => dayOfWeek === day)?.daysCharged ?? 0),
  };
}

/** OANDA does not state hours. Outside an instrument's own it cancels orders, so that hours which are too wide cost nothing. */
function tradingHoursOf({ type }: WireInstrument, base: string, quote: string): TradingHoursName {
  if (type === 'METAL') return 'metals';
  return base === 'NZD' || quote === 'NZD' ? 'forex_nzd' : 'forex';
}
