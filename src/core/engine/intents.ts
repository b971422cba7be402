/**
 * How a strategy's intents become requests.
 *
 * Intents of one answer are carried out one after the other: the next is judged when the one before has settled. An order
 * settles when it was filled, rests, was cancelled, rejected, refused or denied; a close likewise; a modify at once. When
 * one fails, the rest of the answer is dropped.
 *
 * While a strategy is busy (an intent of it waits, is in flight or rests) a new answer is not queued: its opens are dropped, so
 * that no entry can be doubled, however often it is asked for; its closes and modifies are carried out at once, beside the
 * queue, because taking risk away must not wait for an order of unknown outcome. A close of a position whose close
 * waits or is in flight already is dropped.
 */

import { openingSide } from '../domain/position.ts';
import { changeProtection, closePosition, submitOrder } from './requests.ts';
import { unitsOf } from './sizing.ts';
import type { DenialCode } from '../domain/denial.ts';
import type { OrderRequest, OrderTerms } from '../domain/order.ts';
import type { CloseIntent, Intent, ModifyIntent, OpenIntent } from '../strategies/strategy.ts';
import type { EngineState } from './engine-state.ts';
import type { StrategySlot } from './strategy-slot.ts';

/** What became of an intent: the id of the request now in flight, nothing to wait for, or a denial. */
type Outcome = { readonly sentId: string | undefined } | { readonly denial: DenialCode };

/** Takes a strategy's answer: queues it and starts it, or picks what may go at once when the strategy is busy. */
export function offerIntents(state: EngineState, slot: StrategySlot, intents: readonly Intent[]): void {
  if (intents.length === 0 || slot.isPaused) return;
  if (!slot.isBusy) {
    slot.setQueue(intents);
    runIntents(state, slot);
    return;
  }
  for (const intent of intents) {
    if (mayGoAtOnce(state, slot, intent)) carryOut(state, slot, intent);
  }
}

/** Carries out waiting intents until one is in flight. */
export function runIntents(state: EngineState, slot: StrategySlot): void {
  for (let intent = slot.takeNext(); intent !== undefined; intent = slot.takeNext()) {
    const outcome = carryOut(state, slot, intent);
    if ('denial' in outcome) slot.dropQueue();
    else if (outcome.sentId !== undefined) slot.awaitSettlement(outcome.sentId);
  }
}

function mayGoAtOnce(state: EngineState, slot: StrategySlot, intent: Intent): boolean {
  if (intent.type !== 'close') return intent.type === 'modify';
  return !state.inFlight.isClosing(intent.brokerPositionId) && !slot.isCloseQueued(intent.brokerPositionId);
}

function carryOut(state: EngineState, slot: StrategySlot, intent: Intent): Outcome {
  const outcome = request(state, slot, intent);
  if ('sentId' in outcome) slot.noteSent();
  return outcome;
}

function request(state: EngineState, slot: StrategySlot, intent: Intent): Outcome {
  if (intent.type === 'open') return open(state, slot, intent);
  // A strategy's positions are its own; those of others do not exist for it.
  const isOwn = slot.positions.some(({ brokerPositionId }) => brokerPositionId === intent.brokerPositionId);
  if (!isOwn) return deny(state, slot, 'position-unknown');
  return intent.type === 'close' ? close(state, slot, intent) : modify(state, slot, intent);
}

function open(state: EngineState, slot: StrategySlot, intent: OpenIntent): Outcome {
  const units = unitsOf(intent.size, slot.instrument, state.portfolio);
  if (typeof units === 'string') return deny(state, slot, units);
  const { strategyId } = slot;
  const order: OrderRequest = {
    id: state.newId(),
    terms: termsOf(intent, slot, units),
    strategyId,
    decidedAt: state.at,
  };
  const denial = submitOrder(state, order);
  return denial === undefined ? { sentId: order.id } : deny(state, slot, denial, order);
}

function close(state: EngineState, slot: StrategySlot, { brokerPositionId, units }: CloseIntent): Outcome {
  const { strategyId } = slot;
  const closing = { id: state.newId(), brokerPositionId, units, strategyId, decidedAt: state.at };
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

function deny(state: EngineState, slot: StrategySlot, code: DenialCode, order?: OrderRequest): Outcome {
  if (slot.isNewDenial(code)) {
    const { strategyId } = slot;
    state.emit({ type: 'deny', code, strategyId, requestId: order?.id, request: order, at: state.at });
  }
  return { denial: code };
}

function termsOf(intent: OpenIntent, slot: StrategySlot, units: number): OrderTerms {
  const { orderType, side, price, takeProfit, stopLoss, trailingDistance, expiresAt } = intent;
  const lasting = expiresAt === undefined ? 'GTC' : 'GTD';
  return {
    instrument: slot.instrument.name,
    orderType,
    side: openingSide(side),
    units,
    price,
    takeProfit,
    stopLoss,
    trailingDistance,
    timeInForce: intent.timeInForce ?? (orderType === 'market' ? 'FOK' : lasting),
    expiresAt,
  };
}
