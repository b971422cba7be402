/** What a channel of one socket is made with. */

import type { Outbox } from './outbox.ts';

/** The socket's side of a subscription. */
export interface ChannelContext {
  readonly userId: string;
  readonly outbox: Outbox;
  /** The client cannot follow: it is closed, and comes again from where it was. */
  readonly onTooSlow: (reason: string) => void;
  readonly onFailure: (error: unknown) => void;
}

/** A running subscription. Ended, it sends nothing more. */
export interface Subscription {
  readonly end: () => void;
  /** The client has dealt with entries up to this number. */
  readonly acknowledge?: (sequence: number) => void;
}
