/** What an administrator wants done to the trading of anyone. It is a journal entry, so that it reaches the copy of the server that runs the account. */

import type { JournalEntry } from '../../core/domain/journal-entry.ts';

/** What can be done to an account. */
export const ACCOUNT_ACTIONS = ['halt', 'kill', 'close'] as const;
export type AccountAction = (typeof ACCOUNT_ACTIONS)[number];

/** What is to be done, and to what. */
export type Intervention =
  | { readonly action: AccountAction; readonly accountId: string }
  | { readonly action: 'stop'; readonly accountId: string };

/** The type of the journal entry. */
export const INTERVENTION = 'intervention-requested';

/** Returns what a journal entry wants done; undefined when it is about something else. */
export function interventionOf(
  entry: Pick<JournalEntry, 'type' | 'category' | 'accountId' | 'details'>,
): Intervention | undefined {
  const { type, category, accountId, details } = entry;
  if (type !== INTERVENTION || category !== 'admin' || accountId === undefined) return undefined;
  const action = ACCOUNT_ACTIONS.find((known) => known === details?.['action']);
  if (action) return { action, accountId };
  return details?.['action'] === 'stop' ? { action: 'stop', accountId } : undefined;
}
