/** The channel `quotes`: the newest prices of instruments on an account. */

import { findInstrument } from '../core/domain/instrument.ts';
import { AppError } from '../core/shared/app-error.ts';
import type { QuoteFanOut } from './quote-fan-out.ts';
import type { ChannelContext, Subscription } from '../stream/channel.ts';

/** What is asked for; the account must be the person's. */
export interface QuotesRequest {
  readonly accountId: string;
  readonly instruments: readonly string[];
}

/** Starts to tell quotes: the newest ones at once, and then what changes. */
export function openQuotesChannel(
  fanOut: QuoteFanOut,
  request: QuotesRequest,
  { outbox }: ChannelContext,
): Subscription {
  const unknown = request.instruments.find((name) => !findInstrument(name));
  if (unknown !== undefined) {
    throw new AppError('invalid-request', `There is no instrument ${unknown}; see /api/v1/instruments.`);
  }
  return { end: fanOut.subscribe(outbox, request.accountId, request.instruments) };
}
