/** Every store of the server, on one ORM. */

import { AccountInstrumentsStore } from '../trading/accounts/account-instruments-store.ts';
import { AccountStore } from '../trading/accounts/account-store.ts';
import { ConnectionStore } from '../trading/accounts/connection-store.ts';
import { BacktestQueue } from '../backtests/backtest-queue-store.ts';
import { BacktestReportStore } from '../backtests/backtest-report-store.ts';
import { BacktestStore } from '../backtests/backtest-store.ts';
import { BlockedIpStore } from '../people/blocked-ip-store.ts';
import { IdempotencyStore } from '../persistence/idempotency-store.ts';
import { EntrySearchStore } from '../journal/entry-search-store.ts';
import { JournalStore } from '../journal/journal-store.ts';
import { BackupStore } from '../operations/administration/backup-store.ts';
import { CopyStore } from '../operations/administration/copy-store.ts';
import { JobStore } from '../jobs/job-store.ts';
import { JournalRetentionStore } from '../journal/journal-retention-store.ts';
import { ChannelStore } from '../notifications/channels/channel-store.ts';
import { NotificationSettingsStore } from '../notifications/channels/notification-settings-store.ts';
import { DeliveryStore } from '../notifications/delivery/delivery-store.ts';
import { PushKeyStore } from '../notifications/push/push-key-store.ts';
import { EscalationStore } from '../notifications/escalation/escalation-store.ts';
import { NotificationStore } from '../notifications/notification-store.ts';
import { RecipientStore } from '../notifications/recipient-store.ts';
import { databaseOf } from '../persistence/orm.ts';
import { readBuilder } from '../persistence/query-builder.ts';
import { BookingStore } from '../trading/ledger/booking-store.ts';
import { EquityStore } from '../trading/equity/equity-store.ts';
import { OrderPageStore } from '../trading/orders/order-page-store.ts';
import { OrderStore } from '../trading/orders/order-store.ts';
import { OrderTimelineStore } from '../trading/orders/order-timeline-store.ts';
import { PositionStore } from '../trading/positions/position-store.ts';
import { ClaimedImportStore } from '../prices/import/claimed-import-store.ts';
import { PriceImportStore } from '../prices/import/price-import-store.ts';
import { PriceTopUpStore } from '../prices/import/price-top-up-store.ts';
import { RecordingStore } from '../prices/recording/recording-store.ts';
import { TradedInstrumentsStore } from '../trading/accounts/traded-instruments-store.ts';
import { SeriesAdminStore } from '../prices/administration/series-admin-store.ts';
import { PriceSeriesStore } from '../prices/series/price-series-store.ts';
import { ProjectionStore } from '../trading/projection-store.ts';
import { SecondFactorStore } from '../people/second-factor/second-factor-store.ts';
import { SessionStore } from '../people/session-store.ts';
import { SettingsStore } from '../people/settings-store.ts';
import { SilentStreamStore } from '../trading/silent-stream-store.ts';
import { StrategyStore } from '../trading/strategies/strategy-store.ts';
import { HoldStore } from '../trading/administration/hold-store.ts';
import { TradingAdminStore } from '../trading/administration/trading-admin-store.ts';
import { TradePageStore } from '../trading/trades/trade-page-store.ts';
import { TradeStore } from '../trading/trades/trade-store.ts';
import { AccountStateStore } from '../trading/account-state-store.ts';
import { ApiKeyStore } from '../people/api-keys/api-key-store.ts';
import { SystemSettingsStore } from '../people/administration/system-settings-store.ts';
import { DeletionStore } from '../people/administration/deletion-store.ts';
import { PeopleAdminStore } from '../people/administration/people-admin-store.ts';
import { SecurityOverviewStore } from '../people/security-overview/security-overview-store.ts';
import { FailureStore } from '../people/failed-sign-ins/failure-store.ts';
import { KnownSenderStore } from '../people/failed-sign-ins/known-sender-store.ts';
import { MailStore } from '../mail/mail-store.ts';
import { EmailStore } from '../people/email/email-store.ts';
import { UserTokenStore } from '../people/email/user-token-store.ts';
import { UserStore } from '../people/user-store.ts';
import { BackfillStore, InstanceStore } from '../migrator/index.ts';
import type { Orm } from '../persistence/orm.ts';

/** All stores by what they hold. */
export type Stores = ReturnType<typeof openStores>;

/** Makes the stores; none of them connects before it is asked. */
export function openStores(orm: Orm, databaseUrl: string) {
  const database = databaseOf(orm);
  return {
    accountInstruments: new AccountInstrumentsStore(orm),
    accounts: new AccountStore(orm),
    apiKeys: new ApiKeyStore(orm),
    backfills: new BackfillStore(database.query),
    backtestQueue: new BacktestQueue(orm, databaseUrl),
    backtestReports: new BacktestReportStore(orm),
    backtests: new BacktestStore(orm),
    backups: new BackupStore(orm),
    bookings: new BookingStore(orm),
    blockedIps: new BlockedIpStore(orm),
    copies: new CopyStore(orm),
    connections: new ConnectionStore(orm),
    deletions: new DeletionStore(orm),
    emails: new EmailStore(orm),
    escalations: new EscalationStore(orm),
    equity: new EquityStore(orm),
    idempotency: new IdempotencyStore(orm),
    instances: new InstanceStore(database),
    journal: new JournalStore(orm),
    entrySearch: new EntrySearchStore(orm),
    jobs: new JobStore(orm),
    journalRetention: new JournalRetentionStore(orm),
    knownSenders: new KnownSenderStore(orm),
    mails: new MailStore(orm),
    notificationChannels: new ChannelStore(orm),
    notificationDeliveries: new DeliveryStore(orm),
    notificationSettings: new NotificationSettingsStore(orm),
    notifications: new NotificationStore(orm),
    orders: new OrderStore(orm),
    orderPages: new OrderPageStore(orm),
    orderTimelines: new OrderTimelineStore(orm),
    positions: new PositionStore(orm),
    /** Strategies warm up on it: what people read must not keep one from starting. */
    priceHistory: new PriceSeriesStore(orm),
    priceSeries: new PriceSeriesStore(orm, readBuilder),
    claimedPriceImports: new ClaimedImportStore(orm),
    priceImports: new PriceImportStore(orm),
    priceTopUps: new PriceTopUpStore(orm),
    recipients: new RecipientStore(orm),
    recordings: new RecordingStore(orm),
    tradedInstruments: new TradedInstrumentsStore(orm),
    pushKeys: new PushKeyStore(orm),
    projections: new ProjectionStore(orm),
    secondFactors: new SecondFactorStore(orm),
    securityOverview: new SecurityOverviewStore(orm),
    seriesAdmin: new SeriesAdminStore(orm),
    sessions: new SessionStore(orm),
    silentStreams: new SilentStreamStore(orm),
    settings: new SettingsStore(orm),
    signInFailures: new FailureStore(orm),
    strategies: new StrategyStore(orm),
    systemSettings: new SystemSettingsStore(orm),
    trades: new TradeStore(orm),
    tradePages: new TradePageStore(orm),
    tradingAdmin: new TradingAdminStore(orm),
    holds: new HoldStore(orm),
    accountStates: new AccountStateStore(orm),
    users: new UserStore(orm),
    userTokens: new UserTokenStore(orm),
    peopleAdmin: new PeopleAdminStore(orm),
  };
}
