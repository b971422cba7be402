/** Reads the broker's log from where the ledger ends, beside the mailbox: one read at a time. */

import { backoffDelayMs } from '../core/shared/backoff.ts';
import { isBrokerRefusal } from './broker-refusal.ts';
import type { Broker } from '../brokers/broker.ts';
import type { Effect } from '../core/engine/effect.ts';
import type { Transaction } from '../core/domain/transaction.ts';
import type { BrokerCalls, Ended } from './broker-calls.ts';
import type { Outstanding } from './request-sender.ts';

/** A read that fails is tried again; after this many the account fails and is started again from its log. */
const ATTEMPTS = 6;
const BACKOFF = { firstMs: 500, longestMs: 10_000 };

export type LogRead = Ended<readonly Transaction[]>;

export interface LogReaderParts {
  readonly broker: Pick<Broker, 'transactionsSince'>;
  readonly calls: BrokerCalls;
  /** The number of the last transaction that was taken in. */
  readonly known: () => number;
  /** Takes in what was read: all there is after what was known. */
  readonly record: (transactions: readonly Transaction[]) => Promise<readonly Effect[]>;
  /** A read came back: {@link LogReader.finish} is wanted when the mailbox comes to it. */
  readonly onRead: (read: LogRead) => void;
  /** A failed read is to be tried again now: {@link LogReader.retry} is wanted. */
  readonly onRetry: () => void;
}

interface Read extends Outstanding {
  readonly end: () => void;
}

/** The reader of one account's log. Its methods are called from the mailbox only. */
export class LogReader {
  readonly #parts: LogReaderParts;
  /** The read under way, and the one that those are waiting for who came while it was. */
  #current: Read | undefined;
  #next: Read | undefined;
  #failures = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: LogReaderParts) {
    this.#parts = parts;
  }

  /**
   * Reads the log as it is now or later. Returns the effects of what was new when that is there at once, otherwise a promise that it was
   * taken in.
   */
  async read(): Promise<readonly Effect[] | Outstanding> {
    // What is being read may have been put together before the reason for this call was written.
    if (this.#current) return (this.#next ??= newRead());
    this.#current = newRead();
    return this.#begin(this.#current);
  }

  /** Takes in what came back, and begins the next read if one is wanted. */
  async finish(read: LogRead): Promise<readonly Effect[]> {
    if ('error' in read) return this.#wait(read.error);
    this.#failures = 0;
    const effects = await this.#parts.record(read.value);
    this.#current?.end();
    this.#current = this.#next;
    this.#next = undefined;
    return this.#current ? [...effects, ...(await this.#beginAgain(this.#current))] : effects;
  }

  /** Tries the read again that failed. */
  async retry(): Promise<readonly Effect[]> {
    return this.#current ? this.#beginAgain(this.#current) : [];
  }

  /** Tries nothing again. */
  end(): void {
    clearTimeout(this.#timer);
  }

  async #begin(read: Read): Promise<readonly Effect[] | Outstanding> {
    const { broker, calls, known, onRead } = this.#parts;
    const since = known();
    const ended = await calls.start(() => broker.transactionsSince(since), onRead);
    if (!ended) return read;
    const effects = await this.finish(ended);
    return 'error' in ended ? read : effects;
  }

  async #beginAgain(read: Read): Promise<readonly Effect[]> {
    const begun = await this.#begin(read);
    return 'handled' in begun ? [] : begun;
  }

  #wait(error: unknown): readonly Effect[] {
    this.#failures += 1;
    if (this.#failures >= ATTEMPTS || isBrokerRefusal(error)) throw error;
    const delayMs = backoffDelayMs(this.#failures - 1, BACKOFF, Math.random());
    this.#timer = setTimeout(() => this.#parts.onRetry(), delayMs);
    this.#timer.unref();
    return [];
  }
}

function newRead(): Read {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { handled: promise, end: resolve };
}
