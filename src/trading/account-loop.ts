/**
 * The loop of one live account: one mailbox, one engine, one broker. Everything that happens to the account passes here, in order. What
 * the mailbox waits for is the database; calls to the broker run beside it, and what they come to is put in the mailbox.
 */

import { AccountMailbox } from './account-mailbox.ts';
import { NewestQuotes } from '../prices/newest-quotes.ts';
import { BrokerCalls } from './broker-calls.ts';
import { ItemHandler } from './item-handler.ts';
import { actAs, currentActing } from '../process/acting.ts';
import { actingOf, newRequest, refuse, stoppedTrading } from './mailbox-item.ts';
import type { Broker, BrokerListener } from '../brokers/broker.ts';
import type { QuoteTap } from '../prices/recording/quote-recorder.ts';
import type { Effect } from '../core/engine/effect.ts';
import type { Engine } from '../core/engine/engine.ts';
import type { EngineEvent } from '../core/engine/engine-event.ts';
import type { Problem } from '../core/shared/problem.ts';
import type { Tracing } from '../process/tracing.ts';
import type { AccountRecorder } from './account-recorder.ts';
import type { BrokerPatience } from './broker-patience.ts';
import type { MailboxItem, PendingRequest } from './mailbox-item.ts';
import type { Performer } from './perform-effects.ts';
import type { UnknownRequest } from './reconcile.ts';

/** What a loop is made of, and who handles what is not the broker's business. */
export interface AccountLoopParts extends Pick<Performer, 'onRule' | 'onStrategyFailed' | 'onAccessRefused'> {
  readonly engine: Engine;
  readonly broker: Broker;
  readonly recorder: AccountRecorder;
  readonly patience: BrokerPatience;
  readonly tracing: Tracing;
  /** The broker sent what cannot be read. */
  readonly onUnreadable: BrokerListener['onUnreadable'];
  /** What records the quotes. */
  readonly tap: QuoteTap;
  /** The streams of the broker came back, or are there for the first time. */
  readonly onConnected: () => void;
  /** An effect could not be performed or an invariant broke: the loop has ended, and the account must be started again from the log. */
  readonly onFailure: (error: unknown) => void;
}

/** What is done in one turn of the mailbox; `step` performs an event in it. */
type TurnWork<T> = (step: (event: EngineEvent) => Promise<void>) => Promise<T>;

/** Runs one account. */
export class AccountLoop {
  /** What the broker's quotes are now, for screens. */
  readonly quotes = new NewestQuotes();
  readonly #parts: AccountLoopParts;
  readonly #handler: ItemHandler;
  readonly #calls = new BrokerCalls();
  readonly #mailbox = new AccountMailbox();
  #busy: Promise<void> | undefined;
  #isStopped = false;

