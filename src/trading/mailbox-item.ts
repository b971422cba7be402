/** What waits in the mailbox of an account, and how a request that waits there is taken back or refused. */

import { currentActing } from '../process/acting.ts';
import { Problem } from '../core/shared/problem.ts';
import type { Acting } from '../process/acting.ts';
import type { EngineEvent } from '../core/engine/engine-event.ts';
import type { Transaction } from '../core/domain/transaction.ts';
import type { LogRead } from './log-reader.ts';
import type { RequestOutcome } from './perform-effects.ts';
import type { LateAnswer } from './request-sender.ts';

/** What waits in the mailbox. */
export type MailboxItem =
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
  | { readonly type: 'refused'; readonly problem: Problem }
  | {
      readonly type: 'work';
      readonly work: () => Promise<void>;
      readonly fail: (error: unknown) => void;
      readonly acting: Acting | undefined;
    };

/** A request that waits for its turn, and who waits for its outcome. */
export interface WaitingRequest {
  readonly reply: (outcome: RequestOutcome) => void;
  readonly fail: (error: unknown) => void;
  /** Who asks. */
  readonly acting: Acting | undefined;
  state: 'waiting' | 'begun' | 'withdrawn';
}

/** A request on its way through the mailbox. */
export interface PendingRequest {
  /** How it ended, once its effects are performed and recorded. */
  readonly outcome: Promise<RequestOutcome>;
  /** Takes it back, if the mailbox has not come to it: then it never happens, and `outcome` rejects. Returns whether it was taken back. */
  withdraw(): boolean;
}

/** Makes a request of which nothing is known yet: what waits in the mailbox, and what its sender holds. */
export function newRequest(): { readonly waiting: WaitingRequest; readonly pending: PendingRequest } {
  const { promise, resolve, reject } = Promise.withResolvers<RequestOutcome>();
  const acting = currentActing();
  const waiting: WaitingRequest = { reply: resolve, fail: reject, acting, state: 'waiting' };
  const withdraw = (): boolean => {
    if (waiting.state !== 'waiting') return waiting.state === 'withdrawn';
    waiting.state = 'withdrawn';
    reject(takenBack());
    return true;
  };
  return { waiting, pending: { outcome: promise, withdraw } };
}

/** The problem of a request that an ended loop refuses. */
export function stoppedTrading(): Problem {
  return new Problem('account-not-trading', 'The account has just stopped trading.');
}

/** The problem of a request that was not come to in time. */
export function takenBack(): Problem {
  return new Problem(
    'account-not-trading',
    'The account is busy. The request was taken back and never happened; repeat it.',
  );
}

/** Returns for whom an item is handled; undefined when no one asked for it. */
export function actingOf(item: MailboxItem): Acting | undefined {
  if (item.type === 'event') return item.request?.acting;
  return item.type === 'work' ? item.acting : undefined;
}

/** Reports to those who wait for an item that it will not be handled. */
export function refuse(item: MailboxItem, error: unknown): void {
  if (item.type === 'event') item.request?.fail(error);
  else if (item.type === 'work') item.fail(error);
  else if (item.type === 'answer') item.late.handled();
}
