/**
 * The list of everything under `/api/v1`.
 *
 * To add routes, write `registerXRoutes(app, deps)` in a file beside this one, add what it needs to `RouteDependencies`, and add
 * one line to the list below. A route says who may use it and what it may answer:
 *
 *     app.post('/orders', {
 *       config: { access: 'user', isIdempotent: true, problems: ['order-denied'] },       // access: 'public' | 'user' | 'admin'
 *       schema: { operationId: 'placeOrder', summary: '…', tags: ['orders'], body: OrderBody, response: { 201: OrderView } },
 *       handler: async (request, reply) => {
 *         const { userId } = principalOf(request);
 *         const order = await orderDesk.place({ id: request.reservedId, userId, accountId, terms });
 *         return reply.code(201).header('location', `/api/v1/orders/${order.id}`).send(orderView(order));
 *       },
 *     });
 *
 * Bodies and queries are objects with `additionalProperties: false`. Failures are thrown as `Problem`; problems that every
 * route of a kind may answer with are described without being named. What an idempotent route makes must be stored under
 * `reservedId` before anything else happens: a request that is repeated has the same one, and finds what was made.
 */

import { registerBlockedIpRoutes } from '../people/administration/blocked-ip-routes.ts';
import type { BlockedIpRouteDependencies } from '../people/administration/blocked-ip-routes.ts';
import { registerServerSettingsRoutes } from '../people/administration/server-settings-routes.ts';
import type { ServerSettingsRouteDependencies } from '../people/administration/server-settings-routes.ts';
import { registerSessionAdminRoutes } from '../people/administration/session-admin-routes.ts';
import { registerUserAdminRoutes } from '../people/administration/user-admin-routes.ts';
import { registerSecurityOverviewRoutes } from '../people/security-overview/security-overview-routes.ts';
import type { SecurityOverviewRouteDependencies } from '../people/security-overview/security-overview-routes.ts';
import type { UserAdminRouteDependencies } from '../people/administration/user-admin-routes.ts';
import { registerApiKeyRoutes } from '../people/api-keys/api-key-routes.ts';
import type { ApiKeyRouteDependencies } from '../people/api-keys/api-key-routes.ts';
import type { Auth } from '../people/auth.ts';
import type { PasswordChange } from '../people/password-change.ts';
import type { Sessions } from '../people/sessions.ts';
import type { Settings } from '../people/settings.ts';
import type { StrategyTypeDescription } from '../trading/strategies/strategy-types.ts';
import type { Users } from '../people/users.ts';
import type { RateLimits } from '../http/rate-limits.ts';
import type { RouteRegistrar } from '../http/route.ts';
import { registerAccountRoutes } from '../trading/accounts/account-routes.ts';
import type { AccountRouteDependencies } from '../trading/accounts/account-routes.ts';
import { registerAuthRoutes } from '../people/auth-routes.ts';
import { registerDriftRoutes } from '../backtests/drift/drift-routes.ts';
import type { DriftRouteDependencies } from '../backtests/drift/drift-routes.ts';
import { registerBacktestRoutes } from '../backtests/backtest-routes.ts';
import type { BacktestRouteDependencies } from '../backtests/backtest-routes.ts';
import { registerCandleRoutes } from '../prices/candles/candle-routes.ts';
import type { CandleRouteDependencies } from '../prices/candles/candle-routes.ts';
import { registerSeriesAdminRoutes } from '../prices/administration/series-admin-routes.ts';
import type { SeriesAdminRouteDependencies } from '../prices/administration/series-admin-routes.ts';
import { registerPriceSeriesRoutes } from '../prices/series/price-series-routes.ts';
import type { PriceSeriesRouteDependencies } from '../prices/series/price-series-routes.ts';
import { registerEventRoutes } from '../journal/event-routes.ts';
import type { EventRouteDependencies } from '../journal/event-routes.ts';
import { registerInstrumentRoutes } from '../prices/instrument-routes.ts';
import { registerMarketRoutes } from '../prices/market-routes.ts';
import type { MarketRouteDependencies } from '../prices/market-routes.ts';
import { registerChannelRoutes } from '../notifications/channels/channel-routes.ts';
import type { ChannelRouteDependencies } from '../notifications/channels/channel-routes.ts';
import { registerNotificationSettingsRoutes } from '../notifications/channels/notification-settings-routes.ts';
import { registerDeliveryRoutes } from '../notifications/delivery/delivery-routes.ts';
import type { DeliveryRouteDependencies } from '../notifications/delivery/delivery-routes.ts';
import { registerPushRoutes } from '../notifications/push/push-routes.ts';
import type { PushRouteDependencies } from '../notifications/push/push-routes.ts';
import { registerNotificationRoutes } from '../notifications/notification-routes.ts';
import type { NotificationRouteDependencies } from '../notifications/notification-routes.ts';
import { registerMeRoutes } from '../people/me-routes.ts';
import { registerBulkOrderRoutes } from '../trading/orders/bulk-order-routes.ts';
import { registerOrderRoutes } from '../trading/orders/order-routes.ts';
import type { OrderRouteDependencies } from '../trading/orders/order-routes.ts';
import { registerOrderTimelineRoute } from '../trading/orders/order-timeline-routes.ts';
import type { OrderTimelineRouteDependencies } from '../trading/orders/order-timeline-routes.ts';
import { registerEmailRoutes } from '../people/email/email-routes.ts';
import type { EmailRouteDependencies } from '../people/email/email-routes.ts';
import { registerPasswordResetRoutes } from '../people/email/password-reset-routes.ts';
import type { PasswordResetRouteDependencies } from '../people/email/password-reset-routes.ts';
import { registerPositionRoutes } from '../trading/positions/position-routes.ts';
import type { PositionRouteDependencies } from '../trading/positions/position-routes.ts';
import { registerSecondFactorRoutes } from '../people/second-factor/second-factor-routes.ts';
import type { SecondFactorRouteDependencies } from '../people/second-factor/second-factor-routes.ts';
import { registerSessionRoutes } from '../people/session-routes.ts';
import { registerSettingsRoutes } from '../people/settings-routes.ts';
import { registerStrategyRoutes } from '../trading/strategies/strategy-routes.ts';
import type { StrategyRouteDependencies } from '../trading/strategies/strategy-routes.ts';
import { registerStrategyLifecycle } from '../trading/strategies/strategy-lifecycle-routes.ts';
import { registerStrategyTypeRoutes } from '../trading/strategies/strategy-type-routes.ts';
import { registerAdministrationRoutes } from '../operations/administration/administration-routes.ts';
import type { AdministrationRouteDependencies } from '../operations/administration/administration-routes.ts';
import { registerJobRoutes } from '../operations/jobs/job-routes.ts';
import type { JobRouteDependencies } from '../operations/jobs/job-routes.ts';
import { registerTradingAdminRoutes } from '../trading/administration/trading-admin-routes.ts';
import type { TradingAdminRouteDependencies } from '../trading/administration/trading-admin-routes.ts';
import { registerEquityRoutes } from '../trading/equity/equity-routes.ts';
import { registerLedgerRoutes } from '../trading/ledger/ledger-routes.ts';
import { registerTradeRoutes } from '../trading/trades/trade-routes.ts';
import type { EquityRouteDependencies } from '../trading/equity/equity-routes.ts';
import { registerNewsCalendarRoutes } from '../trading/limits/news-calendar-routes.ts';
import type { LedgerRouteDependencies } from '../trading/ledger/ledger-routes.ts';
import type { TradeRouteDependencies } from '../trading/trades/trade-routes.ts';

