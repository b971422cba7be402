/** A strategy that gives the answers of a test, and remembers what it was shown. */

import { NO_INTENTS } from '../../strategies/strategy.ts';
import type { Candle, Granularity } from '../../domain/candle.ts';
import type { Quote } from '../../domain/quote.ts';
import type { OrderFilled } from '../../domain/transaction.ts';
import type { Intent, Strategy, StrategyView } from '../../strategies/strategy.ts';

/** Its answers are given once each: to the next quote, candle or fill. */
export class ScriptedStrategy implements Strategy {
  readonly granularities: readonly Granularity[];
  readonly quotes: Quote[] = [];
  readonly candles: Candle[] = [];
  readonly fills: OrderFilled[] = [];
  /** When it was woken (UTC ms). */
  readonly wokenAt: number[] = [];
  /** What it was called for, in order. */
  readonly calls: string[] = [];
  wakesAt: number | undefined;
  /** Names the same time again when it is woken, which is an error. */
  keepsWaking = false;
  /** What it saw at the last call. */
  view: StrategyView | undefined;
  answerToQuote: readonly Intent[] | Error = NO_INTENTS;
  answerToCandle: readonly Intent[] | Error = NO_INTENTS;
  answerToFill: readonly Intent[] | Error = NO_INTENTS;
  answerToClock: readonly Intent[] | Error = NO_INTENTS;

  constructor(...granularities: readonly Granularity[]) {
    this.granularities = granularities;
  }

  onQuote(quote: Quote, view: StrategyView): readonly Intent[] {
    this.view = view;
    this.quotes.push(quote);
    this.calls.push('quote');
    const answer = this.answerToQuote;
    this.answerToQuote = NO_INTENTS;
    return give(answer);
  }

  onCandle(candle: Candle, view: StrategyView): readonly Intent[] {
    this.view = view;
    this.candles.push(candle);
    this.calls.push('candle');
    const answer = this.answerToCandle;
    this.answerToCandle = NO_INTENTS;
    return give(answer);
  }

  onFill(fill: OrderFilled, view: StrategyView): readonly Intent[] {
    this.view = view;
    this.fills.push(fill);
    const answer = this.answerToFill;
    this.answerToFill = NO_INTENTS;
    return give(answer);
  }

  onClock(at: number, view: StrategyView): readonly Intent[] {
    this.view = view;
    this.wokenAt.push(at);
    this.calls.push('clock');
    if (!this.keepsWaking) this.wakesAt = undefined;
    const answer = this.answerToClock;
    this.answerToClock = NO_INTENTS;
    return give(answer);
  }

  save(): number {
    return this.candles.length;
  }

  restore(): void {
    this.candles.length = 0;
  }
}

function give(answer: readonly Intent[] | Error): readonly Intent[] {
  if (answer instanceof Error) throw answer;
  return answer;
}
