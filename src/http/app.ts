/**
 * The HTTP server. It can listen before anything else runs: until `readiness.isReady`, everything but the health routes is
 * answered with 503. `server/routes.ts` says how to add routes.
 */

import cookie from '@fastify/cookie';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { fastify } from 'fastify';
import type { FastifyBaseLogger } from 'fastify';
import type { Idempotency } from './idempotency/idempotency.ts';
import type { RequestTracing } from '../process/tracing.ts';
import type { AddressBlocks, RefusalRecord, Tokens } from './principal.ts';
import { actAsSender } from './acting-sender.ts';
import { refuseUnknownAddresses } from './allowed-methods.ts';
import { endUnfinishedRequests } from './arriving-requests.ts';
import { authenticate } from './authenticate.ts';
import type { DescriptionRule } from './authenticate.ts';
import { limitPublicBodies } from './body-limits.ts';
import { countAnswers } from './answer-counts.ts';
import type { AnsweredRequest } from './answer-counts.ts';
import { markAnswers } from './answer-headers.ts';
import { recordChanges } from './change-record.ts';
import type { ChangeRecord } from './change-record.ts';
import { nameCookies } from './cookies.ts';
import { registerHealthRoutes, refuseUntilReady } from './health.ts';
import { answerFailures } from './held-refusals.ts';
import type { HealthDependencies } from './health.ts';
import { honourIdempotencyKeys } from './idempotency/idempotency-hook.ts';
import { describeApi } from './openapi.ts';
import { markVersions } from './preconditions.ts';
import { registerProblemRoutes } from './problem-pages.ts';
import { addRateLimits, requestCounters } from './rate-limits.ts';
import type { RateLimits } from './rate-limits.ts';
import type { Readiness } from './readiness.ts';
import { limitReadsAtOnce } from './reads-at-once.ts';
import { traceRequests } from './request-traces.ts';
import { API_PREFIX } from './route.ts';
import type { App, RouteRegistrar } from './route.ts';
import { HEADERS_TIMEOUT_MS, limitJson, serverOptions } from './server-options.ts';
import { serializerCompiler } from './serialization.ts';
import { validatorCompiler } from './validation.ts';

export interface HttpConfig {
  /** The address that people type, `https://forex.example.org`; cookies are `Secure` when it is https. */
  readonly publicUrl: string;
  /** Addresses and ranges of the proxies whose `X-Forwarded-*` headers are believed. */
  readonly trustedProxies: readonly string[];
  readonly rateLimits: RateLimits;
  /** The server's version, for the API's description. */
  readonly version: string;
}

export interface HttpDependencies {
  readonly log: FastifyBaseLogger;
  readonly config: HttpConfig;
  readonly readiness: Readiness;
  readonly obstacle: HealthDependencies['obstacle'];
  /** Called with each answered request. */
  readonly onAnswered?: ((answered: AnsweredRequest) => void) | undefined;
  /** Records what took how long for each request, where someone collects that. */
  readonly tracing?: RequestTracing | undefined;
  /** What is served beside the API, for programs that watch the server. */
  readonly probes?: readonly RouteRegistrar[];
  readonly credentials: Tokens;
  readonly blockedIps: AddressBlocks;
  readonly refusals: RefusalRecord;
  readonly changes: ChangeRecord;
  readonly serverSettings: DescriptionRule;
  readonly idempotency: Idempotency;
  /** What is served under `/api/v1`. */
  readonly routes: readonly RouteRegistrar[];
}

/** Makes the server; `listen` and `close` are the caller's. The order below is the order in which a request passes its parts. */
export async function createApp(deps: HttpDependencies): Promise<App> {
  const { config, readiness, obstacle, credentials, blockedIps } = deps;
  const app: App = fastify(
    serverOptions(deps.log, config.trustedProxies),
  ).withTypeProvider<TypeBoxTypeProvider>();
  app.server.headersTimeout = HEADERS_TIMEOUT_MS;
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  answerFailures(app);
  limitJson(app);
  limitPublicBodies(app);
  recordChanges(app, deps.changes);
  limitReadsAtOnce(app, config.rateLimits);
  refuseUnknownAddresses(app);
  endUnfinishedRequests(app);

  if (deps.tracing) traceRequests(app, deps.tracing);
  markAnswers(app, config.publicUrl);
  if (deps.onAnswered) countAnswers(app, deps.onAnswered);
  refuseUntilReady(app, readiness);
  await app.register(cookie);
  nameCookies(app, config.publicUrl);
  await addRateLimits(app);
  authenticate(app, {
    tokens: credentials,
    blocks: blockedIps,
    refusals: deps.refusals,
    rules: deps.serverSettings,
    publicUrl: config.publicUrl,
    count: requestCounters(config.rateLimits),
  });
  actAsSender(app);
  honourIdempotencyKeys(app, deps.idempotency, deps.tracing);
  markVersions(app);
  describeApi(app, config);

  registerHealthRoutes(app, { readiness, obstacle });
  for (const register of deps.probes ?? []) register(app);
  registerProblemRoutes(app);
  await app.register(
    async (api: App) => {
      for (const register of deps.routes) register(api);
    },
    { prefix: API_PREFIX },
  );
  return app;
}
