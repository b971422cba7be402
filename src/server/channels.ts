/**
 * The channels of the WebSocket. A room contributes one in a file of its own, `x-channel.ts`: its frames and how to open it.
 * To add one, add a line to both lists. Their order is that of the published schemas and of what a refusal lists.
 */

import { BacktestsFrames, backtestsChannel } from '../backtests/backtests-channel.ts';
import { EventsFrames, eventsChannel } from '../journal/events-channel.ts';
import { NotificationsFrames, notificationsChannel } from '../notifications/notifications-channel.ts';
import { QuoteFanOut } from '../prices/quote-fan-out.ts';
import { QuotesFrames, quotesChannel } from '../prices/quotes-channel.ts';
import { AccountFrames, accountChannel } from '../trading/accounts/account-channel.ts';
import { StrategiesFrames, strategiesChannel } from '../trading/strategies/strategies-channel.ts';
import { TradingViews } from '../trading/trading-views.ts';
import type { Static } from 'typebox';
import type { BacktestProgressSource } from '../backtests/backtests-channel.ts';
import type { Journal } from '../journal/journal.ts';
import type { NotificationFeed } from '../notifications/notification-feed.ts';
import { everyOnTheClock } from '../process/every.ts';
import { NO_TRACING } from '../process/tracing.ts';
import type { Tracing } from '../process/tracing.ts';
import type { Every } from '../process/every.ts';
import type { AccountSupervisor } from '../trading/account-supervisor.ts';
import type { RunningAccounts } from '../trading/positions/position-values.ts';
import type { Channel } from '../stream/channel.ts';
import type { TradingViewsDependencies } from '../trading/trading-views.ts';

/** The schemas of every channel. */
export const CHANNEL_FRAMES = [
  QuotesFrames,
  AccountFrames,
  StrategiesFrames,
  BacktestsFrames,
  EventsFrames,
  NotificationsFrames,
] as const;

/** What a channel sends. */
export type DataFrame = Static<(typeof CHANNEL_FRAMES)[number]['data']>;

/** What channels read from. */
export interface ChannelSources {
  readonly stores: TradingViewsDependencies;
  readonly journal: Journal;
  readonly supervisor: RunningAccounts & Pick<AccountSupervisor, 'accountOf'>;
  /** By the clock when left out. */
  readonly every?: Every | undefined;
  readonly backtests: BacktestProgressSource;
  readonly notificationFeed: NotificationFeed;
  readonly quoteFanOut?: QuoteFanOut | undefined;
  readonly tracing?: Tracing | undefined;
}

/** Returns every channel that clients can subscribe to. */
export function streamChannels({
  stores,
  journal,
  supervisor,
  backtests,
  notificationFeed,
  every = everyOnTheClock,
  quoteFanOut = new QuoteFanOut(),
  tracing = NO_TRACING,
}: ChannelSources): readonly Channel[] {
  const views = new TradingViews(stores, supervisor);
  return [
    quotesChannel({
      quotes: quoteFanOut,
      instrumentsOf: (userId, accountId) => views.instrumentsOf(userId, accountId),
      pricesOf: (accountId) => supervisor.accountOf(accountId),
    }),
    accountChannel({
      journal,
      views,
      every,
      tracing,
      valuesOf: (id) => supervisor.find(id)?.valuation.values(),
    }),
    strategiesChannel(journal),
    backtestsChannel(backtests),
    eventsChannel(journal),
    notificationsChannel(notificationFeed),
  ];
}
