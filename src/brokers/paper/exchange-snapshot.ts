/** The simulated exchange's account as a broker states it. */

import { adoptionOf } from '../../core/domain/adoption.ts';
import type { Exchange } from '../../core/simulation/exchange.ts';
import type { BrokerSnapshot } from '../broker.ts';

/** Returns what the exchange says about its account now. */
export function exchangeSnapshot(exchange: Exchange, hedging: boolean): BrokerSnapshot {
  const money = exchange.snapshot();
  const levels = exchange.saveState().trailingLevels.map(({ orderId, level }) => [orderId, level] as const);
  return {
    account: adoptionOf(exchange.ledger, money.at, new Map(levels)),
    money,
    hedging,
    alias: undefined,
  };
}
