/**
 * How a strategy's intents become requests.
 *
 * Intents of one answer and tag are carried out one after the other: the next is judged when the one before has settled. An order
 * settles when it was filled, rests, was cancelled, rejected, refused or denied; a close likewise; a modify at once. When
 * one fails, the rest of the answer with this tag is dropped. What has no tag counts as of one tag of its own.
 *
 * While something of a tag is under way (it waits, is in flight or rests) a new answer is not queued: its opens of this tag are
 * dropped, so that no entry can be doubled, however often it is asked for; its closes and modifies are carried out at once, beside
 * the queue, because taking risk away must not wait for an order of unknown outcome. A close of a position whose close waits or is
 * in flight already is dropped. A cancel waits for nothing.
 *
 * Of the answers of a strategy that drains, the opens are dropped.
 *
 * While the market is closed, what is to be traded waits for the first quote after it opens: a candle that ends with the week is
 * decided on like any other. An answer with entries takes the place of the entries that wait so, because it was given later and none
 * of them was sent; exits stay wanted. A close that fails stays wanted, and is asked for again (see {@link StrategySlot.settleFailedClose}).
 */

import { openingSide } from '../domain/position.ts';
import { groupedByTag } from './intent-queue.ts';
import { changeProtection, closePosition, submitOrder } from './requests.ts';
import { unitsOf } from './sizing.ts';
import type { Denial } from '../domain/denial.ts';
import type { OrderRequest, OrderTerms } from '../domain/order.ts';
import type {
  CancelIntent,
  CloseIntent,
  Intent,
  IntentTag,
  ModifyIntent,
  OpenIntent,
  QueuedIntent,
} from '../strategies/strategy.ts';
import type { EngineState } from './engine-state.ts';
import type { IntentQueue } from './intent-queue.ts';
import type { StrategySlot } from './strategy-slot.ts';
import type { Unwinding } from './unwinding.ts';

/** What intents act on. */
export interface IntentParts {
  readonly state: EngineState;
  readonly slot: StrategySlot;
  readonly unwinding: Unwinding;
}

/** What became of an intent: the id of the request now in flight, nothing to wait for, or a denial. */
type Outcome = { readonly sentId: string | undefined } | { readonly denial: Denial };

/** Takes a strategy's answer: queues it and starts it, or picks what may go at once while its tag is under way. */
export function offerIntents(parts: IntentParts, intents: readonly Intent[]): void {
  if (intents.length === 0 || parts.slot.isPaused) return;
  for (const intent of intents) if (intent.type === 'cancel') cancel(parts, intent);
  const others = intents.filter((intent) => intent.type !== 'cancel');
  const wanted = parts.slot.isDraining ? others.filter(({ type }) => type !== 'open') : others;
  for (const [tag, group] of groupedByTag(wanted)) offerGroup(parts, tag, group);
}

function offerGroup(parts: IntentParts, tag: IntentTag | undefined, intents: readonly QueuedIntent[]): void {
  const { slot } = parts;
  if (!slot.isUnderWay(tag)) {
    const queue = slot.queueOf(tag);
    queue.set(intents);
    runQueue(parts, queue);
    slot.forgetIdleQueues();
    return;
  }
  if (slot.waitsForMarket(tag)) replaceEntries(parts, slot.queueOf(tag), intents);
  for (const intent of intents) {
    if (!mayGoAtOnce(parts, intent)) continue;
    if (slot.isTradable(intent)) carryOut(parts, intent);
    else wait(parts, slot.queueOf(tag), intent);
  }
}

function replaceEntries({ state }: IntentParts, queue: IntentQueue, intents: readonly QueuedIntent[]): void {
  const entries = intents.filter(({ type }) => type === 'open');
  if (entries.length === 0) return;
  state.closedMarketSignals.replace(queue.replaceEntries(entries));
  state.closedMarketSignals.meet(entries);
}

function wait({ state, slot }: IntentParts, queue: IntentQueue, intent: QueuedIntent): void {
  queue.add(intent);
  if (slot.isMarketClosed(intent)) state.closedMarketSignals.meet([intent]);
}

/** Carries out waiting intents until one of each tag is in flight, or waits for the market. */
export function runIntents(parts: IntentParts): void {
  const { slot } = parts;
  for (const queue of slot.queues) {
    // A close is a goal: where its position ended by itself while it waited, it is reached.
    queue.dropCloses((brokerPositionId) => !isOwn(slot, brokerPositionId));
    runQueue(parts, queue);
  }
  slot.forgetIdleQueues();
}

