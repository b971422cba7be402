/** The HTTP face of the simulator: OANDA's v20 API below `/v3`, on plain HTTP, REST and streams on one port. */

import { fastify } from 'fastify';
import type { FastifyBaseLogger, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { registerAccountRoutes } from './account-routes.ts';
import { registerBookRoutes } from './books/book-routes.ts';
import { registerCandleRoutes } from './candles/candle-routes.ts';
import { refuseConnections } from './faults/connection-faults.ts';
import { addFaultHooks } from './faults/fault-hooks.ts';
import { FaultPlan } from './faults/fault-plan.ts';
import { registerFaultRoutes } from './faults/fault-routes.ts';
import { registerOrderRoutes } from './order-routes.ts';
import { registerPositionRoutes } from './position-routes.ts';
import { PriceBoard } from './prices/price-board.ts';
import { registerPricingRoutes } from './prices/pricing-routes.ts';
import { registerStreamRoutes } from './streams/stream-routes.ts';
import { SYSTEM_TIMERS } from './streams/stream-timers.ts';
import { refuseUnknownPaths } from './unknown-paths.ts';
import { V20Error, invalidValue, unauthorized } from './v20-error.ts';
import { registerTradeRoutes } from './trade-routes.ts';
import { registerTransactionRoutes } from './transaction-routes.ts';
import { wireJson } from './wire/time.ts';
import type { QuoteHistory } from './candles/candle-store.ts';
import type { Simulator } from './simulator.ts';
import type { StreamTimers } from './streams/stream-timers.ts';
import type { TimeFormat } from './wire/time.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The format of times in the answer. */
    timeFormat: TimeFormat;
  }
}

export interface SimulatorAppOptions {
  readonly simulator: Simulator;
  /** The only token that is taken; when left out, any of the shape that OANDA's have. */
  readonly token?: string | undefined;
  readonly log?: FastifyBaseLogger | undefined;
  /** Prices of before the simulator began, of which candles are made; none when left out. */
  readonly history?: QuoteHistory | undefined;
  /** Those of the machine when left out. */
  readonly timers?: StreamTimers | undefined;
}

/** Where the API is. */
const V20_PREFIX = '/v3';

/** Bodies of requests are a few hundred bytes; a megabyte leaves room for any that a test sends on purpose. */
const BODY_LIMIT = 1_048_576;

const TOKEN_SHAPE = /^[0-9a-f]{32}-[0-9a-f]{32}$/i;

// A number of 17 digits and more, as OANDA's are.
const FIRST_REQUEST_ID = 42_000_000_000_000_000n;

/** Makes the server; `listen` and `close` are the caller's, and so is the simulator. */
export function createSimulatorApp({
  simulator,
  token,
  log,
  history,
  timers = SYSTEM_TIMERS,
}: SimulatorAppOptions): FastifyInstance {
  const faults = new FaultPlan();
  const board = new PriceBoard(simulator, faults, history);
  let requestId = FIRST_REQUEST_ID;
  const app = fastify({
    ...(log && { loggerInstance: log }),
    bodyLimit: BODY_LIMIT,
    forceCloseConnections: true,
    genReqId: () => String((requestId += 1n)),
    frameworkErrors: (error, request, reply) => refuse(error, request, reply),
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 400 },
  });
  app.decorateRequest('timeFormat', 'RFC3339');
  readJsonBodies(app);
  refuseUnknownPaths(app);
  app.setErrorHandler(refuse);
  app.addHook('onRequest', async (request, reply) => {
    void reply
      .header('RequestID', request.id)
      .type('application/json')
      .serializer((body) => wireJson(body, request.timeFormat));
    request.timeFormat = timeFormatOf(request.headers['accept-datetime-format']);
    if (request.url.startsWith(`${V20_PREFIX}/`) && !isAuthorized(request.headers.authorization, token))
      throw unauthorized();
  });
  addFaultHooks(app, simulator, faults);
  refuseConnections(app.server, faults);
  registerFaultRoutes(app, simulator, faults);
  void app.register(
    async (api) => {
      registerPricingRoutes(api, simulator, board);
      registerCandleRoutes(api, simulator, board);
      registerBookRoutes(api, simulator, board);
      registerStreamRoutes(api, { simulator, board, faults, timers });
      registerAccountRoutes(api, simulator);
      registerOrderRoutes(api, simulator);
      registerTradeRoutes(api, simulator);
      registerPositionRoutes(api, simulator);
      registerTransactionRoutes(api, simulator);
    },
    { prefix: V20_PREFIX },
  );
  return app;
}

/** Bodies are JSON whatever their type says; an empty one is none. */
function readJsonBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => {
    try {
      done(null, body === '' ? undefined : JSON.parse(String(body)));
    } catch {
      done(new V20Error(400, 'Invalid JSON in the body of the request.'));
    }
  });
}

function timeFormatOf(header: string | readonly string[] | undefined): TimeFormat {
  const format = String(header ?? 'RFC3339').toUpperCase();
  if (format === 'UNIX' || format === 'RFC3339') return format;
  throw invalidValue('Accept-Datetime-Format');
}

function isAuthorized(header: string | undefined, token: string | undefined): boolean {
  const given = /^Bearer (\S+)$/i.exec(header ?? '')?.[1];
  if (given === undefined) return false;
  return token === undefined ? TOKEN_SHAPE.test(given) : given === token;
}

/** Answers a request that failed: one whose address cannot be read has seen no hook, and Fastify takes the type from any that fails. */
function refuse(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const { status, body } = asV20Error(error);
  if (status >= 500) request.log.error({ err: error }, 'the simulator failed to answer');
  void reply.header('RequestID', request.id).type('application/json').status(status).send(body);
}

/** What Fastify itself refuses, such as a body that is too large, gets OANDA's kind of body. */
function asV20Error(error: unknown): V20Error {
  if (error instanceof V20Error) return error;
  const status =
    error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number'
      ? error.statusCode
      : 500;
  return status < 500 && error instanceof Error
    ? new V20Error(status === 415 || status === 413 ? 400 : status, error.message)
    : new V20Error(500, 'Internal Server Error');
}
