/** A broker that refuses to send while this process may not act. */

import { Problem } from '../core/shared/problem.ts';
import type { Broker } from './broker.ts';

/**
 * Returns the broker, except that requests are refused while `mayAct` says no: a process that was suspended would otherwise send what it
 * decided minutes ago. The caller starts again from the log.
 */
export function guardedBroker(broker: Broker, mayAct: () => boolean): Broker {
  const send = <Answer>(request: () => Promise<Answer>): Promise<Answer> =>
    mayAct() ? request() : Promise.reject(suspended());
  return {
    lateArrivalMs: broker.lateArrivalMs,
    instruments: broker.instruments,
    get nextClockAt() {
      return broker.nextClockAt;
    },
    marketTime: () => broker.marketTime(),
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

function suspended(): Problem {
  return new Problem(
    'account-not-trading',
    'This copy of the server was suspended for so long that it must look at the schema before it sends anything. Nothing was sent.',
  );
}