interface PeopleRouteDependencies {
  readonly publicUrl: string;
  readonly rateLimits: RateLimits;
  readonly auth: Auth;
  readonly passwordChange: PasswordChange;
  readonly users: Users;
  readonly sessions: Sessions;
  readonly settings: Settings;
  readonly strategyTypes: readonly StrategyTypeDescription[];
}

export type RouteDependencies = PeopleRouteDependencies &
  ApiKeyRouteDependencies &
  PasswordResetRouteDependencies &
  EmailRouteDependencies &
  SecondFactorRouteDependencies &
  UserAdminRouteDependencies &
  ServerSettingsRouteDependencies &
  BlockedIpRouteDependencies &
  SecurityOverviewRouteDependencies &
  AccountRouteDependencies &
  TradingAdminRouteDependencies &
  JobRouteDependencies &
  AdministrationRouteDependencies &
  StrategyRouteDependencies &
  OrderRouteDependencies &
  OrderTimelineRouteDependencies &
  PositionRouteDependencies &
  EquityRouteDependencies &
  LedgerRouteDependencies &
  TradeRouteDependencies &
  EventRouteDependencies &
  MarketRouteDependencies &
  PriceSeriesRouteDependencies &
  SeriesAdminRouteDependencies &
  CandleRouteDependencies &
  DriftRouteDependencies &
  NotificationRouteDependencies &
  PushRouteDependencies &
  ChannelRouteDependencies &
  DeliveryRouteDependencies &
  BacktestRouteDependencies;

