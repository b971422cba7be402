/** What the engine wants done: performed in order by the account's loop, or by the backtest directly on the simulation. */

import type { Denial } from '../domain/denial.ts';
import type { DenialCode } from '../domain/denial-catalogue.ts';
import type { CloseRequest, OrderRequest, ProtectionRequest } from '../domain/order.ts';

/** Record the order, then send it. */
export interface SubmitOrderEffect {
  readonly type: 'submit-order';
  readonly request: OrderRequest;
}
/** Record the closing order, then send it. */
export interface ClosePositionEffect {
  readonly type: 'close-position';
  readonly request: CloseRequest;
}
/** Ask the broker to keep an order that rests for longer, in its own place. It has its id already, and nothing is recorded before. */
export interface RenewOrderEffect {
  readonly type: 'renew-order';
  readonly request: OrderRequest;
}
/** Ask the broker to cancel the order with this broker number. */
export interface CancelOrderEffect {
  readonly type: 'cancel-order';
  readonly brokerOrderId: number;
  readonly decidedAt: number;
}
/** Ask the broker to change a position's protection. */
export interface ChangeProtectionEffect {
  readonly type: 'change-protection';
  readonly request: ProtectionRequest;
}
/**
 * An order or request was denied by us. `requestId` is the order's id where it has one. A strategy that is denied the same for
 * the same reason again and again is reported once a minute.
 */
export interface DenyEffect extends Denial {
  readonly type: 'deny';
  readonly requestId?: string | undefined;
  /** The instrument that prices among the numbers are of. */
  readonly instrument?: string | undefined;
  readonly request?: OrderRequest | undefined;
  readonly strategyId?: string | undefined;
  readonly at: number;
}
/** The engine halted the account by a rule, until a person resumes or what the rule is measured in ends: the trading day or week. */
export interface HaltEffect {
  readonly type: 'halt';
  readonly code: DenialCode;
  readonly at: number;
}
/** What a rule halted trades again: a new trading day or week began. */
export interface HaltEndedEffect {
  readonly type: 'halt-ended';
  readonly at: number;
}
/** An open position has no stop on an account that requires one; whether it is being given one. Once, until it has one. */
export interface StopMissingEffect {
  readonly type: 'stop-missing';
  readonly brokerPositionId: number;
  readonly instrument: string;
  readonly isGiven: boolean;
  readonly at: number;
}
/** A limit is near: most of what it allows to be lost is lost. Once in its period, or until a person resumes. */
export interface LimitNearEffect {
  readonly type: 'limit-near';
  readonly name: 'maxDailyLoss' | 'maxWeeklyLoss';
  readonly limit: number;
  readonly loss: number | undefined;
  readonly at: number;
}
/** The market closed for long while nothing was seen: positions are kept that were to be closed before. */
export interface WeekendMissedEffect {
  readonly type: 'weekend-missed';
  readonly positions: number;
  readonly at: number;
}
/** A strategy threw: it takes no part any more; its positions stay, protected as they are. */
export interface StrategyFailedEffect {
  readonly type: 'strategy-failed';
  readonly strategyId: string;
  readonly reason: string;
  /** What it threw, for its author; the reason says it to everybody else. */
  readonly error: unknown;
  readonly at: number;
}

/** What a rule about the account came to. */
export type RuleEffect =
  | HaltEffect
  | HaltEndedEffect
  | LimitNearEffect
  | StopMissingEffect
  | WeekendMissedEffect;

/** What does not concern the broker. */
export type NotedEffect = DenyEffect | RuleEffect | StrategyFailedEffect;

export type Effect =
  | SubmitOrderEffect
  | ClosePositionEffect
  | RenewOrderEffect
  | CancelOrderEffect
  | ChangeProtectionEffect
  | NotedEffect;

/** The usual answer; shared so that a quote that changes nothing allocates nothing. */
export const NO_EFFECTS: readonly Effect[] = [];
