/**
 * The list of everything under `/api/v1`.
 *
 * To add routes, write `registerXRoutes(app, deps)` in a file beside this one, add what it needs to `RouteDependencies`, and add
 * one line to the list below. A route says who may use it and what it may answer:
 *
 *     app.post('/orders', {
 *       config: { isIdempotent: true, problems: ['order-denied'] },       // access: 'public' | 'user' (default) | 'admin'
 *       schema: { operationId: 'placeOrder', summary: '…', tags: ['orders'], body: OrderBody, response: { 201: OrderView } },
 *       handler: async (request, reply) => {
 *         const { userId } = principalOf(request);
 *         const order = await orderDesk.place({ id: request.reservedId, userId, accountId, terms });
 *         return reply.code(201).header('location', `/api/v1/orders/${order.id}`).send(orderView(order));
 *       },
 *     });
 *
 * Bodies and queries are objects with `additionalProperties: false`. Failures are thrown as `AppError`; problems that every
 * route of a kind may answer with are described without being named. What an idempotent route makes must be stored under
 * `reservedId` before anything else happens: a request that is repeated has the same one, and finds what was made.
 */

import type { Auth } from '../../services/auth.ts';
import type { Sessions } from '../../services/sessions.ts';
import type { Settings } from '../../services/settings.ts';
import type { StrategyTypeDescription } from '../../services/strategy-types.ts';
import type { Users } from '../../services/users.ts';
import type { RateLimits } from '../rate-limits.ts';
import type { RouteRegistrar } from '../route.ts';
import { registerAccountRoutes } from './accounts.ts';
import type { AccountRouteDependencies } from './accounts.ts';
import { registerAuthRoutes } from './auth.ts';
import { registerBacktestRoutes } from './backtests.ts';
import type { BacktestRouteDependencies } from './backtests.ts';
import { registerPriceSeriesRoutes } from './price-series.ts';
import type { PriceSeriesRouteDependencies } from './price-series.ts';
import { registerEventRoutes } from './events.ts';
import type { EventRouteDependencies } from './events.ts';
import { registerInstrumentRoutes } from './instruments.ts';
import { registerMarketRoutes } from './market.ts';
import type { MarketRouteDependencies } from './market.ts';
import { registerMeRoutes } from './me.ts';
import { registerOrderRoutes } from './orders.ts';
import type { OrderRouteDependencies } from './orders.ts';
import { registerPositionRoutes } from './positions.ts';
import type { PositionRouteDependencies } from './positions.ts';
import { registerSessionRoutes } from './sessions.ts';
import { registerSettingsRoutes } from './settings.ts';
import { registerStrategyRoutes } from './strategies.ts';
import type { StrategyRouteDependencies } from './strategies.ts';
import { registerStrategyLifecycle } from './strategy-lifecycle.ts';
import { registerStrategyTypeRoutes } from './strategy-types.ts';
import { registerTradeRoutes } from './trades.ts';
import type { TradeRouteDependencies } from './trades.ts';

interface PeopleRouteDependencies {
  readonly publicUrl: string;
  readonly rateLimits: RateLimits;
  readonly auth: Auth;
  readonly users: Users;
  readonly sessions: Sessions;
  readonly settings: Settings;
  readonly strategyTypes: readonly StrategyTypeDescription[];
}

export type RouteDependencies = PeopleRouteDependencies &
  AccountRouteDependencies &
  StrategyRouteDependencies &
  OrderRouteDependencies &
  PositionRouteDependencies &
  TradeRouteDependencies &
  EventRouteDependencies &
  MarketRouteDependencies &
  PriceSeriesRouteDependencies &
  BacktestRouteDependencies;

/** Returns everything that is served under `/api/v1`. */
export function apiRoutes(deps: RouteDependencies): readonly RouteRegistrar[] {
  return [
    (app) => registerAuthRoutes(app, deps),
    (app) => registerMeRoutes(app, deps),
    (app) => registerSessionRoutes(app, deps),
    (app) => registerSettingsRoutes(app, deps),
    (app) => registerInstrumentRoutes(app),
    (app) => registerStrategyTypeRoutes(app, deps),
    (app) => registerMarketRoutes(app, deps),
    (app) => registerAccountRoutes(app, deps),
    (app) => registerStrategyRoutes(app, deps),
    (app) => registerStrategyLifecycle(app, deps),
    (app) => registerOrderRoutes(app, deps),
    (app) => registerPositionRoutes(app, deps),
    (app) => registerTradeRoutes(app, deps),
    (app) => registerEventRoutes(app, deps),
    (app) => registerPriceSeriesRoutes(app, deps),
    (app) => registerBacktestRoutes(app, deps),
  ];
}
