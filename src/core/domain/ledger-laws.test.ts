/** What holds of any log: money adds up, positions are what was filled, and how the log is cut makes no difference. */

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Ledger } from './ledger.ts';
import { projectChanges } from './projection.ts';
import { drawnLog } from '../../../test/support/drawn-log.ts';
import { netResult } from './trade.ts';
import type { LedgerChange } from './ledger.ts';
import type { Projection } from './projection.ts';
import type { Transaction } from './transaction.ts';

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

function fundsIn(log: readonly Transaction[]): number {
  return sum(log.map((entry) => (entry.type === 'funds-transferred' ? entry.amount : 0)));
}

/** What the fills opened and did not close again, by the number of the position. */
function unitsFilled(log: readonly Transaction[]): ReadonlyMap<number, number> {
  const units = new Map<number, number>();
  for (const entry of log) {
    if (entry.type !== 'order-filled') continue;
    if (entry.openedUnits > 0) units.set(entry.id, entry.openedUnits);
    for (const lot of entry.closed) {
      const left = (units.get(lot.brokerPositionId) ?? 0) - lot.units;
      if (left === 0) units.delete(lot.brokerPositionId);
      else units.set(lot.brokerPositionId, left);
    }
  }
  return units;
}

describe('any log', () => {
  it('has a balance of the funds, all trades, and what open positions carry, after each transaction', () => {
    fc.assert(
      fc.property(drawnLog, (log) => {
        const ledger = new Ledger();
        let traded = 0;
        for (const [index, transaction] of log.entries()) {
          traded += sum(ledger.apply(transaction).trades.map(netResult));
          const open = [...ledger.openPositions.values()];
          const carried = sum(open.map((lot) => lot.accruedFinancing - lot.entryCommission));
          expect(ledger.balance).toBe(fundsIn(log.slice(0, index + 1)) + traded + carried);
        }
      }),
    );
  });

  it('leaves the positions that its fills opened and did not close', () => {
    fc.assert(
      fc.property(drawnLog, (log) => {
        const ledger = new Ledger();
        for (const [index, transaction] of log.entries()) {
          ledger.apply(transaction);
          const units = [...ledger.openPositions.values()].map(
            ({ brokerPositionId, openUnits }) => [brokerPositionId, openUnits] as const,
          );
          expect(new Map(units)).toEqual(unitsFilled(log.slice(0, index + 1)));
        }
      }),
    );
  });

  it('gives the trades of a position all that was booked for it, once it is closed', () => {
    fc.assert(
      fc.property(drawnLog, (log) => {
        const ledger = new Ledger();
        const changes = log.map((transaction) => ledger.apply(transaction));
        const trades = changes.flatMap((change) => change.trades);
        for (const closed of changes.flatMap(({ positions }) => positions)) {
          if (closed.openUnits > 0) continue;
          const own = trades.filter((trade) => trade.brokerPositionId === closed.brokerPositionId);
          expect(sum(own.map(({ units }) => units))).toBe(closed.initialUnits);
          expect(sum(own.map(({ financing }) => financing))).toBe(closed.financing);
          expect(sum(own.map(({ realizedPnl }) => realizedPnl))).toBe(closed.realizedPnl);
        }
      }),
    );
  });

  it('counts as filled what an order filled, and keeps it open while units remain', () => {
    fc.assert(
      fc.property(drawnLog, (log) => {
        const ledger = new Ledger();
        const filled = new Map<number, number>();
        for (const transaction of log) {
          const { orders } = ledger.apply(transaction);
          if (transaction.type !== 'order-filled') continue;
          const { orderId, units, remainingUnits = 0 } = transaction;
          filled.set(orderId, (filled.get(orderId) ?? 0) + units);
          expect(orders).toMatchObject([{ filledUnits: filled.get(orderId) }]);
          expect(ledger.openOrders.has(orderId)).toBe(remainingUnits > 0);
        }
      }),
    );
  });

  it('projects to the same rows however it is cut into stretches', () => {
    fc.assert(
      fc.property(drawnLog, fc.integer({ min: 1, max: 7 }), (log, size) => {
        const ledger = new Ledger();
        const changes = log.map((transaction) => ledger.apply(transaction));

        expect(rowsOf(stretches(changes, size))).toEqual(rowsOf([changes]));
      }),
    );
  });
});

function stretches(changes: readonly LedgerChange[], size: number): readonly LedgerChange[][] {
  const starts = changes.flatMap((_, index) => (index % size === 0 ? [index] : []));
  return starts.map((start) => changes.slice(start, start + size));
}

/** The tables after each stretch was written over what was there, as the database does it: an opening order never changes. */
function rowsOf(parts: readonly (readonly LedgerChange[])[]) {
  const orders = new Map<string, Projection['orders'][number]>();
  const positions = new Map<string, Projection['positions'][number]>();
  const trades: Projection['trades'][number][] = [];
  for (const part of parts) {
    const projection = projectChanges('account', part);
    for (const row of projection.orders) orders.set(row.id, row);
    for (const row of projection.positions)
      positions.set(row.id, {
        ...row,
        openingOrderId: positions.get(row.id)?.openingOrderId ?? row.openingOrderId,
      });
    trades.push(...projection.trades);
  }
  return { orders, positions, trades };
}
