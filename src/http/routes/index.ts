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
 *         const order = await orderDesk.place(userId, { ...request.body, id: request.reservedId });
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
import { registerAuthRoutes } from './auth.ts';
import { registerInstrumentRoutes } from './instruments.ts';
import { registerMeRoutes } from './me.ts';
import { registerSessionRoutes } from './sessions.ts';
import { registerSettingsRoutes } from './settings.ts';
import { registerStrategyTypeRoutes } from './strategy-types.ts';

export interface RouteDependencies {
  readonly publicUrl: string;
  readonly rateLimits: RateLimits;
  readonly auth: Auth;
  readonly users: Users;
  readonly sessions: Sessions;
  readonly settings: Settings;
  readonly strategyTypes: readonly StrategyTypeDescription[];
}

/** Returns everything that is served under `/api/v1`. */
export function apiRoutes(deps: RouteDependencies): readonly RouteRegistrar[] {
  return [
    (app) => registerAuthRoutes(app, deps),
    (app) => registerMeRoutes(app, deps),
    (app) => registerSessionRoutes(app, deps),
    (app) => registerSettingsRoutes(app, deps),
    (app) => registerInstrumentRoutes(app),
    (app) => registerStrategyTypeRoutes(app, deps),
  ];
}