function runQueue(parts: IntentParts, queue: IntentQueue): void {
  const { state, slot } = parts;
  for (let intent = queue.next(state.at); intent; intent = queue.next(state.at)) {
    if (!slot.isTradable(intent)) {
      if (slot.isMarketClosed(intent)) state.closedMarketSignals.meet(queue.intents);
      return;
    }
    queue.shift();
    const outcome = carryOut(parts, intent);
    if ('denial' in outcome) queue.drop();
    else if (outcome.sentId !== undefined) queue.awaitSettlement(outcome.sentId);
  }
}

function mayGoAtOnce({ state, slot }: IntentParts, intent: QueuedIntent): boolean {
  if (intent.type !== 'close') return intent.type !== 'open';
  return !state.isClosing(intent.brokerPositionId) && !slot.isCloseQueued(intent.brokerPositionId);
}

function carryOut(parts: IntentParts, intent: QueuedIntent): Outcome {
  const outcome = request(parts, intent);
  if ('denial' in outcome) return outcome;
  parts.slot.noteSent();
  if (outcome.sentId !== undefined) parts.state.closedMarketSignals.send(intent, outcome.sentId);
  return outcome;
}

function request({ state, slot }: IntentParts, intent: QueuedIntent): Outcome {
  if (intent.type === 'open') return open(state, slot, intent);
  if (!isOwn(slot, intent.brokerPositionId)) return deny(state, slot, { code: 'position-unknown' });
  return intent.type === 'close' ? close(state, slot, intent) : modify(state, slot, intent);
}

/** A strategy's positions are its own; those of others do not exist for it. */
function isOwn({ positions }: StrategySlot, brokerPositionId: number): boolean {
  return positions.some((position) => position.brokerPositionId === brokerPositionId);
}

/** An order that is gone needs no cancel. One in flight has no number at the broker yet: it is cancelled when it rests. */
function cancel({ slot, unwinding }: IntentParts, { orderId }: CancelIntent): void {
  const order = slot.orders.find(({ id }) => id === orderId);
  if (order?.isResting === true) unwinding.cancel(orderId);
  else if (order) unwinding.endWhenItRests(orderId);
}

function open(state: EngineState, slot: StrategySlot, intent: OpenIntent): Outcome {
  const instrument = slot.instrumentNamed(intent.instrument);
  if (!instrument) return deny(state, slot, { code: 'instrument-unknown', field: 'instrument' });
  const units = unitsOf(intent.size, instrument, state.portfolio);
  if (typeof units !== 'number') return deny(state, slot, units);
  const { strategyId } = slot;
  const order: OrderRequest = {
    id: state.newId(),
    terms: termsOf(intent, instrument.name, units),
    strategyId,
    signal: slot.signals.of(intent),
    decidedAt: state.at,
  };
  const denial = submitOrder(state, order);
  return denial === undefined ? { sentId: order.id } : deny(state, slot, denial, order);
}

function close(state: EngineState, slot: StrategySlot, intent: CloseIntent): Outcome {
  const { strategyId } = slot;
  const { brokerPositionId, units, tag } = intent;
  const closing = {
    id: state.newId(),
    brokerPositionId,
    units,
    strategyId,
    tag,
    signal: slot.signals.of(intent),
    decidedAt: state.at,
  };
  const denial = closePosition(state, closing);
  return denial === undefined ? { sentId: closing.id } : deny(state, slot, denial);
}

function modify(state: EngineState, slot: StrategySlot, intent: ModifyIntent): Outcome {
  const { brokerPositionId, takeProfit, stopLoss, trailingDistance } = intent;
  const denial = changeProtection(state, {
    brokerPositionId,
    takeProfit,
    stopLoss,
    trailingDistance,
    decidedAt: state.at,
  });
  return denial === undefined ? { sentId: undefined } : deny(state, slot, denial);
}

function deny(state: EngineState, slot: StrategySlot, denial: Denial, order?: OrderRequest): Outcome {
  if (slot.isNewDenial(denial.code)) {
    const { strategyId } = slot;
    state.emit({
      ...denial,
      type: 'deny',
      strategyId,
      requestId: order?.id,
      instrument: order?.terms.instrument ?? slot.instrument.name,
      request: order,
      at: state.at,
    });
  }
  return { denial };
}

function termsOf(intent: OpenIntent, instrument: string, units: number): OrderTerms {
  const { orderType, side, price, takeProfit, stopLoss, trailingDistance, expiresAt } = intent;
  const lasting = expiresAt === undefined ? 'GTC' : 'GTD';
  return {
    instrument,
    orderType,
    side: openingSide(side),
    units,
    price,
    takeProfit,
    stopLoss,
    trailingDistance,
    timeInForce: intent.timeInForce ?? (orderType === 'market' ? 'FOK' : lasting),
    expiresAt,
    tag: intent.tag,
    ocoGroup: intent.ocoGroup,
  };
}
