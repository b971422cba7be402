/** A position as OANDA shows it: all that was traded of an instrument, and what of it is open on each side. */

import { openingSide } from '../../../core/domain/position.ts';
import { sumUnits } from '../../../core/domain/units.ts';
import { wireMoney, wirePrice, wireUnits } from './decimals.ts';
import { averagePrice, unrealizedPnl } from './trade-view.ts';
import type { Instrument } from '../../../core/domain/instrument.ts';
import type { Position, PositionSide } from '../../../core/domain/position.ts';
import type { PositionRecord, SideSums } from '../account-records.ts';
import type { SimulatorAccount } from '../simulator-account.ts';
import type { Fields } from '../v20-error.ts';

/** Guaranteed stop losses are not offered. */
const NO_FEES = { guaranteedExecutionFees: '0.0000' } as const;

/** Returns the position, flat or not. */
export function positionView(account: SimulatorAccount, record: PositionRecord): Fields {
  const { long, short, commission } = record;
  const instrument = account.instruments.named(record.instrument);
  const lots = openLots(account, record.instrument);
  const pl = wireMoney(long.realizedPnl + short.realizedPnl);
  return {
    instrument: record.instrument,
    pl,
    unrealizedPL: wireMoney(resultOf(account, lots)),
    ...(lots.length > 0 && { marginUsed: wireMoney(marginUsed(account, instrument)) }),
    resettablePL: pl,
    financing: wireMoney(long.financing + short.financing),
    commission: wireMoney(commission),
    dividendAdjustment: wireMoney(long.dividends + short.dividends),
    ...NO_FEES,
    long: sideView(account, instrument, 'long', long),
    short: sideView(account, instrument, 'short', short),
  };
}

/** Returns what of a position depends on prices. */
export function positionPriceState(account: SimulatorAccount, instrumentName: string): Fields {
  const lots = openLots(account, instrumentName);
  const of = (side: PositionSide): string =>
    wireMoney(
      resultOf(
        account,
        lots.filter((lot) => lot.side === side),
      ),
    );
  return {
    instrument: instrumentName,
    netUnrealizedPL: wireMoney(resultOf(account, lots)),
    longUnrealizedPL: of('long'),
    shortUnrealizedPL: of('short'),
    marginUsed: wireMoney(marginUsed(account, account.instruments.named(instrumentName))),
  };
}

function sideView(
  account: SimulatorAccount,
  instrument: Instrument,
  side: PositionSide,
  sums: SideSums,
): Fields {
  const lots = openLots(account, instrument.name).filter((lot) => lot.side === side);
  const units = sumUnits(lots.map(({ openUnits }) => openUnits));
  const pl = wireMoney(sums.realizedPnl);
  return {
    units: wireUnits(units, openingSide(side)),
    ...(lots.length > 0 && {
      averagePrice: wirePrice(
        instrument,
        averagePrice(lots.map((lot) => ({ units: lot.openUnits, price: lot.entryPrice }))),
      ),
      tradeIDs: lots.map(({ brokerPositionId }) => String(brokerPositionId)),
    }),
    pl,
    unrealizedPL: wireMoney(resultOf(account, lots)),
    resettablePL: pl,
    financing: wireMoney(sums.financing),
    dividendAdjustment: wireMoney(sums.dividends),
    ...NO_FEES,
  };
}

function openLots({ book }: SimulatorAccount, instrumentName: string): readonly Position[] {
  return [...book.ledger.openPositions.values()].filter(({ instrument }) => instrument === instrumentName);
}

function resultOf(account: SimulatorAccount, lots: readonly Position[]): number {
  return lots.reduce((sum, lot) => sum + unrealizedPnl(account, lot), 0);
}

function marginUsed({ exchange }: SimulatorAccount, instrument: Instrument): number {
  return exchange.value.marginFor(instrument, exchange.value.openUnits(instrument.name)) ?? 0;
}
