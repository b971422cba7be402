/** Facts about security as journal entries: what happened, to whom, and from where. */

import type { JournalEntry } from '../core/domain/journal-entry.ts';
import type { Client } from '../http/client.ts';

/** Where facts are recorded. */
export interface Journal {
  record(entry: JournalEntry): Promise<void>;
}

/** Returns a security fact about a request of `client`. */
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
