/** How long the OANDA client waits for what. Tests wait shorter. */

import type { BackoffLimits } from '../../core/shared/backoff.ts';

export interface OandaTimes {
  /** Every request ends by itself within this time. */
  readonly requestMs: number;
  /** See `Broker.lateArrivalMs`. */
  readonly lateArrivalMs: number;
  /** Between the tries of a read that failed. */
  readonly readAgain: BackoffLimits;
  /** Before a read or stream that was refused is tried again: see REFUSALS_BELIEVED. */
  readonly refusedAgainMs: number;
  /** A price stream that is silent for longer is dead: its heartbeat comes every 5 s. */
  readonly priceSilenceMs: number;
  /** The same of the transaction stream. */
  readonly transactionSilenceMs: number;
  /** Between the tries to open a stream: the first and the longest pause, which doubles each time. */
  readonly streamAgain: BackoffLimits;
  /** A stream that lived so long begins again with the first pause. */
  readonly streamHealthyMs: number;
  /** How often time is shown to the account. */
  readonly clockMs: number;
}

/**
 * Source: OANDA v20, streaming guide (silence: 10 s and 20 s), and what other clients do (pauses of streams). OANDA publishes no bound
 * for the arrival of a request whose answer was lost: a minute is six times as long as any request waits.
 */
export const OANDA_TIMES: OandaTimes = {
  requestMs: 10_000,
  lateArrivalMs: 60_000,
  readAgain: { firstMs: 250, longestMs: 4_000 },
  refusedAgainMs: 1_000,
  priceSilenceMs: 10_000,
  transactionSilenceMs: 20_000,
  streamAgain: { firstMs: 1_000, longestMs: 60_000 },
  streamHealthyMs: 60_000,
  clockMs: 500,
};
