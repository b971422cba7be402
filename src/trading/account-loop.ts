/** The loop of one live account: one mailbox, one engine, one broker. Everything that happens to the account passes here, in order. */

import { Problem } from '../core/shared/problem.ts';
import { Mailbox } from '../core/shared/mailbox.ts';
import { performEffects } from './perform-effects.ts';
import type { Broker, BrokerListener } from '../brokers/broker.ts';
import type { Effect } from '../core/engine/effect.ts';
import type { Engine } from '../core/engine/engine.ts';
import type { EngineEvent } from '../core/engine/engine-event.ts';
import type { Transaction } from '../core/domain/transaction.ts';
import type { AccountRecorder } from './account-recorder.ts';
import type { Performer, RequestOutcome } from './perform-effects.ts';

/** With this many waiting, quotes of one instrument conflate: the account is behind, and only the newest price matters. */
const CONFLATE_ABOVE = 1_000;

/** What waits in the mailbox: an event for the engine, a stretch of the broker's log, or work that needs the engine to stand still. */
type MailboxItem =
  | {
      readonly type: 'event';
      readonly event: EngineEvent;
      readonly reply?: (outcome: RequestOutcome) => void;
      readonly fail?: (error: unknown) => void;
    }
  | { readonly type: 'log'; readonly transactions: readonly Transaction[] }
  | { readonly type: 'log-end'; readonly lastTransactionId: number }
  | { readonly type: 'catch-up' }
  | { readonly type: 'work'; readonly work: () => Promise<void>; readonly fail: (error: unknown) => void };

/** What a loop is made of, and who handles what is not the broker's business. */
export interface AccountLoopParts extends Pick<Performer, 'onHalted' | 'onStrategyFailed'> {
  readonly engine: Engine;
  readonly broker: Broker;
  readonly recorder: AccountRecorder;
  /** An effect could not be performed or an invariant broke: the loop has ended, and the account must be started again from the log. */
  readonly onFailure: (error: unknown) => void;
}