/** Returns everything that is served under `/api/v1`. */
export function apiRoutes(deps: RouteDependencies): readonly RouteRegistrar[] {
  return [
    (app) => registerAuthRoutes(app, deps),
    (app) => registerPasswordResetRoutes(app, deps),
    (app) => registerEmailRoutes(app, deps),
    (app) => registerMeRoutes(app, deps),
    (app) => registerSessionRoutes(app, deps),
    (app) => registerSecondFactorRoutes(app, deps),
    (app) => registerApiKeyRoutes(app, deps),
    (app) => registerSettingsRoutes(app, deps),
    (app) => registerUserAdminRoutes(app, deps),
    (app) => registerSessionAdminRoutes(app, deps),
    (app) => registerServerSettingsRoutes(app, deps),
    (app) => registerBlockedIpRoutes(app, deps),
    (app) => registerSecurityOverviewRoutes(app, deps),
    (app) => registerTradingAdminRoutes(app, deps),
    (app) => registerJobRoutes(app, deps),
    (app) => registerAdministrationRoutes(app, deps),
    (app) => registerInstrumentRoutes(app, deps),
    (app) => registerStrategyTypeRoutes(app, deps),
    (app) => registerMarketRoutes(app, deps),
    (app) => registerAccountRoutes(app, deps),
    (app) => registerNewsCalendarRoutes(app, deps),
    (app) => registerStrategyRoutes(app, deps),
    (app) => registerStrategyLifecycle(app, deps),
    (app) => registerOrderRoutes(app, deps),
    (app) => registerBulkOrderRoutes(app, deps),
    (app) => registerOrderTimelineRoute(app, deps),
    (app) => registerPositionRoutes(app, deps),
    (app) => registerEquityRoutes(app, deps),
    (app) => registerLedgerRoutes(app, deps),
    (app) => registerTradeRoutes(app, deps),
    (app) => registerEventRoutes(app, deps),
    (app) => registerPriceSeriesRoutes(app, deps),
    (app) => registerSeriesAdminRoutes(app, deps),
    (app) => registerCandleRoutes(app, deps),
    (app) => registerDriftRoutes(app, deps),
    (app) => registerBacktestRoutes(app, deps),
    (app) => registerNotificationRoutes(app, deps),
    (app) => registerNotificationSettingsRoutes(app, deps),
    (app) => registerPushRoutes(app, deps),
    (app) => registerChannelRoutes(app, deps),
    (app) => registerDeliveryRoutes(app, deps),
  ];
}
