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
import type { StrategySeat } from './strategy-seat.ts';

/** What became of an intent: the id of the request now in flight, nothing to wait for, or a denial. */
type Outcome = { readonly sentId: string | undefined } | { readonly denial: DenialCode };

/** Takes a strategy's answer: queues it and starts it, or picks what may go at once when the strategy is busy. */
export function offerIntents(state: EngineState, seat: StrategySeat, intents: readonly Intent[]): void {
  if (intents.length === 0 || seat.isPaused) return;
  if (!seat.isBusy) {
    seat.setQueue(intents);
    runIntents(state, seat);
    return;
  }
  for (const intent of intents) {
    if (mayGoAtOnce(state, seat, intent)) carryOut(state, seat, intent);
  }
}

/** Carries out waiting intents until one is in flight. */
export function runIntents(state: EngineState, seat: StrategySeat): void {
  for (let intent = seat.takeNext(); intent !== undefined; intent = seat.takeNext()) {
    const outcome = carryOut(state, seat, intent);
    if ('denial' in outcome) seat.dropQueue();
    else if (outcome.sentId !== undefined) seat.awaitSettlement(outcome.sentId);
  }
}

function mayGoAtOnce(state: EngineState, seat: StrategySeat, intent: Intent): boolean {
  if (intent.type !== 'close') return intent.type === 'modify';
  return !state.inFlight.isClosing(intent.positionId) && !seat.isCloseQueued(intent.positionId);
}

function carryOut(state: EngineState, seat: StrategySeat, intent: Intent): Outcome {
  const outcome = request(state, seat, intent);
  if ('sentId' in outcome) seat.noteSent();
  return outcome;
}

function request(state: EngineState, seat: StrategySeat, intent: Intent): Outcome {
  if (intent.type === 'open') return open(state, seat, intent);
  // A strategy's positions are its own; those of others do not exist for it.
  const isOwn = seat.positions.some(({ positionId }) => positionId === intent.positionId);
  if (!isOwn) return deny(state, seat, 'position-unknown');
  return intent.type === 'close' ? close(state, seat, intent) : modify(state, seat, intent);
}

function open(state: EngineState, seat: StrategySeat, intent: OpenIntent): Outcome {
  const units = unitsOf(intent.size, seat.instrument, state.portfolio);
  if (typeof units === 'string') return deny(state, seat, units);
  const { strategyId } = seat;
  const order: OrderRequest = {
    id: state.newId(),
    terms: termsOf(intent, seat, units),
    strategyId,
    decidedAt: state.at,
  };
  const denial = submitOrder(state, order);
  return denial === undefined ? { sentId: order.id } : deny(state, seat, denial, order);
}

function close(state: EngineState, seat: StrategySeat, { positionId, units }: CloseIntent): Outcome {
  const { strategyId } = seat;
  const closing = { id: state.newId(), positionId, units, strategyId, decidedAt: state.at };
  const denial = closePosition(state, closing);
  return denial === undefined ? { sentId: closing.id } : deny(state, seat, denial);
}

function modify(state: EngineState, seat: StrategySeat, intent: ModifyIntent): Outcome {
  const { positionId, takeProfit, stopLoss, trailingDistance } = intent;
  const denial = changeProtection(state, {
    positionId,
    takeProfit,
    stopLoss,
    trailingDistance,
    decidedAt: state.at,
  });
  return denial === undefined ? { sentId: undefined } : deny(state, seat, denial);
}

function deny(state: EngineState, seat: StrategySeat, code: DenialCode, order?: OrderRequest): Outcome {
  if (seat.isNewDenial(code)) {
    const { strategyId } = seat;
    state.emit({ type: 'deny', code, strategyId, requestId: order?.id, request: order, at: state.at });
  }
  return { denial: code };
}

function termsOf(intent: OpenIntent, seat: StrategySeat, units: number): OrderTerms {
  const { orderType, side, price, takeProfit, stopLoss, trailingDistance, expiresAt } = intent;
  const lasting = expiresAt === undefined ? 'GTC' : 'GTD';
  return {
    instrument: seat.instrument.name,
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
