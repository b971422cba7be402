/** Performs what the engine wants: record first, then send, then record the answer. Nothing is ever sent a second time. */

import { NO_EFFECTS } from '../core/engine/effect.ts';
import { inTurn } from '../core/engine/effects-in-turn.ts';
import { oppositeSide } from '../core/domain/order.ts';
import { openingSide } from '../core/domain/position.ts';
import { unreachable } from '../core/shared/assert.ts';
import type { Broker, BrokerAnswer } from '../brokers/broker.ts';
import type { ClosePositionEffect, Effect, HaltEffect, StrategyFailedEffect } from '../core/engine/effect.ts';
import type { DenialCode } from '../core/domain/denial.ts';
import type { Ledger } from '../core/domain/ledger.ts';
import type { OrderTerms } from '../core/domain/order.ts';
import type { Position } from '../core/domain/position.ts';
import type { AccountRecorder } from './account-recorder.ts';

/** How a request ended for its sender: done (see its rows), denied by a rule, or not known yet. */
export type RequestOutcome =
  | { readonly type: 'done' }
  | { readonly type: 'denied'; readonly code: DenialCode }
  | { readonly type: 'unknown' };

/** Who performs. `onHalted` and `onStrategyFailed` record what is not the broker's business. */
export interface Performer {
  readonly broker: Broker;
  /** The account as the engine knows it. */
  readonly ledger: Ledger;
  readonly recorder: AccountRecorder;
  readonly onHalted: (effect: HaltEffect) => Promise<void>;
  readonly onStrategyFailed: (effect: StrategyFailedEffect) => Promise<void>;
  /** A request's answer was lost: its outcome must be found out from the log. */
  readonly onUnknown: (cause: unknown) => void;
}

/** Performs effects in turn until none is left, and returns how the first request ended. */
export async function performEffects(
  performer: Performer,
  effects: readonly Effect[],
): Promise<RequestOutcome> {
  const turns = inTurn(effects);
  let outcome: RequestOutcome = { type: 'done' };
  let turn = turns.next();
  while (turn.done !== true) {
    const effect = turn.value;
    if (effect.type === 'deny' && outcome.type === 'done') outcome = { type: 'denied', code: effect.code };
    const performed = await perform(performer, effect);
    if (performed === 'unknown') outcome = { type: 'unknown' };
    turn = turns.next(performed === 'unknown' ? NO_EFFECTS : performed);
  }
  return outcome;
}

async function perform(performer: Performer, effect: Effect): Promise<readonly Effect[] | 'unknown'> {
  const { broker, recorder } = performer;
  switch (effect.type) {
    case 'submit-order':
      await recorder.recordSubmitted(effect.request);
      return settle(performer, await broker.submitOrder(effect.request), effect.request.id);
    case 'close-position':
      return closePosition(performer, effect);
    case 'cancel-order':
      return settle(performer, await broker.cancelOrder(effect.brokerOrderId, effect.decidedAt));
    case 'change-protection':
      return settle(performer, await broker.changeProtection(effect.request));
    case 'deny':
      await recorder.recordDenied(effect);
      return NO_EFFECTS;
    case 'halt':
      await performer.onHalted(effect);
      return NO_EFFECTS;
    case 'strategy-failed':
      await performer.onStrategyFailed(effect);
      return NO_EFFECTS;
    default:
      return unreachable(effect);
  }
}

async function settle(
  performer: Performer,
  answer: BrokerAnswer,
  orderId?: string,
): Promise<readonly Effect[] | 'unknown'> {
  switch (answer.outcome) {
    case 'answered':
      return performer.recorder.absorb(answer.transactions);
    case 'refused':
      return orderId === undefined ? NO_EFFECTS : performer.recorder.recordNotSent(orderId, answer.reason);
    case 'unknown':
      // The order stays submitted, and counts as if it could still fill, until the log shows its end.
      performer.onUnknown(answer.cause);
      return 'unknown';
    default:
      return unreachable(answer);
  }
}

async function closePosition(
  performer: Performer,
  effect: ClosePositionEffect,
): Promise<readonly Effect[] | 'unknown'> {
  const { broker, ledger, recorder } = performer;
  const { request } = effect;
  const position = ledger.openPositions.get(request.brokerPositionId);
  // What was performed before may have ended it, say by its stop: there is nothing left to send.
  if (!position) return recorder.withdraw(request.id);
  await recorder.recordSubmitted({
    id: request.id,
    strategyId: request.strategyId,
    closes: position,
    terms: closingTerms(position, request.units),
    decidedAt: request.decidedAt,
  });
  return settle(performer, await broker.closePosition(request), request.id);
}

/** A close is recorded as the market order that the broker will make of it. */
function closingTerms({ instrument, side, openUnits }: Position, units: number | undefined): OrderTerms {
  return {
    instrument,
    orderType: 'market',
    side: oppositeSide(openingSide(side)),
    units: units ?? openUnits,
    timeInForce: 'FOK',
  };
}
