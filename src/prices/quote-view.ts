/** A quote as people see it. */

import type { Static } from 'typebox';
import { formatPrice } from '../core/domain/instrument.ts';
import { Decimal, Instant, instantText, InstrumentName } from '../http/values.ts';
import { namedObject } from '../http/schemas.ts';
import type { Instruments } from '../core/domain/instruments.ts';
import type { Quote } from '../core/domain/quote.ts';

export const QuoteView = namedObject('Quote', {
  instrument: InstrumentName,
  at: Instant,
  bid: Decimal,
  ask: Decimal,
});

/** Returns the quote with the decimals that its instrument has among these. */
export function quoteView(quote: Quote, instruments: Instruments): Static<typeof QuoteView> {
  const instrument = instruments.named(quote.instrument);
  return {
    instrument: quote.instrument,
    at: instantText(quote.at),
    bid: formatPrice(instrument, quote.bid),
    ask: formatPrice(instrument, quote.ask),
  };
}