  constructor(parts: AccountLoopParts) {
    this.#parts = parts;
    this.#handler = new ItemHandler({
      ...parts,
      calls: this.#calls,
      post: (item) => this.#post(item),
    });
  }

  /** The time of the newest price that was taken since this start (UTC ms). */
  get quotedAt(): number | undefined {
    return this.#handler.quotedAt;
  }

  /** When something is due by the clock next, here or at the broker (UTC ms of the market); Infinity once the loop has ended. */
  get nextClockAt(): number {
    const { engine, broker } = this.#parts;
    return this.#isStopped ? Infinity : Math.min(engine.nextClockAt, broker.nextClockAt);
  }

  /** Whether nothing waits and nothing is being done. The broker may still be answering. */
  get isIdle(): boolean {
    return this.#busy === undefined && this.#mailbox.size === 0;
  }

  /** Whether everything that was sent has been answered. */
  get isAnswered(): boolean {
    return this.#calls.isIdle;
  }

  /** Resolves when what is being done has ended; undefined when nothing is. */
  settled(): Promise<void> | undefined {
    return this.#busy;
  }

  /** Starts receiving prices and transactions. */
  async connect(): Promise<void> {
    const listener: BrokerListener = {
      followsQuotes: () => !this.isIdle || this.#parts.engine.followsQuotes || this.quotes.isFollowed,
      onQuote: (quote) => {
        this.#post({ type: 'event', event: { type: 'quote', quote } });
        this.#parts.tap.onQuote(quote);
        this.quotes.add(quote);
      },
      onClock: (at, pricesAliveAt) =>
        this.#post({ type: 'event', event: { type: 'clock', at, pricesAliveAt } }),
      onTransactions: (transactions) => this.#post({ type: 'log', transactions }),
      onLogEnd: (lastTransactionId) => {
        // What waits in the mailbox may hold it; when its turn comes it is looked at once more.
        if (this.#handler.isBehind(lastTransactionId)) this.#post({ type: 'log-end', lastTransactionId });
      },
      onConnection: (state) => {
        this.#parts.tap.onInterruption();
        if (state !== 'connected') return;
        this.catchUp();
        this.#parts.onConnected();
      },
      onRefused: (problem) => this.fail(problem),
      onUnreadable: this.#parts.onUnreadable,
    };
    const { broker } = this.#parts;
    // Of all of them: any may be ordered by a person, or be on the way of a conversion.
    const instruments = broker.instruments.list.map(({ name }) => name);
    await broker.connect(listener, instruments);
  }

  /** Reads the broker's log on from where the ledger ends. */
  catchUp(): void {
    this.#post({ type: 'catch-up' });
  }

  /** Ends the account: the broker does not let us in any more. */
  fail(problem: Problem): void {
    this.#post({ type: 'refused', problem });
  }

  /** Takes in the newest quotes, if some were left out because no one looked at them. */
  showQuotes(): void {
    if (!this.#isStopped) this.#parts.broker.showQuotes?.();
  }

  /** Puts a person's request in the mailbox, before all that waits for no person. It is judged by the newest quotes. */
  ask(event: EngineEvent): PendingRequest {
    this.showQuotes();
    const { waiting, pending } = newRequest();
    this.#post({ type: 'event', event, request: waiting }, 'person');
    return pending;
  }

  /**
   * Does `work` when everything delivered before it is done, and lets nothing happen meanwhile; people's requests come before it. `readLog`
   * reads the broker's log on in the same turn. One that fails ends the loop.
   */
  whenStill<T>(work: (readLog: () => Promise<void>) => Promise<T>): Promise<T> {
    return this.#postWork(() => work(() => this.#handleNow({ type: 'catch-up' })));
  }

  /**
   * Does `work` as {@link AccountLoop.whenStill} does; `step` performs an event in the same turn. What `work` records before it is stored
   * before anything is sent, and no other request comes in between. A step that fails ends the loop. The newest quotes come before it.
   */
  inOneTurn<T>(work: TurnWork<T>): Promise<T> {
    this.showQuotes();
    return this.#postWork(() => work((event) => this.#handleNow({ type: 'event', event })));
  }

  /** As {@link AccountLoop.inOneTurn}, for a person: before all that waits for no person, as with {@link AccountLoop.ask}. */
  askInOneTurn<T>(work: TurnWork<T>): Promise<T> {
    this.showQuotes();
    return this.#postWork(() => work((event) => this.#handleNow({ type: 'event', event })), 'person');
  }

  #postWork<T>(work: () => Promise<T>, askedBy?: 'person'): Promise<T> {
    const acting = currentActing();
    return new Promise((resolve, fail) => {
      this.#post({ type: 'work', work: () => work().then(resolve, fail), fail, acting }, askedBy);
    });
  }

  async #handleNow(item: MailboxItem): Promise<void> {
    try {
      await this.#handler.handle(item);
    } catch (error) {
      this.#failWith(error);
      throw error;
    }
  }

  /** Performs effects of what was taken in before the loop began. */
  perform(effects: readonly Effect[]): Promise<void> {
    return this.whenStill(() => this.#handler.perform(effects));
  }

  /** Finds out what became of requests that were sent before this start. With a broker that is never late this is done on return. */
  async findOut(requests: readonly UnknownRequest[]): Promise<void> {
    const isNeverLate = this.#parts.broker.lateArrivalMs === 0;
    for (const request of requests) {
      if (isNeverLate) await this.whenStill(() => this.#handler.findOut(request.id));
      else this.#handler.expectOutcome(request);
    }
  }

  /** Stops receiving, finishes what was delivered, takes in the answers that come soon, and ends. */
  async stop(): Promise<void> {
    const untilMs = performance.now() + this.#parts.patience.stopMs;
    await this.#parts.broker.close();
    await this.#rest();
    while (!this.#calls.isIdle && performance.now() < untilMs) {
      await this.nextAnswer(untilMs);
    }
    this.#end();
  }

  /** Ends at once: what waits is refused. What is being done or sent cannot be cancelled, but it is the last. */
  abandon(): void {
    this.#end();
    this.#refuseWaiting(stoppedTrading());
  }

  /** Resolves when nothing that was sent is under way any more, at the latest after some seconds. */
  async quiet(): Promise<void> {
    const untilMs = performance.now() + this.#parts.patience.stopMs;
    while (!this.#calls.isIdle && performance.now() < untilMs) await this.#calls.nextEnd(untilMs);
  }

  /** Resolves when the next answer was taken in; at once when none is awaited, at the latest at that time of the process's clock (ms). */
  async nextAnswer(untilMs: number): Promise<void> {
    await this.#calls.nextEnd(untilMs);
    await this.#rest();
  }

  async #rest(): Promise<void> {
    while (this.#busy) await this.#busy;
  }

  #end(): void {
    this.#isStopped = true;
    this.#handler.end();
    this.quotes.end();
  }

  #post(item: MailboxItem, askedBy?: 'person'): void {
    if (this.#isStopped) return refuse(item, stoppedTrading());
    this.#mailbox.push(item, askedBy);
    if (this.#busy === undefined) this.#drain();
  }

  /** Takes items until one needs waiting for: quotes that change nothing are processed without a promise. */
  #drain(): void {
    for (let item = this.#mailbox.shift(); item; item = this.#mailbox.shift()) {
      if (this.#mailbox.isAhead) this.#foreseeQuotes();
      const work = actAs(actingOf(item), () => this.#handler.handle(item));
      if (!work) continue;
      this.#mailbox.noteWait();
      this.#busy = work.then(
        () => this.#continue(),
        (error: unknown) => this.#endWith(error, item),
      );
      return;
    }
  }

  /** What is taken before quotes that wait is judged by them: at the broker it meets the newest. */
  #foreseeQuotes(): void {
    for (const quote of this.quotes.latestQuotes()) this.#parts.engine.foresee(quote);
  }

  #continue(): void {
    this.#busy = undefined;
    this.#drain();
  }

  /** Engine and tables may differ now, so nothing more is done here: the account is started again from the log. */
  #endWith(error: unknown, item: MailboxItem): void {
    refuse(item, error);
    this.#busy = undefined;
    this.#failWith(error);
  }

  #failWith(error: unknown): void {
    this.#end();
    this.#refuseWaiting(error);
    this.#parts.onFailure(error);
  }

  #refuseWaiting(error: unknown): void {
    for (let waiting = this.#mailbox.shift(); waiting; waiting = this.#mailbox.shift())
      refuse(waiting, error);
  }
}
