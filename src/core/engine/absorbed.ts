/** What taking in a stretch of the broker's log came to. */

import type { LedgerChange, LedgerOrder } from '../domain/ledger.ts';
import type { Effect } from './effect.ts';

/** What a stretch of the broker's log came to. */
export interface Absorbed {
  /** What each new transaction changed in the ledger, in their order. */
  readonly changes: readonly LedgerChange[];
  /** What is to be done about it, in this order. */
  readonly effects: readonly Effect[];
  /** Orders that filled although another of their group had: the cancel came too late, and both stand. */
  readonly filledTwice: readonly LedgerOrder[];
}
