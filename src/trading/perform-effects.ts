/**
 * Performs what the engine wants: records first, then sends, then takes in the answer, now or when it comes. What is wanted at the same moment,
 * as by the strategies of an account at the end of a candle, was decided before any of it is sent, each with those before it in flight. So it
 * is recorded together, sent one after the other, and its answers are recorded together: two statements for any number of orders.
 */

import { NO_EFFECTS } from '../core/engine/effect.ts';
import { oppositeSide } from '../core/domain/order.ts';
import { openingSide } from '../core/domain/position.ts';
import { unreachable } from '../core/shared/assert.ts';
import type { BrokerAnswer } from '../brokers/broker.ts';
import type {
  ClosePositionEffect,
  DenyEffect,
  Effect,
  RuleEffect,
  StrategyFailedEffect,
  SubmitOrderEffect,
} from '../core/engine/effect.ts';
import type { DescribedDenial } from '../core/domain/denial-text.ts';
import type { Engine } from '../core/engine/engine.ts';
import type { OrderTerms } from '../core/domain/order.ts';
import type { Position } from '../core/domain/position.ts';
import type { StoredOrder } from './orders/order-store.ts';
import type { AccountRecorder } from './account-recorder.ts';
import type { LogReader } from './log-reader.ts';
import type { OutgoingOrder } from './orders-to-record.ts';
import type { Outstanding, RequestSender, SentEffect } from './request-sender.ts';
import type { UnknownOutcomes } from './unknown-outcomes.ts';

/**
 * How a request ended for its sender: done (see its rows; the `order` is that of a person, as its row was just written), denied by a rule, or
 * sent and not answered yet. `answered` resolves when all that was sent for it was taken in, or has an unknown outcome; it does not reject.
 */
export type RequestOutcome =
  | { readonly type: 'done'; readonly order?: StoredOrder | undefined }
  | { readonly type: 'denied'; readonly denial: DescribedDenial }
  | { readonly type: 'sent'; readonly answered: Promise<void> };

/**
 * Who performs. `onRule` and `onStrategyFailed` record what is not the broker's business; `onAccessRefused` finds out whether the broker lets
 * us in at all.
 */
export interface Performer {
  readonly engine: Engine;
  readonly recorder: AccountRecorder;
  readonly sender: RequestSender;
  readonly reader: LogReader;
  readonly unknowns: UnknownOutcomes;
  readonly onRule: (effect: RuleEffect) => Promise<void>;
  readonly onStrategyFailed: (effect: StrategyFailedEffect) => Promise<void>;
  readonly onAccessRefused: () => void;
}

type Performed = readonly Effect[] | Outstanding;

const RULE_EFFECTS: ReadonlySet<string> = new Set<RuleEffect['type']>([
  'halt',
  'halt-ended',
  'limit-near',
  'stop-missing',
  'weekend-missed',
]);

/**
 * Performs effects until none is left, and returns how the first request ended. What they lead to is performed after all of them: the order
 * of `inTurn`, which is that of a backtest.
 */
export async function performEffects(
  performer: Performer,
  effects: readonly Effect[],
): Promise<RequestOutcome> {
  const outstanding: Promise<void>[] = [];
  let denied: DescribedDenial | undefined;
  const orderIds: string[] = [];
  for (let wanted = effects; wanted.length > 0;) {
    for (const effect of wanted) {
      if (isPersonsOrder(effect)) orderIds.push(effect.request.id);
      if (effect.type === 'deny') denied ??= performer.recorder.describe(effect);
    }
    const performed = await performTogether(performer, wanted);
    outstanding.push(...performed.outstanding);
    wanted = performed.effects;
  }
  const [order] = orderIds.map((id) => performer.recorder.takeWritten(id));
  if (denied !== undefined) return { type: 'denied', denial: denied };
  if (outstanding.length === 0) return { type: 'done', order };
  return { type: 'sent', answered: Promise.all(outstanding).then(() => undefined) };
}

/** Performs what is wanted at the same moment, and returns what it led to once that is recorded. */
async function performTogether(performer: Performer, wanted: readonly Effect[]) {
  const { engine, recorder } = performer;
  const effects: Effect[] = [];
  const outstanding: Promise<void>[] = [];
  let toSend: Set<string> | undefined;
  for (const effect of wanted) {
    // A halt that is wanted before what it closes is recorded before it too.
    if (!isOfRule(effect))
      toSend ??= await recorder.recordOrders(wanted.flatMap((order) => toRecord(engine, order) ?? []));
    const performed = await perform(performer, effect, toSend ?? new Set());
    if ('handled' in performed) outstanding.push(performed.handled);
    else effects.push(...performed);
  }
  await recorder.commit();
  return { effects, outstanding };
}

