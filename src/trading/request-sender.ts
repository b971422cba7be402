/**
 * Sends requests to the broker. Each leaves as soon as it is recorded, whatever others are still being answered: what depends on an
 * answer waits in the engine, and is not asked for before. Three exceptions keep the broker from seeing what was not meant:
 *
 * - Changes of one position's protection leave one after the other, because the last must win. Those that wait become one.
 * - A cancel of an order whose cancel is still being answered is that cancel.
 * - What ends or replaces an order whose renewal is being answered leaves after that answer, because the renewal changes its number there.
 *   An order that is being cancelled is not renewed.
 */

import { Problem } from '../core/shared/problem.ts';
import type { Broker, BrokerAnswer } from '../brokers/broker.ts';
import type {
  CancelOrderEffect,
  ChangeProtectionEffect,
  ClosePositionEffect,
  RenewOrderEffect,
  SubmitOrderEffect,
} from '../core/engine/effect.ts';
import type { OrderRequest, ProtectionRequest } from '../core/domain/order.ts';
import type { Tracing } from '../process/tracing.ts';
import type { BrokerCalls, Ended } from './broker-calls.ts';

/** What is sent. */
export type SentEffect =
  | SubmitOrderEffect
  | RenewOrderEffect
  | ClosePositionEffect
  | CancelOrderEffect
  | ChangeProtectionEffect;

/** Something whose end was not there at once: `handled` resolves when it was taken in, or never will be. It does not reject. */
export interface Outstanding {
  readonly handled: Promise<void>;
}

/** An answer that came later. `handled` is to be called when it was taken in. */
export interface LateAnswer {
  readonly effect: SentEffect;
  readonly ended: Ended<BrokerAnswer>;
  readonly handled: () => void;
}

/** An order or close that is not answered after this long counts as one with an unknown outcome. Its answer is still taken. */
const UNANSWERED_MS = 10_000;

export interface RequestSenderParts {
  readonly broker: Pick<Broker, 'submitOrder' | 'closePosition' | 'cancelOrder' | 'changeProtection'>;
  readonly calls: BrokerCalls;
  readonly tracing: Tracing;
  /** An answer came that was not there at once. */
  readonly onAnswer: (late: LateAnswer) => void;
  /** An order or close has no answer after long. */
  readonly onUnanswered: (requestId: string) => void;
}

const NOTHING_SENT: BrokerAnswer = { outcome: 'answered', transactions: [] };

interface WaitingChange {
  request: ProtectionRequest;
  readonly answer: Promise<BrokerAnswer>;
}

/** The sender of one account. */
export class RequestSender {
  readonly #parts: RequestSenderParts;
  readonly #cancels = new Map<number, Promise<BrokerAnswer>>();
  readonly #renewals = new Map<number, Promise<BrokerAnswer>>();
  readonly #changes = new Map<number, Promise<BrokerAnswer>>();
  readonly #waitingChanges = new Map<number, WaitingChange>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #isEnded = false;

  constructor(parts: RequestSenderParts) {
    this.#parts = parts;
  }

  /** Sends one request and returns its answer if that is there at once; rejects when it could not be sent. */
  async send(effect: SentEffect): Promise<BrokerAnswer | Outstanding> {
    if (this.#isEnded) throw ended();
    const handled = Promise.withResolvers<void>();
    const timer = this.#watch(effect);
    const answer = await this.#parts.calls.start(
      () => this.#parts.tracing.laterSpan(idsOf(effect), 'call broker', () => this.#dispatch(effect)),
      (late) => {
        this.#unwatch(timer);
        this.#parts.onAnswer({ effect, ended: late, handled: handled.resolve });
      },
    );
    if (!answer) return { handled: handled.promise };
    this.#unwatch(timer);
    if ('error' in answer) throw answer.error;
    return answer.value;
  }

  /** Sends nothing more. */
  end(): void {
    this.#isEnded = true;
    for (const timer of this.#timers) clearTimeout(timer);
  }

  #dispatch(effect: SentEffect): Promise<BrokerAnswer> {
    const { broker } = this.#parts;
    switch (effect.type) {
      case 'submit-order':
        return this.#submit(effect.request);
      case 'renew-order':
        return this.#renew(effect.request);
      case 'close-position':
        return broker.closePosition(effect.request);
      case 'cancel-order':
        return this.#cancel(effect);
      case 'change-protection':
        return this.#changeProtection(effect.request);
    }
  }

