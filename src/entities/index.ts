/** The explicit list of all records, and the one place to import them from. */
import { AccountInstrumentSchema } from './account-instrument.ts';
import { ApiKeySchema } from './api-key.ts';
import { AppInstanceSchema } from './app-instance.ts';
import { BackfillJobSchema } from './backfill-job.ts';
import { BacktestResultsSchema } from './backtest-results.ts';
import { BacktestSeriesSchema } from './backtest-series.ts';
import { BacktestTradeSchema } from './backtest-trade.ts';
import { BacktestSchema } from './backtest.ts';
import { BlockedIpSchema } from './blocked-ip.ts';
import { BrokerTransactionSchema } from './broker-transaction.ts';
import { DatabaseBackupSchema } from './database-backup.ts';
import { EquityPointSchema } from './equity-point.ts';
import { EventSchema } from './event.ts';
import { IdempotencyKeySchema } from './idempotency-key.ts';
import { JournalPositionSchema } from './journal-position.ts';
import { KnownDeviceSchema } from './known-device.ts';
import { NotificationChannelSchema } from './notification-channel.ts';
import { NotificationDeliverySchema } from './notification-delivery.ts';
import { NotificationSettingsSchema } from './notification-settings.ts';
import { NotificationSchema } from './notification.ts';
import { OandaAccountSchema } from './oanda-account.ts';
import { OrderSchema } from './order.ts';
import { AccountStateSchema } from './account-state.ts';
import { OutgoingMailSchema } from './outgoing-mail.ts';
import { PositionSchema } from './position.ts';
import { PriceChunkSchema } from './price-chunk.ts';
import { PriceGapSchema } from './price-gap.ts';
import { PriceImportSchema } from './price-import.ts';
import { PriceSeriesSchema } from './price-series.ts';
import { PushKeySchema } from './push-key.ts';
import { ScheduledJobSchema } from './scheduled-job.ts';
import { SecondFactorSchema } from './second-factor.ts';
import { SignInFailureSchema } from './sign-in-failure.ts';
import { StrategyStateSchema } from './strategy-state.ts';
import { StrategySchema } from './strategy.ts';
import { SystemSettingsSchema } from './system-settings.ts';
import { TradeSchema } from './trade.ts';
import { UserTokenSchema } from './user-token.ts';
import { UserSessionSchema } from './user-session.ts';
import { UserSettingsSchema } from './user-settings.ts';
import { UserSchema } from './user.ts';

/** Schemas and not classes, because only schemas carry the table name into the types of the query builder. */
export const entities = [
  UserSchema,
  UserSettingsSchema,
  UserSessionSchema,
  KnownDeviceSchema,
  SignInFailureSchema,
  ApiKeySchema,
  SecondFactorSchema,
  UserTokenSchema,
  SystemSettingsSchema,
  BlockedIpSchema,
  OandaAccountSchema,
  AccountInstrumentSchema,
  IdempotencyKeySchema,

  StrategySchema,
  StrategyStateSchema,
  OrderSchema,
  PositionSchema,
  TradeSchema,
  BrokerTransactionSchema,
  AccountStateSchema,
  EquityPointSchema,

  EventSchema,
  PushKeySchema,
  JournalPositionSchema,
  NotificationSchema,
  NotificationSettingsSchema,
  NotificationChannelSchema,
  NotificationDeliverySchema,
  OutgoingMailSchema,

  PriceSeriesSchema,
  PriceChunkSchema,
  PriceImportSchema,
  PriceGapSchema,
  BacktestSchema,
  BacktestSeriesSchema,
  BacktestResultsSchema,
  BacktestTradeSchema,

  AppInstanceSchema,
  BackfillJobSchema,
  DatabaseBackupSchema,
  ScheduledJobSchema,
] as const;

export { AccountInstrumentRecord } from './account-instrument.ts';
export { AppInstanceRecord } from './app-instance.ts';
export { BackfillJobRecord } from './backfill-job.ts';
export { BacktestRecord } from './backtest.ts';
export { BacktestResultsRecord } from './backtest-results.ts';
export { BacktestSeriesRecord } from './backtest-series.ts';
export { BacktestTradeRecord } from './backtest-trade.ts';
export { BlockedIpRecord } from './blocked-ip.ts';
export { BrokerTransactionRecord } from './broker-transaction.ts';
export { DatabaseBackupRecord } from './database-backup.ts';
export { EquityPointRecord } from './equity-point.ts';
export { EventRecord } from './event.ts';
export { IdempotencyKeyRecord } from './idempotency-key.ts';
export { NotificationRecord } from './notification.ts';
export { OandaAccountRecord } from './oanda-account.ts';
export { OrderRecord } from './order.ts';
export { AccountStateRecord } from './account-state.ts';
export { OutgoingMailRecord } from './outgoing-mail.ts';
export { PositionRecord } from './position.ts';
export { PriceChunkRecord } from './price-chunk.ts';
export { PriceGapRecord } from './price-gap.ts';
export { PriceImportRecord } from './price-import.ts';
export { PriceSeriesRecord } from './price-series.ts';
export { StrategyRecord } from './strategy.ts';
export { StrategyStateRecord } from './strategy-state.ts';
export { TradeRecord } from './trade.ts';
export { UserRecord } from './user.ts';
export { UserSessionRecord } from './user-session.ts';
export { UserTokenRecord } from './user-token.ts';
export { UserSettingsRecord } from './user-settings.ts';