/** What is recorded of an effect before any is performed; undefined when that is nothing. */
function toRecord(engine: Engine, effect: Effect): OutgoingOrder | DenyEffect | undefined {
  if (effect.type === 'submit-order') return effect.request;
  if (effect.type === 'deny') return effect;
  if (effect.type !== 'close-position') return undefined;
  const { id, strategyId, brokerPositionId, units, signal, decidedAt } = effect.request;
  const closes = engine.ledger.openPositions.get(brokerPositionId);
  // What was performed before may have ended it, say by its stop: there is nothing left to send.
  return closes && { id, strategyId, closes, terms: closingTerms(closes, units), signal, decidedAt };
}

function isOfRule(effect: Effect): effect is RuleEffect {
  return RULE_EFFECTS.has(effect.type);
}

function isPersonsOrder(effect: Effect): effect is SubmitOrderEffect | ClosePositionEffect {
  const isOrder = effect.type === 'submit-order' || effect.type === 'close-position';
  return isOrder && effect.request.strategyId === undefined;
}

/** Takes in the answer to what was sent, and returns what follows from it; to be recorded by `commit`. */
export async function settle(
  { engine, recorder, reader, unknowns, onAccessRefused }: Performer,
  effect: SentEffect,
  answer: BrokerAnswer,
): Promise<Performed> {
  const id =
    effect.type === 'submit-order' || effect.type === 'close-position' ? effect.request.id : undefined;
  switch (answer.outcome) {
    case 'answered': {
      const effects = recorder.absorb(answer.transactions, id);
      // What the log shows may have been taken for another close of that position.
      if (id !== undefined && engine.isUnseen(id)) unknowns.expect(id);
      return effects ?? reader.read();
    }
    case 'refused':
      if (answer.reason === 'access-refused') onAccessRefused();
      if (effect.type === 'cancel-order') unknowns.expectCancel(effect.brokerOrderId);
      return id === undefined ? NO_EFFECTS : recorder.recordNotSent(id, answer.reason);
    case 'unknown': {
      // The order stays submitted, and counts as if it could still fill, until the log shows its end.
      if (id !== undefined) unknowns.expect(id);
      if (effect.type === 'cancel-order') unknowns.expectCancel(effect.brokerOrderId);
      const effects = id === undefined ? NO_EFFECTS : engine.step({ type: 'outcome-unknown', requestId: id });
      const read = await reader.read();
      // What the engine wants now is not made to wait for the log.
      return 'handled' in read && effects.length === 0
        ? read
        : [...effects, ...('handled' in read ? [] : read)];
    }
    default:
      return unreachable(answer);
  }
}

/** `toSend` has the ids of the orders that may be sent: each once. */
async function perform(performer: Performer, effect: Effect, toSend: Set<string>): Promise<Performed> {
  const { recorder } = performer;
  switch (effect.type) {
    case 'submit-order':
    case 'close-position':
      if (!toSend.delete(effect.request.id)) return recorder.withdraw(effect.request.id);
      return send(performer, effect);
    case 'renew-order':
    case 'cancel-order':
    case 'change-protection':
      return send(performer, effect);
    case 'deny':
      await recorder.recordDenied(effect);
      return NO_EFFECTS;
    case 'halt':
    case 'halt-ended':
    case 'limit-near':
    case 'stop-missing':
    case 'weekend-missed':
      await recorder.commit();
      await performer.onRule(effect);
      return NO_EFFECTS;
    case 'strategy-failed':
      await recorder.commit();
      await performer.onStrategyFailed(effect);
      return NO_EFFECTS;
    default:
      return unreachable(effect);
  }
}

async function send(performer: Performer, effect: SentEffect): Promise<Performed> {
  const answer = await performer.sender.send(effect);
  return 'handled' in answer ? answer : settle(performer, effect, answer);
}

/** A close is recorded as the market order that the broker will make of it. */
export function closingTerms(
  { instrument, side, openUnits }: Pick<Position, 'instrument' | 'side' | 'openUnits'>,
  units: number | undefined,
): OrderTerms {
  return {
    instrument,
    orderType: 'market',
    side: oppositeSide(openingSide(side)),
    units: units ?? openUnits,
    timeInForce: 'FOK',
  };
}