  #submit(request: OrderRequest): Promise<BrokerAnswer> {
    const submit = (): Promise<BrokerAnswer> => this.#parts.broker.submitOrder(request);
    return request.replaces === undefined ? submit() : this.#afterRenewal(request.replaces, submit);
  }

  async #renew(request: OrderRequest): Promise<BrokerAnswer> {
    const { replaces = 0 } = request;
    if (this.#cancels.has(replaces)) return NOTHING_SENT;
    return (
      this.#renewals.get(replaces) ??
      keepWhile(this.#renewals, replaces, this.#parts.broker.submitOrder(request))
    );
  }

  #cancel({ brokerOrderId, decidedAt }: CancelOrderEffect): Promise<BrokerAnswer> {
    const earlier = this.#cancels.get(brokerOrderId);
    if (earlier) return earlier;
    const { broker } = this.#parts;
    const call = this.#afterRenewal(brokerOrderId, async (renewed) =>
      // Under which number the order rests is not known, and the log says it soon: then the engine asks again.
      renewed?.outcome === 'unknown' ? renewed : broker.cancelOrder(brokerOrderId, decidedAt),
    );
    return keepWhile(this.#cancels, brokerOrderId, call);
  }

  /** Sends when a renewal of the order that is being answered, if one is, has ended; its answer is passed on. */
  #afterRenewal(
    brokerOrderId: number,
    send: (renewed?: BrokerAnswer) => Promise<BrokerAnswer>,
  ): Promise<BrokerAnswer> {
    const renewal = this.#renewals.get(brokerOrderId);
    if (!renewal) return send();
    const sendNow = (renewed?: BrokerAnswer): Promise<BrokerAnswer> => {
      if (this.#isEnded) throw ended();
      return send(renewed);
    };
    return renewal.then(sendNow, () => sendNow());
  }

  #changeProtection(request: ProtectionRequest): Promise<BrokerAnswer> {
    const { brokerPositionId } = request;
    const waiting = this.#waitingChanges.get(brokerPositionId);
    if (waiting) {
      waiting.request = merged(waiting.request, request);
      return waiting.answer;
    }
    const earlier = this.#changes.get(brokerPositionId);
    if (!earlier) return this.#sendChange(request);
    const answer = earlier.then(
      () => this.#sendWaiting(brokerPositionId),
      () => this.#sendWaiting(brokerPositionId),
    );
    this.#waitingChanges.set(brokerPositionId, { request, answer });
    return answer;
  }

  async #sendWaiting(brokerPositionId: number): Promise<BrokerAnswer> {
    const waiting = this.#waitingChanges.get(brokerPositionId);
    this.#waitingChanges.delete(brokerPositionId);
    if (this.#isEnded || !waiting) throw ended();
    return this.#sendChange(waiting.request);
  }

  #sendChange(request: ProtectionRequest): Promise<BrokerAnswer> {
    const { brokerPositionId } = request;
    return keepWhile(this.#changes, brokerPositionId, this.#parts.broker.changeProtection(request));
  }

  #watch(effect: SentEffect): NodeJS.Timeout | undefined {
    if (effect.type !== 'submit-order' && effect.type !== 'close-position') return undefined;
    const { id } = effect.request;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#parts.onUnanswered(id);
    }, UNANSWERED_MS);
    timer.unref();
    this.#timers.add(timer);
    return timer;
  }

  #unwatch(timer: NodeJS.Timeout | undefined): void {
    if (!timer) return;
    clearTimeout(timer);
    this.#timers.delete(timer);
  }
}

/** The ids of the orders that a request makes. */
function idsOf(effect: SentEffect): readonly string[] {
  return effect.type === 'submit-order' || effect.type === 'close-position' ? [effect.request.id] : [];
}

/** Keeps a call under a key until it has ended. */
function keepWhile(
  calls: Map<number, Promise<BrokerAnswer>>,
  key: number,
  call: Promise<BrokerAnswer>,
): Promise<BrokerAnswer> {
  const kept = call.finally(() => calls.delete(key));
  calls.set(key, kept);
  return kept;
}

/** What the newer change leaves out stays as the older wants it. */
function merged(older: ProtectionRequest, newer: ProtectionRequest): ProtectionRequest {
  // A stop loss is asked for by its price or by its distance, so the two are one part.
  const { stopLoss, stopLossDistance } =
    newer.stopLoss === undefined && newer.stopLossDistance === undefined ? older : newer;
  return {
    brokerPositionId: newer.brokerPositionId,
    decidedAt: newer.decidedAt,
    takeProfit: newer.takeProfit === undefined ? older.takeProfit : newer.takeProfit,
    stopLoss,
    stopLossDistance,
    trailingDistance: newer.trailingDistance === undefined ? older.trailingDistance : newer.trailingDistance,
  };
}

function ended(): Problem {
  return new Problem('account-not-trading', 'The account has just stopped trading. Nothing was sent.');
}
