/** How fast entries are sent, and how many positions a trading day may open. */

import { countNumber, durationNumber } from '../domain/denial.ts';
import { MINUTE_MS } from '../domain/trading-calendar.ts';
import { mayOpen } from '../domain/order.ts';
import { openEntries } from './entry-exposure.ts';
import type { FurtherLimits } from '../domain/account.ts';
import type { Denial } from '../domain/denial.ts';
import type { OrderRequest } from '../domain/order.ts';
import type { Transaction } from '../domain/transaction.ts';
import type { EntryFacts } from './entry-exposure.ts';
import type { TradedDays } from './traded-days.ts';

/** The entries sent within the last minute. */
export class EntryPace {
  #sentAt: readonly number[] = [];

  /** Takes note of an order that is sent, if it is an entry. */
  note({ terms, decidedAt: at }: OrderRequest): void {
    if (mayOpen(terms)) this.#sentAt = [...this.#recent(at), at];
  }

  /** Takes note of what the log says of an entry of ours from before a restart. */
  noteLogged(transaction: Transaction): void {
    if (transaction.type !== 'order-created' && transaction.type !== 'order-rejected') return;
    const { terms, clientOrderId, brokerPositionId, at } = transaction;
    const isOurs = clientOrderId !== undefined && brokerPositionId === undefined;
    if (isOurs && terms && mayOpen(terms)) this.#sentAt = [...this.#recent(at), at];
  }

  /** Returns in how many ms fewer than `most` entries lie within a minute: 0 when that is so at `at`. */
  waitMs(most: number, at: number): number {
    const recent = this.#recent(at);
    const oldest = recent[recent.length - most];
    return oldest === undefined ? 0 : oldest + MINUTE_MS - at;
  }

  #recent(at: number): readonly number[] {
    return this.#sentAt.filter((sentAt) => sentAt > at - MINUTE_MS);
  }
}

/** What the pace of an account is judged by. */
export interface PaceFacts {
  readonly at: number;
  readonly limits: FurtherLimits;
  readonly pace: EntryPace;
  readonly tradedDays: TradedDays;
  readonly entries: EntryFacts;
  /** Whether the order opens units as things are now; one that rests may. */
  readonly opens: boolean;
}

/** Returns why an entry is denied for the pace of the account, if it is. */
export function paceDenial(
  { at, limits, pace, tradedDays, entries, opens }: PaceFacts,
  replaces: number | undefined,
): Denial | undefined {
  const { maxOrdersPerMinute, maxTradesPerDay } = limits;
  if (maxTradesPerDay !== undefined && opens) {
    const possible = tradedDays.openedOn(at) + openEntries(entries, replaces).length;
    const numbers = { trades: countNumber(possible), limit: countNumber(maxTradesPerDay) };
    if (possible >= maxTradesPerDay) return { code: 'daily-trades-exceeded', numbers };
  }
  if (maxOrdersPerMinute === undefined) return undefined;
  const waitMs = pace.waitMs(maxOrdersPerMinute, at);
  const numbers = { limit: countNumber(maxOrdersPerMinute), wait: durationNumber(waitMs) };
  return waitMs > 0 ? { code: 'order-rate-exceeded', numbers } : undefined;
}
