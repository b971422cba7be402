/**
 * The loop of one live account: one mailbox, one engine, one broker. Everything that happens to the account passes here, in order. What
 * the mailbox waits for is the database; calls to the broker run beside it, and what they come to is put in the mailbox.
 */

import { Problem } from '../core/shared/problem.ts';
import { Mailbox } from '../core/shared/mailbox.ts';
import { BrokerCalls } from './broker-calls.ts';
import { LogReader } from './log-reader.ts';
import { performEffects, settle } from './perform-effects.ts';
import { RequestSender } from './request-sender.ts';
import { UnknownOutcomes } from './unknown-outcomes.ts';
import type { Broker, BrokerListener } from '../brokers/broker.ts';
import type { Effect } from '../core/engine/effect.ts';
import type { Engine } from '../core/engine/engine.ts';
import type { EngineEvent } from '../core/engine/engine-event.ts';
import type { Transaction } from '../core/domain/transaction.ts';
import type { AccountRecorder } from './account-recorder.ts';
import type { LogRead } from './log-reader.ts';
import type { Performer, RequestOutcome } from './perform-effects.ts';
import type { LateAnswer, Outstanding } from './request-sender.ts';

/** With this many waiting, quotes of one instrument conflate: the account is behind, and only the newest price matters. */
const CONFLATE_ABOVE = 1_000;

/** How long a stop waits for what was sent to be answered. The rest stays submitted, and the next start finds out. */
const STOP_WAITS_MS = 5_000;

/** What waits in the mailbox. */
type MailboxItem =
  | {
      readonly type: 'event';
      readonly event: EngineEvent;
      readonly request?: WaitingRequest;
    }
  | { readonly type: 'log'; readonly transactions: readonly Transaction[] }
  | { readonly type: 'log-end'; readonly lastTransactionId: number }
  | { readonly type: 'catch-up' }
  | { readonly type: 'answer'; readonly late: LateAnswer }
  | { readonly type: 'log-read'; readonly read: LogRead }
  | { readonly type: 'read-again' }
  | { readonly type: 'find-out'; readonly requestId: string }
  | { readonly type: 'log-shown'; readonly requestId: string }
  | { readonly type: 'cancel-due'; readonly brokerOrderId: number }
  | { readonly type: 'work'; readonly work: () => Promise<void>; readonly fail: (error: unknown) => void };

interface WaitingRequest {
  readonly reply: (outcome: RequestOutcome) => void;
  readonly fail: (error: unknown) => void;
  state: 'waiting' | 'begun' | 'withdrawn';
}

