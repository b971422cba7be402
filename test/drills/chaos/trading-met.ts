/** Whether leases and strategies have really had their part: a drill in which none is renewed, lapses or trades proves nothing of them. */
import { LAPSED, ordersOf } from './broker-record.ts';
import { isLong } from './options.ts';
import type { BrokerTransaction } from './broker-record.ts';
import type { OrderRow } from './compare-orders.ts';
import type { ChaosOptions } from './options.ts';

/** An account at the end: its orders here, and the broker's log. */
export interface EndedAccount {
  readonly hedging: boolean;
  readonly orders: readonly OrderRow[];
  readonly log: readonly BrokerTransaction[];
}

/** By what happened, how often. */
export type TradingCounts = Readonly<Record<string, number>>;

/** Counts what leases and strategies did; `lapsesWhileAway` is how many entries lapsed while the server stayed away. */
export function countTrading(
  accounts: readonly EndedAccount[],
  { lapsesWhileAway }: { readonly lapsesWhileAway: number },
): TradingCounts {
  const ended = accounts.flatMap(({ log }) => [...ordersOf(log).values()]);
  const ofStrategies = (hedging: boolean): number =>
    accounts
      .filter((account) => account.hedging === hedging)
      .flatMap(({ orders }) => orders)
      .filter(({ createdBy, status }) => createdBy === 'strategy' && status !== 'denied').length;
  return {
    'renewals of leases': ended.reduce((total, { renewals }) => total + renewals, 0),
    'leases that ended': ended.filter(({ cancelReason }) => cancelReason === LAPSED).length,
    'leases that ended while the server stayed away': lapsesWhileAway,
    'orders of strategies on the netting account': ofStrategies(false),
    'orders of strategies on the hedging account': ofStrategies(true),
  };
}

/** Returns what never happened although the run was long enough. */
export function tradingNotMet(
  counts: TradingCounts,
  options: Pick<ChaosOptions, 'kills'>,
): readonly string[] {
  if (!isLong(options)) return [];
  return Object.entries(counts).flatMap(([what, count]) => (count > 0 ? [] : [`there were no ${what}`]));
}
