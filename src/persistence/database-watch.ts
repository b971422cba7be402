/** Whether the database answers: asked again and again, and learned from every statement that failed because it does not. */

import { openPlainConnection } from '../migrator/index.ts';
import { Periodic } from '../process/periodic.ts';
import { isDatabaseUnavailable } from './database-failure.ts';
import type { Log } from '../process/log.ts';
import type { PlainConnection } from '../migrator/index.ts';

/** How often the database is asked. */
const ASK_EVERY_MS = 1_000;
/** A database that has not answered by then does not answer. */
const ANSWER_WITHIN_MS = 5_000;
/** One connection that fails says nothing about the database: so often it is asked, each time over a new one. */
const MOST_TRIES = 3;
/** An outage is over when the database has answered for so long: a database that comes and goes is one outage. */
const SETTLED_AFTER_MS = 2_000;
/** What the pool says when all connections are in use. That is no outage by itself. */
const POOL_IS_BUSY = /timeout exceeded when trying to connect/;

/** Looks after one database. An outage is one line of the log when it begins, and one when it is over. */
export class DatabaseWatch {
  readonly #connection: PlainConnection;
  readonly #log: Pick<Log, 'info' | 'warn' | 'error'>;
  readonly #asking: Periodic;
  /** What is logged once for all failures of one outage; the times are of the process's clock (ms). */
  #outage: { readonly sinceMs: number; answersSinceMs?: number | undefined } | undefined;
  /** Why a statement failed, until the next question shows whether that was one connection or is the database. */
  #doubt: string | undefined;
  #isWatching = false;

  constructor({
    databaseUrl,
    log,
  }: {
    readonly databaseUrl: string;
    readonly log: Pick<Log, 'info' | 'warn' | 'error'>;
  }) {
    this.#connection = openPlainConnection(databaseUrl, 'auto-forex watch');
    this.#log = log;
    this.#asking = new Periodic({
      everyMs: ASK_EVERY_MS,
      work: () => this.#ask(),
      onFailure: (error) => {
        // What the stop cut off says nothing about the database.
        if (this.#isWatching) this.#failed(error);
      },
    });
  }

  /** Whether the database did not answer when it was asked, or a statement failed for want of it since. */
  get isAway(): boolean {
    return this.#outage !== undefined && this.#outage.answersSinceMs === undefined;
  }

  /** Asks from now on, and takes notice of failures. */
  start(): void {
    this.#isWatching = true;
    this.#asking.start();
  }

  /** Asks no more. */
  async stop(): Promise<void> {
    this.#isWatching = false;
    // An answer that does not come is not waited for.
    this.#connection.drop();
    await this.#asking.stop();
    await this.#connection.close();
  }

  /** Takes notice of a failure, and returns whether it needs no line of its own: the log says what became of the connection. */
  notice(error: unknown): boolean {
    if (!this.#isWatching || !isDatabaseUnavailable(error)) return false;
    if (!this.#outage && error instanceof Error && POOL_IS_BUSY.test(error.message)) return false;
    if (this.#outage) this.#failed(error);
    // A connection that an operator or a proxy ended is no outage: that is known when the database is asked.
    else this.#doubt ??= reasonOf(error);
    this.#asking.wake();
    return true;
  }

  async #ask(): Promise<void> {
    const doubt = this.#doubt;
    const isTooLate = new AbortController();
    const tooLate = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      isTooLate.abort();
      tooLate.reject(new Error('It did not answer.'));
      // Only this connection may be broken, and such a one can be silent for a quarter of an hour.
      this.#connection.drop();
    }, ANSWER_WITHIN_MS);
    let lost: string | undefined;
    try {
      lost = await Promise.race([this.#answer(isTooLate.signal), tooLate.promise]);
    } finally {
      clearTimeout(timer);
    }
    // A doubt that came meanwhile is for the next question.
    if (doubt !== undefined) this.#doubt = undefined;
    this.#dispel(doubt ?? lost);
    this.#answered();
  }

  /** Waits for an answer. Returns why a connection failed before that, undefined when none did. */
  async #answer(isTooLate: AbortSignal): Promise<string | undefined> {
    let lost: string | undefined;
    for (let tries = 1; ; tries += 1) {
      try {
        await this.#connection.query('select 1');
        return lost;
      } catch (error) {
        if (tries === MOST_TRIES || isTooLate.aborted || !this.#isWatching) throw error;
        lost ??= reasonOf(error);
      }
    }
  }

  #dispel(reason: string | undefined): void {
    // While it is away, one line has said so.
    if (reason === undefined || this.#outage) return;
    this.#log.warn({ reason }, 'a connection to the database was lost; the database answers');
  }

  #failed(error: unknown): void {
    if (this.#outage) {
      this.#outage.answersSinceMs = undefined;
      return;
    }
    this.#outage = { sinceMs: performance.now() };
    this.#log.error(
      { reason: this.#doubt ?? reasonOf(error) },
      'the database does not answer; nothing is traded until it does',
    );
    this.#doubt = undefined;
  }

  #answered(): void {
    const outage = this.#outage;
    if (!outage) return;
    const now = performance.now();
    outage.answersSinceMs ??= now;
    if (now - outage.answersSinceMs < SETTLED_AFTER_MS) return;
    this.#outage = undefined;
    const seconds = Math.round((outage.answersSinceMs - outage.sinceMs) / 100) / 10;
    this.#log.info({ seconds }, 'the database answers again');
  }
}

/** What the driver said: the ORM wraps it, and an attempt at several addresses has no message of its own. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.cause instanceof Error) return reasonOf(error.cause);
  return error instanceof AggregateError ? reasonOf(error.errors[0]) : error.message;
}
