/** Whether every kind of fault has really met the server: a drill whose faults hit nothing proves nothing. */
import { FAULT_SCHEMAS } from '../../../src/brokers/simulator/faults/fault.ts';
import { MEETS_NOTHING, UNKNOWN_TYPE } from './drawn-faults.ts';
import { isLong } from './options.ts';
import type { BrokerTransaction } from './broker-record.ts';
import type { ChaosOptions } from './options.ts';

/** By kind of fault: how often it was armed, and how often it happened. */
export type FaultCounts = ReadonlyMap<string, { readonly armed: number; readonly happened: number }>;

/** How the log shows that a fault of the market, which lasts until it is removed, has met an order. */
const SHOWN_BY: Readonly<Record<string, (line: BrokerTransaction) => boolean>> = {
  halted: ({ reason }) => reason === 'MARKET_HALTED',
  'side-empty': ({ reason }) => reason === 'INSUFFICIENT_LIQUIDITY',
  'unknown-transaction': ({ type }) => type === UNKNOWN_TYPE,
};

/** Returns the simulator's own counts, with those of faults that only the log shows. */
export function countsWith(counts: FaultCounts, logs: readonly BrokerTransaction[]): FaultCounts {
  const shown = Object.entries(SHOWN_BY).map(([kind, isShown]) => {
    const { armed = 0 } = counts.get(kind) ?? {};
    return [kind, { armed, happened: logs.filter(isShown).length }] as const;
  });
  return new Map([...counts, ...shown]);
}

/** Returns the kinds that never happened although the run was long enough, and the one that did although it cannot. */
export function kindsNotMet(counts: FaultCounts, options: Pick<ChaosOptions, 'kills'>): readonly string[] {
  const happened = (kind: string): number => counts.get(kind)?.happened ?? 0;
  const missing = Object.keys(FAULT_SCHEMAS).filter((kind) => kind !== MEETS_NOTHING && happened(kind) === 0);
  return [
    ...(isLong(options) ? missing.map((kind) => `the fault ${kind} has met no request`) : []),
    ...(happened(MEETS_NOTHING) > 0 ? [`the server read what ${MEETS_NOTHING} hides`] : []),
  ];
}
