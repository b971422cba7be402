/** Journal entries about security: what happened, to which user, and from which address. */

import type { JournalEntry } from '../core/domain/journal-entry.ts';
import type { Client } from '../http/client.ts';

/** Where entries are recorded. */
export interface Journal {
  record(entry: JournalEntry): Promise<void>;
}

/** Returns a security entry about a request of `client`. */
export function securityFact(
  client: Client,
  fact: Pick<JournalEntry, 'type' | 'severity' | 'description' | 'userId' | 'details'>,
): JournalEntry {
  return {
    ...fact,
    category: 'security',
    requestId: client.requestId,
    ipAddress: client.ipAddress,
    userAgent: client.userAgent,
  };
}
