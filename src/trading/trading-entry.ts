/** One entry of the journal about an account. */

import type { Instruments } from '../core/domain/instruments.ts';
import type { JournalEntry, Severity } from '../core/domain/journal-entry.ts';

/** The account that an entry is about, and who owns it. */
export interface EntryOwner {
  readonly accountId: string;
  readonly userId: string;
}

/** What entries about its transactions need besides: their amounts and prices are text. */
export interface EntrySubject extends EntryOwner {
  readonly currency: string;
  readonly instruments: Instruments;
}

/** What an entry says; its severity is `info` when left out. */
export interface TradingEntry {
  readonly type: string;
  readonly description: string;
  readonly severity?: Severity;
  readonly strategyId?: string | undefined;
  /** The order whose timeline it is a step of. */
  readonly orderId?: string | undefined;
  /** UTC ms of the account's market. */
  readonly marketTime?: number | undefined;
  readonly details: Readonly<Record<string, unknown>>;
}

/** Returns the entry as the journal takes it. */
export function tradingEntry(subject: EntryOwner, entry: TradingEntry): JournalEntry {
  return {
    category: 'trading',
    type: entry.type,
    severity: entry.severity ?? 'info',
    description: entry.description,
    userId: subject.userId,
    accountId: subject.accountId,
    strategyId: entry.strategyId,
    orderId: entry.orderId,
    marketTime: entry.marketTime,
    details: entry.details,
  };
}
