/** The journal: numbered entries about trading, the system, security and administration. */

import type { Actor } from '../shared/actor.ts';

export const JOURNAL_CATEGORIES = ['trading', 'system', 'security', 'admin'] as const;
export type JournalCategory = (typeof JOURNAL_CATEGORIES)[number];

export const SEVERITIES = ['debug', 'info', 'warning', 'error', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** An entry to be recorded. `details` is plain data without secrets. */
export interface JournalEntry {
  readonly category: JournalCategory;
  readonly type: string;
  readonly severity: Severity;
  readonly description: string;
  readonly userId?: string | undefined;
  readonly accountId?: string | undefined;
  readonly strategyId?: string | undefined;
  /** The order whose timeline it is a step of. */
  readonly orderId?: string | undefined;
  /** When it happened by the clock of the account's market (UTC ms), where it has to do with one. */
  readonly marketTime?: number | undefined;
  /** Left out, it is the person who acts at the moment. */
  readonly actor?: Actor | undefined;
  readonly requestId?: string | undefined;
  readonly details?: Readonly<Record<string, unknown>> | undefined;
  readonly ipAddress?: string | undefined;
  readonly userAgent?: string | undefined;
}
