/** The subscriptions of one socket: begun, replaced and ended as its client asks. */

import { AppError } from '../core/shared/app-error.ts';
import { unreachable } from '../core/shared/assert.ts';
import { openAccountChannel } from '../trading/accounts/account-channel.ts';
import { openBacktestsChannel } from '../backtests/backtests-channel.ts';
import { openEventsChannel } from '../journal/events-channel.ts';
import { openQuotesChannel } from '../prices/quotes-channel.ts';
import { openStrategiesChannel } from '../trading/strategies/strategies-channel.ts';
import type { Journal } from '../journal/journal.ts';
import type { TradingViews } from '../trading/trading-views.ts';
import type { BacktestProgressSource } from '../backtests/backtests-channel.ts';
import type { ChannelContext, Subscription } from './channel.ts';
import type { Channel, SubscribeFrame } from './protocol.ts';
import type { QuoteFanOut } from '../prices/quote-fan-out.ts';

/** More than one screen shows; each costs memory and work at every change. */
const MOST_SUBSCRIPTIONS = 50;

/** What channels read from. */
export interface ChannelSources {
  readonly journal: Journal;
  readonly views: TradingViews;
  readonly quotes: QuoteFanOut;
  readonly backtests: BacktestProgressSource;
}

/** What a subscription is named by: the channel, and the account where it is about one. */
export interface SubscriptionName {
  readonly channel: Channel;
  readonly accountId?: string | undefined;
}

/** Runs the channels of one person's socket. */
export class Subscriptions {
  readonly #sources: ChannelSources;
  readonly #context: ChannelContext;
  readonly #byName = new Map<string, Subscription>();
  #isOver = false;

  constructor(sources: ChannelSources, context: ChannelContext) {
    this.#sources = sources;
    this.#context = context;
  }

  /** Begins a subscription, which replaces one of the same name. Refuses what is not the person's with `not-found`. */
  async begin(frame: SubscribeFrame): Promise<void> {
    const { userId, outbox } = this.#context;
    if ('accountId' in frame) await this.#sources.views.assertOwned(userId, frame.accountId);
    if (this.#isOver) return;
    const name = nameOf(frame);
    if (!this.#byName.has(name) && this.#byName.size >= MOST_SUBSCRIPTIONS) {
      throw new AppError('too-many-requests', `A socket may have ${MOST_SUBSCRIPTIONS} subscriptions.`);
    }
    const subscription = this.#open(frame);
    this.#end(name);
    this.#byName.set(name, subscription);
    // Channels tell nothing before the next turn of the event loop, so this is the first that the client hears.
    outbox.send({ type: 'subscribed', ...namedBy(frame) });
  }

  /** Ends a subscription if there is one of this name. */
  end(subscription: SubscriptionName): void {
    this.#end(nameOf(subscription));
    this.#context.outbox.send({ type: 'unsubscribed', ...namedBy(subscription) });
  }

  /** The client has dealt with entries up to this number. */
  acknowledge(sequence: number): void {
    for (const subscription of this.#byName.values()) subscription.acknowledge?.(sequence);
  }

  /** Ends all of them, and begins no more. */
  endAll(): void {
    this.#isOver = true;
    for (const name of this.#byName.keys()) this.#end(name);
  }

  #end(name: string): void {
    this.#byName.get(name)?.end();
    this.#byName.delete(name);
  }

  #open(frame: SubscribeFrame): Subscription {
    const { journal, views, quotes, backtests } = this.#sources;
    switch (frame.channel) {
      case 'quotes':
        return openQuotesChannel(quotes, frame, this.#context);
      case 'account':
        return openAccountChannel({ journal, views }, frame.accountId, this.#context);
      case 'strategies':
        return openStrategiesChannel(journal, this.#context);
      case 'backtests':
        return openBacktestsChannel(backtests, this.#context);
      case 'events':
        return openEventsChannel(journal, frame.after, this.#context);
      default:
        return unreachable(frame);
    }
  }
}

function namedBy({ channel, accountId }: SubscriptionName) {
  return { channel, ...(accountId !== undefined && { accountId }) };
}

function nameOf({ channel, accountId }: SubscriptionName): string {
  return accountId === undefined ? channel : `${channel} ${accountId}`;
}
