/** What a strategy saw when it asked for something. */

import type { Candle } from './candle.ts';
import type { Quote } from './quote.ts';

/** A signal: what it was, and when it was seen (UTC ms of the market). */
export type Signal =
  | { readonly type: 'candle'; readonly at: number; readonly candle: Candle }
  | { readonly type: 'quote'; readonly at: number; readonly quote: Quote }
  | { readonly type: 'fill'; readonly at: number; readonly transactionId: number }
  | { readonly type: 'clock'; readonly at: number };
