/** The two streams of an account, as the broker port reports them. */

import { readPriceLine } from '../translate/price.ts';
import { readTransactionLine } from '../translate/transaction-line.ts';
import { LastingStream } from './lasting-stream.ts';
import { UnreadableLines } from './unreadable-lines.ts';
import type { Instruments } from '../../../core/domain/instruments.ts';
import type { Quote } from '../../../core/domain/quote.ts';
import type { BrokerListener, StreamState } from '../../broker.ts';
import type { BrokerTime } from '../broker-time.ts';
import type { OandaClient } from '../http/oanda-client.ts';
import type { OandaTimes } from '../oanda-times.ts';

export interface AccountStreamsOptions {
  readonly client: OandaClient;
  /** The path of the account, below which its streams are. */
  readonly path: string;
  readonly instruments: Instruments;
  /** The names of those whose prices are wanted. */
  readonly wanted: readonly string[];
  readonly time: BrokerTime;
  readonly times: OandaTimes;
  readonly listener: BrokerListener;
}

/**
 * Follows an account from its making until it is closed. A line of the transaction stream says how far the log goes: it is read from there,
 * because a line is only a part of what happened at once, such as a fill without the orders that protect what it opened.
 */
export class AccountStreams {
  readonly #options: AccountStreamsOptions;
  #streams: readonly LastingStream[];
  readonly #timer: NodeJS.Timeout;
  readonly #unreadable: UnreadableLines;
  readonly #shown = new Map<string, number>();
  #pricesAliveAt = 0;
  /** When each stream was heard last, or was wanted first (ms of the process's clock). */
  readonly #heardAtMs = new Map<StreamState['stream'], number>();

  constructor(options: AccountStreamsOptions) {
    this.#options = options;
    const { path, wanted, times, listener } = options;
    this.#unreadable = new UnreadableLines(listener.onUnreadable);
    const names = wanted.map(encodeURIComponent).join(',');
    this.#streams = [this.#followTransactions(`${path}/transactions/stream`)];
    if (wanted.length > 0) {
      const prices = this.#followPrices(`${path}/pricing/stream?instruments=${names}`);
      this.#streams = [...this.#streams, prices];
    }
    this.#timer = setInterval(() => this.#showTime(), times.clockMs).unref();
  }

  /** The streams as they are now. */
  get states(): readonly StreamState[] {
    const now = performance.now();
    return [...this.#heardAtMs].map(([stream, heardAtMs]) => ({ stream, silentMs: now - heardAtMs }));
  }

  /** Ends the streams; nothing is reported after that. Idempotent. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#streams.map((stream) => stream.close()));
  }

  #followTransactions(path: string): LastingStream {
    this.#hear('transactions');
    const { client, times, listener } = this.#options;
    return new LastingStream({
      client,
      path,
      times,
      silenceMs: times.transactionSilenceMs,
      onOpen: () => listener.onConnection('connected'),
      onClosed: () => listener.onConnection('disconnected'),
      onLines: (lines) => this.#takeTransactions(lines),
      onRefused: listener.onRefused,
    });
  }

  #followPrices(path: string): LastingStream {
    this.#hear('prices');
    const { client, times, listener } = this.#options;
    return new LastingStream({
      client,
      path,
      times,
      silenceMs: times.priceSilenceMs,
      onOpen: () => undefined,
      // While it is away no price is known to hold: the clock that is shown says until when.
      onClosed: () => undefined,
      onLines: (lines) => this.#takePrices(lines),
      onRefused: listener.onRefused,
    });
  }

  #takeTransactions(lines: readonly unknown[]): void {
    this.#hear('transactions');
    const { listener, time } = this.#options;
    let logEnd = 0;
    for (const line of this.#unreadable.take('transactions', lines, readTransactionLine)) {
      const { at, lastTransactionId = 0 } = line;
      if (at !== undefined) time.note(at);
      logEnd = Math.max(logEnd, lastTransactionId);
    }
    if (logEnd > 0) listener.onLogEnd(logEnd);
  }

  #takePrices(lines: readonly unknown[]): void {
    this.#hear('prices');
    const { instruments, time, listener } = this.#options;
    for (const read of this.#unreadable.take('prices', lines, (line) => readPriceLine(line, instruments))) {
      time.note(read.at);
      this.#pricesAliveAt = Math.max(this.#pricesAliveAt, read.at);
      if (read.quote && this.#isNew(read.quote)) listener.onQuote(read.quote);
    }
  }

  #hear(stream: StreamState['stream']): void {
    this.#heardAtMs.set(stream, performance.now());
  }

  /** After a stream came back the last price of each instrument comes again. */
  #isNew({ instrument, at }: Quote): boolean {
    if (at <= (this.#shown.get(instrument) ?? -Infinity)) return false;
    this.#shown.set(instrument, at);
    return true;
  }

  #showTime(): void {
    const { listener, time } = this.#options;
    listener.onClock(time.now(), this.#pricesAliveAt);
  }
}