/** A request on its way through the mailbox. */
export interface PendingRequest {
  /** How it ended, once its effects are performed and recorded. */
  readonly outcome: Promise<RequestOutcome>;
  /** Takes it back, if the mailbox has not come to it: then it never happens, and `outcome` rejects. Returns whether it was taken back. */
  withdraw(): boolean;
}

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
  readonly #calls = new BrokerCalls();
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
    const { broker, engine, recorder, onHalted, onStrategyFailed } = parts;
    const calls = this.#calls;
    this.#parts = parts;
    this.#performer = {
      engine,
      recorder,
      onHalted,
      onStrategyFailed,
      sender: new RequestSender({
        broker,
        calls,
        onAnswer: (late) => this.#post({ type: 'answer', late }),
        onUnanswered: (requestId) => {
          this.#post({ type: 'event', event: { type: 'outcome-unknown', requestId } });
          this.#post({ type: 'catch-up' });
        },
      }),
      reader: new LogReader({
        broker,
        calls,
        known: () => engine.ledger.lastTransactionId,
        record: (transactions) => recorder.recordLog(transactions),
        onRead: (read) => this.#post({ type: 'log-read', read }),
        onRetry: () => this.#post({ type: 'read-again' }),
      }),
      unknowns: new UnknownOutcomes({
        lateArrivalMs: broker.lateArrivalMs,
        onDue: (requestId) => this.#post({ type: 'find-out', requestId }),
        onCancelDue: (brokerOrderId) => this.#post({ type: 'cancel-due', brokerOrderId }),
      }),
    };
  }

  /** The time of the newest price that was taken since this start (UTC ms). */
  get quotedAt(): number | undefined {
    return this.#quotedAt;
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

  /** Puts a request in the mailbox. */
  ask(event: EngineEvent): PendingRequest {
    const { promise, resolve, reject } = Promise.withResolvers<RequestOutcome>();
    const request: WaitingRequest = { reply: resolve, fail: reject, state: 'waiting' };
    this.#post({ type: 'event', event, request });
    return {
      outcome: promise,
      withdraw: () => {
        if (request.state !== 'waiting') return request.state === 'withdrawn';
        request.state = 'withdrawn';
        reject(withdrawn());
        return true;
      },
    };
  }

  /** Puts a request in the mailbox and returns how it ended once its effects are performed and recorded. */
  request(event: EngineEvent): Promise<RequestOutcome> {
    return this.ask(event).outcome;
  }

  /** Does `work` when everything delivered before it is done, and lets nothing happen meanwhile. */
  whenStill<T>(work: () => Promise<T>): Promise<T> {
    return new Promise((resolve, fail) => {
      this.#post({ type: 'work', work: () => work().then(resolve, fail), fail });
    });
  }

  /** Performs effects of what was taken in before the loop began. */
  perform(effects: readonly Effect[]): Promise<void> {
    return this.whenStill(() => this.#perform(effects));
  }

  /** Finds out what became of requests that were sent before this start. With a broker that is never late this is done on return. */
  async findOut(requestIds: readonly string[]): Promise<void> {
    const isNeverLate = this.#parts.broker.lateArrivalMs === 0;
    for (const requestId of requestIds) {
      if (isNeverLate) await this.whenStill(() => this.#findOut(requestId));
      else this.#performer.unknowns.expect(requestId);
    }
  }

  /** Stops receiving, finishes what was delivered, takes in the answers that come soon, and ends. */
  async stop(): Promise<void> {
    const untilMs = performance.now() + STOP_WAITS_MS;
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
    const untilMs = performance.now() + STOP_WAITS_MS;
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
    this.#performer.sender.end();
    this.#performer.reader.end();
    this.#performer.unknowns.end();
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
    const { reader } = this.#performer;
    try {
      switch (item.type) {
        case 'work':
          return item.work();
        case 'log':
          return this.#takeIn(item.transactions);
        case 'log-end':
          return this.#isBehind(item.lastTransactionId) ? this.#catchUp() : undefined;
        case 'catch-up':
          return this.#catchUp();
        case 'answer':
          return this.#takeAnswer(item.late);
        case 'log-read':
          return this.#performAll(reader.finish(item.read));
        case 'read-again':
          return this.#performAll(reader.retry());
        case 'find-out':
          return this.#findOut(item.requestId);
        case 'log-shown':
          return this.#recordIfAbsent(item.requestId);
        case 'cancel-due':
          return this.#step({ type: 'cancel-unconfirmed', brokerOrderId: item.brokerOrderId });
        case 'event':
          return this.#handleEvent(item.event, item.request);
      }
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #isBehind(lastTransactionId: number): boolean {
    return lastTransactionId > this.#parts.engine.ledger.lastTransactionId;
  }

  #handleEvent(event: EngineEvent, request: WaitingRequest | undefined): Promise<void> | undefined {
    if (request?.state === 'withdrawn') return undefined;
    if (request) request.state = 'begun';
    const { engine } = this.#parts;
    const at = timeOf(event);
    if (at !== undefined && at >= engine.nextClockAt) return this.#passTime(at, event);
    this.#noteLife(event);
    const effects = engine.step(event);
    if (effects.length > 0) return this.#perform(effects, request);
    request?.reply({ type: 'done' });
    return undefined;
  }

  /** A price or a clock implies all that is due before it: that comes first, each moment with all that follows from it. */
  async #passTime(at: number, event: EngineEvent): Promise<void> {
    const { engine } = this.#parts;
    // A quote after a gap does not prove that the price before it still held; a clock event says until when prices are known.
    if (event.type === 'clock') this.#noteLife(event);
    while (engine.nextClockAt <= at) {
      const dueAt = engine.nextClockAt;
      const pricesAliveAt = Math.min(this.#pricesAliveAt, dueAt);
      await this.#step({ type: 'clock', at: dueAt, pricesAliveAt });
    }
    this.#noteLife(event);
    await this.#step(event);
  }

  #noteLife(event: EngineEvent): void {
    if (event.type === 'clock') this.#pricesAliveAt = event.pricesAliveAt;
    if (event.type !== 'quote') return;
    this.#pricesAliveAt = Math.max(this.#pricesAliveAt, event.quote.at);
    this.#quotedAt = event.quote.at;
  }

  #step(event: EngineEvent): Promise<void> {
    return this.#perform(this.#parts.engine.step(event));
  }

  async #takeIn(transactions: readonly Transaction[]): Promise<void> {
    const effects = await this.#parts.recorder.absorb(transactions);
    if (effects) await this.#perform(effects);
    else await this.#catchUp();
  }

  async #catchUp(): Promise<void> {
    await this.#performWhatIsThere(await this.#performer.reader.read());
  }

  async #takeAnswer({ effect, ended, handled }: LateAnswer): Promise<void> {
    if ('error' in ended) throw ended.error;
    const settled = await settle(this.#performer, effect, ended.value);
    await this.#performWhatIsThere(settled);
    if ('handled' in settled) void settled.handled.then(handled);
    else handled();
  }

  /** Reads the log once more; what it does not show by now never reached the broker. */
  async #findOut(requestId: string): Promise<void> {
    const read = await this.#performer.reader.read();
    if ('handled' in read) {
      void read.handled.then(() => this.#post({ type: 'log-shown', requestId }));
      return;
    }
    await this.#perform(read);
    await this.#recordIfAbsent(requestId);
  }

  async #recordIfAbsent(requestId: string): Promise<void> {
    const { engine, recorder } = this.#parts;
    if (engine.isUnseen(requestId))
      await this.#perform(await recorder.recordNotSent(requestId, 'not-received'));
  }

  async #performWhatIsThere(result: readonly Effect[] | Outstanding): Promise<void> {
    if (!('handled' in result)) await this.#perform(result);
  }

  async #performAll(effects: Promise<readonly Effect[]>): Promise<void> {
    await this.#perform(await effects);
  }

  async #perform(effects: readonly Effect[], request?: WaitingRequest): Promise<void> {
    const outcome = await performEffects(this.#performer, effects);
    request?.reply(outcome);
  }

  /** Engine and tables may differ now, so nothing more is done here: the account is started again from the log. */
  #fail(error: unknown, item: MailboxItem): void {
    this.#end();
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

function withdrawn(): Problem {
  return new Problem(
    'account-not-trading',
    'The account is busy. The request was taken back and never happened; repeat it.',
  );
}

function refuse(item: MailboxItem, error: unknown): void {
  if (item.type === 'event') item.request?.fail(error);
  else if (item.type === 'work') item.fail(error);
  else if (item.type === 'answer') item.late.handled();
}

function timeOf(event: EngineEvent): number | undefined {
  if (event.type === 'clock') return event.at;
  return event.type === 'quote' ? event.quote.at : undefined;
}
