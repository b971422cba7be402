/** What an engine is made from. */

import type { CountLimits, RiskLimits } from '../domain/account.ts';
import type { Currency } from '../domain/instrument.ts';
import type { Instruments } from '../domain/instruments.ts';

/** What a strategy trades on must not be older than half a minute; a broken stream shows within that time. */
export const MAXIMUM_QUOTE_AGE_MS = 30_000;

/** What an engine is made from. `newId` gives the ids of orders and closes; `conversionMarkup` as in ValueTerms. */
export interface EngineOptions {
  readonly currency: Currency;
  readonly limits: RiskLimits;
  readonly conversionMarkup: number;
  /** Whether the account may be long and short at once; others net. */
  readonly hedging: boolean;
  readonly newId: () => string;
  /** Whether the broker closes positions of one size first in, first out; it does not when left out. */
  readonly fifo?: boolean | undefined;
  /** What the account's broker offers; the instruments of paper accounts when left out. */
  readonly instruments?: Instruments | undefined;
  /** How many orders and positions the account's broker takes; those of paper accounts when left out. */
  readonly countLimits?: CountLimits | undefined;
  /** The age in ms above which a price is too old to trade on; 30 seconds when left out. */
  readonly maximumQuoteAgeMs?: number | undefined;
}
