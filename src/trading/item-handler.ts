/**
 * Handles what waits in the mailbox of an account, one item at a time: steps the engine, takes in the broker's log and answers, and
 * performs what the engine wants.
 */

import { LogReader } from './log-reader.ts';
import { performEffects, settle } from './perform-effects.ts';
import { RequestSender } from './request-sender.ts';
import { UnknownOutcomes } from './unknown-outcomes.ts';
import type { Broker } from '../brokers/broker.ts';
import type { Effect } from '../core/engine/effect.ts';
import type { Engine } from '../core/engine/engine.ts';
import type { EngineEvent } from '../core/engine/engine-event.ts';
import type { Transaction } from '../core/domain/transaction.ts';
import type { AccountRecorder } from './account-recorder.ts';
import type { Tracing } from '../process/tracing.ts';
import type { BrokerCalls } from './broker-calls.ts';
import type { MailboxItem, WaitingRequest } from './mailbox-item.ts';
import type { Performer } from './perform-effects.ts';
import type { UnknownRequest } from './reconcile.ts';
import type { LateAnswer, Outstanding } from './request-sender.ts';

export interface ItemHandlerParts extends Pick<Performer, 'onRule' | 'onStrategyFailed' | 'onAccessRefused'> {
  readonly engine: Engine;
  readonly broker: Broker;
  readonly recorder: AccountRecorder;
  readonly calls: BrokerCalls;
  readonly tracing: Tracing;
  /** Puts an item in the mailbox: what came later, or is due later. */
  readonly post: (item: MailboxItem) => void;
}

/** The handler of one account's items. */
export class ItemHandler {
  readonly #parts: ItemHandlerParts;
  readonly #performer: Performer;
  /** When the price stream last showed life, as far as is known here (UTC ms of the market). */
  #pricesAliveAt = 0;
  #quotedAt: number | undefined;

  constructor(parts: ItemHandlerParts) {
    this.#parts = parts;
    this.#performer = performerOf(parts);
  }

  /** The time of the newest price that was taken since this start (UTC ms). */
  get quotedAt(): number | undefined {
    return this.#quotedAt;
  }

  /** The answer to a request was lost before this start: what became of it is found out when the log must show it, or now if that time is over. */
  expectOutcome({ id, ageMs }: UnknownRequest): void {
    this.#performer.unknowns.expect(id, ageMs);
  }

  /** Sends, reads and finds out nothing more. */
  end(): void {
    this.#performer.sender.end();
    this.#performer.reader.end();
    this.#performer.unknowns.end();
  }

  /** Handles one item; returns a promise when there is something to wait for. */
  handle(item: MailboxItem): Promise<void> | undefined {
    const { reader } = this.#performer;
    try {
      switch (item.type) {
        case 'work':
          return item.work();
        case 'log':
          return this.#takeIn(item.transactions);
        case 'log-end':
          return this.isBehind(item.lastTransactionId) ? this.#catchUp() : undefined;
        case 'catch-up':
          return this.#catchUp();
        case 'answer':
          return this.#takeAnswer(item.late);
        case 'log-read':
          return this.#performAll(reader.finish(item.read));
        case 'read-again':
          return this.#performAll(reader.retry());
        case 'find-out':
          return this.findOut(item.requestId);
        case 'log-shown':
          return this.#recordIfAbsent(item.requestId);
        case 'cancel-due':
          return this.#step({ type: 'cancel-unconfirmed', brokerOrderId: item.brokerOrderId });
        case 'refused':
          return Promise.reject(item.problem);
        case 'event':
          return this.#handleEvent(item.event, item.request);
      }
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Whether the ledger lacks transactions up to this number. */
  isBehind(lastTransactionId: number): boolean {
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
    if (effects.length > 0) return this.perform(effects, request);
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
      await this.#step({ type: 'clock', at: dueAt, pricesAliveAt, seenAt: at });
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
    return this.perform(this.#parts.engine.step(event));
  }

  async #takeIn(transactions: readonly Transaction[]): Promise<void> {
    const { recorder } = this.#parts;
    const effects = recorder.absorb(transactions);
    if (!effects) return this.#catchUp();
    await recorder.commit();
    await this.perform(effects);
  }

  async #catchUp(): Promise<void> {
    await this.#performWhatIsThere(await this.#performer.reader.read());
  }

  async #takeAnswer({ effect, ended, handled }: LateAnswer): Promise<void> {
    if ('error' in ended) throw ended.error;
    const settled = await settle(this.#performer, effect, ended.value);
    await this.#parts.recorder.commit();
    await this.#performWhatIsThere(settled);
    if ('handled' in settled) void settled.handled.then(handled);
    else handled();
  }

  /** Reads the log once more; what it does not show by now never reached the broker. */
  async findOut(requestId: string): Promise<void> {
    const read = await this.#performer.reader.read();
    if ('handled' in read) {
      void read.handled.then(() => this.#parts.post({ type: 'log-shown', requestId }));
      return;
    }
    await this.perform(read);
    await this.#recordIfAbsent(requestId);
  }

  async #recordIfAbsent(requestId: string): Promise<void> {
    const { engine, recorder } = this.#parts;
    if (engine.isUnseen(requestId))
      await this.perform(await recorder.recordNotSent(requestId, 'not-received'));
  }

  async #performWhatIsThere(result: readonly Effect[] | Outstanding): Promise<void> {
    if (!('handled' in result)) await this.perform(result);
  }

  async #performAll(effects: Promise<readonly Effect[]>): Promise<void> {
    await this.perform(await effects);
  }

  /** Performs effects and replies to the request that they come from. */
  async perform(effects: readonly Effect[], request?: WaitingRequest): Promise<void> {
    const outcome = await performEffects(this.#performer, effects);
    request?.reply(outcome);
  }
}

function performerOf({
  engine,
  broker,
  recorder,
  calls,
  tracing,
  post,
  onRule,
  onStrategyFailed,
  onAccessRefused,
}: ItemHandlerParts): Performer {
  return {
    engine,
    recorder,
    onRule,
    onStrategyFailed,
    onAccessRefused,
    sender: new RequestSender({
      broker,
      calls,
      tracing,
      onAnswer: (late) => post({ type: 'answer', late }),
      onUnanswered: (requestId) => {
        post({ type: 'event', event: { type: 'outcome-unknown', requestId } });
        post({ type: 'catch-up' });
      },
    }),
    reader: new LogReader({
      broker,
      calls,
      known: () => engine.ledger.lastTransactionId,
      record: (transactions) => recorder.recordLog(transactions),
      onRead: (read) => post({ type: 'log-read', read }),
      onRetry: () => post({ type: 'read-again' }),
    }),
    unknowns: new UnknownOutcomes({
      lateArrivalMs: broker.lateArrivalMs,
      onDue: (requestId) => post({ type: 'find-out', requestId }),
      onCancelDue: (brokerOrderId) => post({ type: 'cancel-due', brokerOrderId }),
    }),
  };
}

function timeOf(event: EngineEvent): number | undefined {
  if (event.type === 'clock') return event.at;
  return event.type === 'quote' ? event.quote.at : undefined;
}
