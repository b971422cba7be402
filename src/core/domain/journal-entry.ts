/** The journal: numbered entries about trading, the system, security and administration. */

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
  readonly requestId?: string | undefined;
  readonly details?: Readonly<Record<string, unknown>> | undefined;
  readonly ipAddress?: string | undefined;
  readonly userAgent?: string | undefined;
}
