/** The order book and the position book: how many there are at which price, of all accounts together, in percent. */

import { midPoints } from '../../../core/domain/quote.ts';
import { formatDecimal, roundHalfAway } from '../../../core/shared/decimal.ts';
import { wirePrice } from '../wire/decimals.ts';
import { WireTime } from '../wire/time.ts';
import type { Instrument } from '../../../core/domain/instrument.ts';
import type { Quote } from '../../../core/domain/quote.ts';
import type { SimulatorAccount } from '../simulator-account.ts';
import type { Fields } from '../v20-error.ts';

/** Five pips. Source: OANDA v20, recorded books of EUR_USD (0.00050). */
const BUCKET_POINTS = 50;
const PERCENT_PLACES = 4;

/** An order or a position at a price in points. */
export interface Counted {
  readonly side: 'long' | 'short';
  readonly price: number;
}

/** Returns what waits in an instrument at a price, what protects positions included. A trailing stop is where it stands. */
export function waitingOrders(account: SimulatorAccount, instrument: Instrument): readonly Counted[] {
  const levels = account.trailingLevels();
  return [...account.exchange.ledger.openOrders.values()].flatMap(({ orderId, terms }) => {
    const price = levels.get(orderId) ?? terms.price;
    if (terms.instrument !== instrument.name || price === undefined) return [];
    return [{ side: terms.side === 'buy' ? 'long' : 'short', price } as const];
  });
}

/** Returns the open positions in an instrument at the prices at which they were opened. */
export function openPositions(account: SimulatorAccount, instrument: Instrument): readonly Counted[] {
  return [...account.exchange.ledger.openPositions.values()].flatMap(
    ({ instrument: name, side, entryPrice }) =>
      name === instrument.name ? [{ side, price: entryPrice }] : [],
  );
}

/** Returns the book as OANDA shows it, the lowest price first; buckets with nothing in them are left out. */
export function bookOf(
  instrument: Instrument,
  quote: Quote,
  at: number,
  counted: readonly Counted[],
): Fields {
  const byBucket = Map.groupBy(counted, ({ price }) => Math.floor(price / BUCKET_POINTS) * BUCKET_POINTS);
  const percent = (part: readonly Counted[], side: Counted['side']): string => {
    const count = part.filter((one) => one.side === side).length;
    return formatDecimal(
      roundHalfAway((count / counted.length) * 100 * 10 ** PERCENT_PLACES),
      PERCENT_PLACES,
    );
  };
  return {
    instrument: instrument.name,
    time: new WireTime(at),
    price: wirePrice(instrument, midPoints(quote)),
    bucketWidth: wirePrice(instrument, BUCKET_POINTS),
    buckets: [...byBucket]
      .toSorted(([a], [b]) => a - b)
      .map(([price, part]) => ({
        price: wirePrice(instrument, price),
        longCountPercent: percent(part, 'long'),
        shortCountPercent: percent(part, 'short'),
      })),
  };
}