/** Runs one account. */
export class AccountLoop {
  readonly #parts: AccountLoopParts;
  readonly #performer: Performer;
  readonly #mailbox = new Mailbox<MailboxItem>({
    conflateAbove: CONFLATE_ABOVE,
    conflateKey: (item) =>
      item.type === 'event' && item.event.type === 'quote' ? item.event.quote.instrument : undefined,
  });
  #busy: Promise<void> | undefined;
  /** When the price stream last showed life, as far as is known here (UTC ms of the market). */
  #pricesAliveAt = 0;
  #quotedAt: number | undefined;
  #isStopped = false;

  constructor(parts: AccountLoopParts) {
    this.#parts = parts;
    this.#performer = {
      broker: parts.broker,
      ledger: parts.engine.ledger,
      recorder: parts.recorder,
      onHalted: parts.onHalted,
      onStrategyFailed: parts.onStrategyFailed,
      // The log is read as soon as the mailbox comes to it; the stream may have brought the answer by then.
      onUnknown: () => this.#post({ type: 'catch-up' }),
    };
  }

  /** The time of the newest price that was taken since this start (UTC ms). */
  get quotedAt(): number | undefined {
    return this.#quotedAt;
  }

  /** Whether nothing waits and nothing is being done. */
  get isIdle(): boolean {
    return this.#busy === undefined && this.#mailbox.size === 0;
  }

  /** Resolves when what is being done has ended; undefined when nothing is. */
  settled(): Promise<void> | undefined {
    return this.#busy;
  }

  /** Starts receiving prices and transactions. */
  async connect(): Promise<void> {
    const listener: BrokerListener = {
      onQuote: (quote) => this.#post({ type: 'event', event: { type: 'quote', quote } }),
      onClock: (at, pricesAliveAt) =>
        this.#post({ type: 'event', event: { type: 'clock', at, pricesAliveAt } }),
      onTransactions: (transactions) => this.#post({ type: 'log', transactions }),
      onLogEnd: (lastTransactionId) => {
        // What waits in the mailbox may hold it; when its turn comes it is looked at once more.
        if (this.#isBehind(lastTransactionId)) this.#post({ type: 'log-end', lastTransactionId });
      },
      onConnection: (state) => {
        if (state === 'connected') this.#post({ type: 'catch-up' });
      },
    };
    await this.#parts.broker.connect(listener);
  }

  /** Puts a request in the mailbox and returns how it ended once its effects are performed and recorded. */
  request(event: EngineEvent): Promise<RequestOutcome> {
    return new Promise((reply, fail) => this.#post({ type: 'event', event, reply, fail }));
  }

  /** Does `work` when everything delivered before it is done, and lets nothing happen meanwhile. */
  whenStill<T>(work: () => Promise<T>): Promise<T> {
    return new Promise((resolve, fail) => {
      this.#post({ type: 'work', work: () => work().then(resolve, fail), fail });
    });
  }

  /** Stops receiving, finishes what was delivered, and ends. */
  async stop(): Promise<void> {
    await this.#parts.broker.close();
    while (this.#busy) await this.#busy;
    this.#isStopped = true;
  }

  /** Ends at once: what waits is refused. What is under way cannot be cancelled, but it is the last. */
  abandon(): void {
    this.#isStopped = true;
    this.#refuseWaiting(stoppedTrading());
  }

  #post(item: MailboxItem): void {
    if (this.#isStopped) return refuse(item, stoppedTrading());
    this.#mailbox.push(item);
    if (this.#busy === undefined) this.#drain();
  }

  /** Takes items until one needs waiting for: quotes that change nothing are processed without a promise. */
  #drain(): void {
    for (let item = this.#mailbox.shift(); item; item = this.#mailbox.shift()) {
      const work = this.#handle(item);
      if (!work) continue;
      this.#busy = work.then(
        () => this.#continue(),
        (error: unknown) => this.#fail(error, item),
      );
      return;
    }
  }

  #continue(): void {
    this.#busy = undefined;
    this.#drain();
  }

  #handle(item: MailboxItem): Promise<void> | undefined {
    try {
      switch (item.type) {
        case 'work':
          return item.work();
        case 'log':
          return this.#absorb(this.#parts.recorder.absorb(item.transactions));
        case 'log-end':
          if (!this.#isBehind(item.lastTransactionId)) return undefined;
          return this.#absorb(this.#parts.recorder.catchUp());
        case 'catch-up':
          return this.#absorb(this.#parts.recorder.catchUp());
        case 'event':
          return this.#handleEvent(item.event, item.reply);
      }
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #isBehind(lastTransactionId: number): boolean {
    return lastTransactionId > this.#parts.engine.ledger.lastTransactionId;
  }

  #handleEvent(
    event: EngineEvent,
    reply: ((outcome: RequestOutcome) => void) | undefined,
  ): Promise<void> | undefined {
    const { engine } = this.#parts;
    const at = timeOf(event);
    if (at !== undefined && at >= engine.nextClockAt) return this.#passTime(at, event, reply);
    this.#noteLife(event);
    const effects = engine.step(event);
    if (effects.length > 0) return this.#perform(effects, reply);
    reply?.({ type: 'done' });
    return undefined;
  }

  /** A price or a clock implies every end of a candle before it: those come first, each with all that follows from it. */
  async #passTime(
    at: number,
    event: EngineEvent,
    reply: ((outcome: RequestOutcome) => void) | undefined,
  ): Promise<void> {
    const { engine } = this.#parts;
    // A quote after a gap does not prove that the price before it still held; a clock event says until when prices are known.
    if (event.type === 'clock') this.#noteLife(event);
    while (engine.nextClockAt <= at) {
      const candleEndsAt = engine.nextClockAt;
      const pricesAliveAt = Math.min(this.#pricesAliveAt, candleEndsAt);
      await this.#perform(engine.step({ type: 'clock', at: candleEndsAt, pricesAliveAt }));
    }
    this.#noteLife(event);
    await this.#perform(engine.step(event), reply);
  }

  #noteLife(event: EngineEvent): void {
    if (event.type === 'clock') this.#pricesAliveAt = event.pricesAliveAt;
    if (event.type !== 'quote') return;
    this.#pricesAliveAt = Math.max(this.#pricesAliveAt, event.quote.at);
    this.#quotedAt = event.quote.at;
  }

  async #absorb(recording: Promise<readonly Effect[]>): Promise<void> {
    await this.#perform(await recording);
  }

  async #perform(effects: readonly Effect[], reply?: (outcome: RequestOutcome) => void): Promise<void> {
    const outcome = await performEffects(this.#performer, effects);
    reply?.(outcome);
  }

  /** Engine and tables may differ now, so nothing more is done here: the account is started again from the log. */
  #fail(error: unknown, item: MailboxItem): void {
    this.#isStopped = true;
    refuse(item, error);
    this.#refuseWaiting(error);
    this.#busy = undefined;
    this.#parts.onFailure(error);
  }

  #refuseWaiting(error: unknown): void {
    for (let waiting = this.#mailbox.shift(); waiting; waiting = this.#mailbox.shift())
      refuse(waiting, error);
  }
}

function stoppedTrading(): Problem {
  return new Problem('account-not-trading', 'The account has just stopped trading.');
}

function refuse(item: MailboxItem, error: unknown): void {
  if (item.type === 'event' || item.type === 'work') item.fail?.(error);
}

function timeOf(event: EngineEvent): number | undefined {
  if (event.type === 'clock') return event.at;
  return event.type === 'quote' ? event.quote.at : undefined;
}
