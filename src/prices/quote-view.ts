/** A quote as people see it. */

import { Type } from 'typebox';
import type { Static } from 'typebox';
import { formatPrice } from '../core/domain/instrument.ts';
import { PAPER_INSTRUMENTS } from '../core/domain/paper-instruments.ts';
import { Decimal, Instant, instantText, InstrumentName } from '../http/values.ts';
import type { Quote } from '../core/domain/quote.ts';

export const QuoteView = Type.Object({ instrument: InstrumentName, at: Instant, bid: Decimal, ask: Decimal });

export function quoteView(quote: Quote): Static<typeof QuoteView> {
  const instrument = PAPER_INSTRUMENTS.named(quote.instrument);
  return {
    instrument: quote.instrument,
    at: instantText(quote.at),
    bid: formatPrice(instrument, quote.bid),
    ask: formatPrice(instrument, quote.ask),
  };
}
