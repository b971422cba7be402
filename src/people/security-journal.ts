/** Journal entries about security and administration: what happened, to which user, and from which address. */

import type { JournalEntry } from '../core/domain/journal-entry.ts';
import type { Client } from '../http/client.ts';

/** Where entries are recorded. */
export interface Journal {
  record(entry: JournalEntry): Promise<void>;
}

/** Who makes a change: an administrator over HTTP, or the operator at a command, who has no id here. */
export interface Administrator extends Client {
  readonly userId?: string | undefined;
}

type Fact = Pick<JournalEntry, 'type' | 'severity' | 'description' | 'userId' | 'details'>;

/** Returns a security entry about a request of `client`. */
export function securityFact(client: Client, fact: Fact): JournalEntry {
  return { ...fact, category: 'security', ...senderOf(client) };
}

/** Returns an entry about what an administrator changed. */
export function adminFact(by: Administrator, fact: Omit<Fact, 'severity'>): JournalEntry {
  return { ...fact, category: 'admin', severity: 'warning', ...senderOf(by) };
}

function senderOf({ requestId, ipAddress, userAgent }: Client): Client {
  return { requestId, ipAddress, userAgent };
}
