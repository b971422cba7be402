/** A broker that refuses to send while this process may not act. */

import { Problem } from '../core/shared/problem.ts';
import type { Broker } from './broker.ts';

/** Whether requests may be sent. */
export interface SendGuard {
  /** Whether they may at this moment. */
  readonly maySend: () => boolean;
  /** Finds out whether they may when it seems that they may not. */
  readonly ascertain: () => Promise<boolean>;
}

/**
 * Returns the broker, except that requests are refused while the guard says no: a process that was suspended would otherwise send what it
 * decided before, for an account that another one runs meanwhile. The caller starts again from the log. What is optional in the port is passed
 * on too: every account has this broker.
 */
export function guardedBroker(broker: Broker, { maySend, ascertain }: SendGuard): Required<Broker> {
  const send = <Answer>(request: () => Promise<Answer>): Promise<Answer> =>
    maySend() ? request() : sendOnceCertain(request, ascertain);
  return {
    lateArrivalMs: broker.lateArrivalMs,
    instruments: broker.instruments,
    get nextClockAt() {
      return broker.nextClockAt;
    },
    get clockAheadMs() {
      return broker.clockAheadMs;
    },
    get streams() {
      return broker.streams ?? [];
    },
    marketTime: () => broker.marketTime(),
    showQuotes: () => broker.showQuotes?.(),
    connect: (listener, instruments) => broker.connect(listener, instruments),
    snapshot: () => broker.snapshot(),
    candles: (request) => broker.candles(request),
    candlePage: (request) => broker.candlePage(request),
    transactionsSince: (lastTransactionId) => broker.transactionsSince(lastTransactionId),
    submitOrder: (request) => send(() => broker.submitOrder(request)),
    closePosition: (request) => send(() => broker.closePosition(request)),
    cancelOrder: (brokerOrderId, decidedAt) => send(() => broker.cancelOrder(brokerOrderId, decidedAt)),
    changeProtection: (request) => send(() => broker.changeProtection(request)),
    setMarginRate: (marginRate) => send(() => broker.setMarginRate(marginRate)),
    saveState: () => broker.saveState(),
    close: () => broker.close(),
  };
}

async function sendOnceCertain<Answer>(
  request: () => Promise<Answer>,
  ascertain: SendGuard['ascertain'],
): Promise<Answer> {
  if (await ascertain()) return request();
  throw new Problem(
    'account-not-trading',
    'This copy of the server was suspended or cut off from the database, and no longer knows that the account is its own. Nothing was sent.',
  );
}
