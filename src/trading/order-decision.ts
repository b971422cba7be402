/** What is known of the decision for an order as it is recorded: who asked for it, what was seen, and when. */

import { currentActing } from '../process/acting.ts';
import { formatPrice } from '../core/domain/instrument.ts';
import type { Instrument } from '../core/domain/instrument.ts';
import type { OrderTerms } from '../core/domain/order.ts';
import type { Quote } from '../core/domain/quote.ts';
import type { Signal } from '../core/domain/signal.ts';
import type { EntrySubject } from './trading-entry.ts';

/** An order that is about to be sent, and the decision for it. */
export interface SubmittedOrder {
  readonly id: string;
  readonly terms: OrderTerms;
  readonly strategyId?: string | undefined;
  readonly signal?: Signal | undefined;
  /** The price that it was judged by. */
  readonly quote?: Quote | undefined;
  /** When it was decided, in the market, and when it had passed the rules, by our clock (UTC ms). */
  readonly decidedAt: number;
  readonly checkedAt: number;
}

/** Returns the decision as an entry of the journal has it: times and prices are text. */
export function decisionDetails(subject: EntrySubject, order: SubmittedOrder) {
  const receivedAt = currentActing()?.receivedAt;
  return {
    ...(receivedAt !== undefined && { requestedAt: instant(receivedAt) }),
    checkedAt: instant(order.checkedAt),
    ...(order.signal && { signal: signalDetails(subject, order.signal) }),
    ...(order.quote && { quote: quoteDetails(subject, order.quote) }),
  };
}

/** Returns a signal as an entry of the journal has it. */
export function signalDetails(subject: EntrySubject, signal: Signal) {
  const seen = { type: signal.type, at: instant(signal.at) };
  switch (signal.type) {
    case 'quote':
      return { ...seen, quote: quoteDetails(subject, signal.quote) };
    case 'fill':
      return { ...seen, brokerTransactionId: String(signal.transactionId) };
    case 'clock':
      return seen;
    case 'candle': {
      const { instrument: name, granularity, startsAt, endsAt, quotes } = signal.candle;
      const instrument = subject.instruments.find(name);
      const { bidOpen, bidHigh, bidLow, bidClose, askOpen, askHigh, askLow, askClose } = signal.candle;
      return {
        ...seen,
        candle: {
          instrument: name,
          granularity,
          startsAt: instant(startsAt),
          endsAt: instant(endsAt),
          bid: bars(instrument, [bidOpen, bidHigh, bidLow, bidClose]),
          ask: bars(instrument, [askOpen, askHigh, askLow, askClose]),
          quotes,
        },
      };
    }
  }
}

function quoteDetails(subject: EntrySubject, { instrument: name, at, bid, ask }: Quote) {
  const instrument = subject.instruments.find(name);
  return { instrument: name, at: instant(at), bid: price(instrument, bid), ask: price(instrument, ask) };
}

function bars(instrument: Instrument | undefined, points: readonly [number, number, number, number]) {
  const [open, high, low, close] = points.map((point) => price(instrument, point));
  return { open, high, low, close };
}

function price(instrument: Instrument | undefined, points: number): string {
  return instrument ? formatPrice(instrument, points) : String(points);
}

function instant(at: number): string {
  return new Date(at).toISOString();
}
