/** The API's description: OpenAPI 3.1 at `/api/openapi.json`, to read and try at `/api/docs`. Routes without a description are refused. */

import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifySchema, RouteOptions } from 'fastify';
import { PROBLEM_TYPES } from '../core/shared/problem.ts';
import type { ProblemName } from '../core/shared/problem.ts';
import { assert } from '../core/shared/assert.ts';
import { isIdempotentRoute, KEY_LENGTH } from './idempotency/idempotency-hook.ts';
import { isConditionalRoute } from './preconditions.ts';
import { PROBLEM_MEDIA_TYPE } from './problems.ts';
import { READER_PATH } from './route.ts';
import type { App } from './route.ts';
import { ProblemSchema } from './problem-schema.ts';
import { withNamedSchemas } from './named-schemas.ts';
import { takeOptionalBodies } from './optional-bodies.ts';
import { withFiles } from './uploads.ts';

const DESCRIPTION_PATH = '/api/openapi.json';

const TAGS = {
  auth: 'Signing up, in and out',
  me: 'The person who is signed in',
  settings: 'Defaults and notifications of a person',
  accounts: 'Money at a broker',
  market: 'Instruments, candles and stored prices',
  strategies: 'Strategy types, and strategies on accounts',
  orders: 'Orders',
  positions: 'Open positions',
  trades: 'Completed round trips',
  backtests: 'Strategies on stored prices',
  events: 'The journal',
  notifications: 'What a person is notified of',
  admin: 'For administrators',
  health: 'For monitoring the server',
} as const;

/** What the description says of this server. */
interface ApiFacts {
  readonly version: string;
  readonly publicUrl: string;
}

/** Describes every route that is added after it. */
export async function describeApi(app: App, { version, publicUrl }: ApiFacts): Promise<void> {
  app.addSchema(ProblemSchema);
  app.addHook('onRoute', (route) => assertDescribed(route));
  const withOptionalBodies = takeOptionalBodies(app);
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Auto Forex',
        version,
        description:
          'Decimals are text. Times are RFC 3339 in UTC. Lists come in pages: pass `nextCursor` as `cursor`. ' +
          'Everything that is not a success is a problem document (RFC 9457), whose `type` is a link to its explanation.',
      },
      servers: [
        { url: '/', description: 'The server that this description comes from' },
        { url: publicUrl, description: 'Its address for people' },
      ],
      tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer', description: 'The token that a sign-in answers with.' },
          session: {
            type: 'apiKey',
            in: 'cookie',
            name: app.cookieNames.session,
            description: 'The cookie that a sign-in sets.',
          },
        },
      },
      security: [{ bearer: [] }, { session: [] }],
    },
    refResolver: {
      buildLocalReference: (json) => (typeof json['$id'] === 'string' ? json['$id'] : 'unnamed'),
    },
    transformObject: (made) =>
      'openapiObject' in made ? withOptionalBodies(withNamedSchemas(made.openapiObject)) : made.swaggerObject,
    transform: ({ schema, url, route }) => ({ schema: withProblems(schema, route), url }),
  });
  app.get(
    DESCRIPTION_PATH,
    { config: { access: 'public', isDescription: true }, schema: { hide: true } },
    () => app.swagger(),
  );
  await app.register(swaggerUi, {
    routePrefix: READER_PATH,
    staticCSP: READER_POLICY,
    uiConfig: { persistAuthorization: false },
  });
}

/** The policy of the documentation pages; every other answer forbids everything. */
const READER_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'";

/** A route without a description would not be found, or would be used wrongly. */
function assertDescribed({ method, url, schema }: RouteOptions): void {
  if (schema?.hide === true || method === 'HEAD' || method === 'OPTIONS') return;
  const name = `${String(method)} ${url}`;
  assert(schema?.operationId, `an operationId of ${name}`);
  assert(schema.summary, `a summary of ${name}`);
  assert(
    schema.tags?.every((tag) => Object.hasOwn(TAGS, tag)),
    `tags of ${name} that openapi.ts knows`,
  );
  const statuses = Object.keys(responsesOf(schema));
  assert(
    statuses.some((status) => status.startsWith('2')),
    `a schema of the success of ${name}`,
  );
}

function responsesOf({ response }: FastifySchema): Record<string, unknown> {
  return typeof response === 'object' && response !== null ? { ...response } : {};
}

/** What a success means when its schema does not say. */
const SUCCESSES: Readonly<Record<string, string>> = {
  200: 'Here it is.',
  201: 'It is made.',
  202: 'It has begun.',
  207: 'What became of each is in `items`.',
};

function describedSuccesses(schema: FastifySchema, { config }: RouteOptions): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(responsesOf(schema)).map(([status, success]) => [
      status,
      {
        description: SUCCESSES[status],
        ...describedBeside(success),
        ...(config?.versionOf && { headers: { ETag: VERSION_HEADER } }),
      },
    ]),
  );
}

/** Returns an answer of JSON with its description beside its schema, which other answers may have as well. */
function describedBeside(success: unknown): object {
  if (typeof success !== 'object' || success === null) return {};
  if (!('type' in success) || success.type === 'null') return success;
  const { description, ...schema }: { type: unknown; description?: unknown } = success;
  return { ...(description !== undefined && { description }), content: { [JSON_MEDIA_TYPE]: { schema } } };
}

const JSON_MEDIA_TYPE = 'application/json';

function withProblems(schema: FastifySchema, route: RouteOptions): FastifySchema {
  const isPublic = route.config?.access === 'public';
  return {
    ...schema,
    ...(route.config?.takesFile === true && { body: withFiles(contentOf(schema)) }),
    ...(isPublic ? { security: [] } : {}),
    ...headersOf(route),
    response: { ...problemResponses(problemsOf(schema, route)), ...describedSuccesses(schema, route) },
  };
}

function contentOf({ body }: FastifySchema): object {
  const { content } = typeof body === 'object' && body !== null && 'content' in body ? body : {};
  return typeof content === 'object' && content !== null ? content : {};
}

function headersOf(route: RouteOptions): { readonly headers?: object } {
  const properties = {
    ...(isIdempotentRoute(route) && { 'idempotency-key': IDEMPOTENCY_HEADER }),
    ...(isConditionalRoute(route) && { 'if-match': CONDITION_HEADER }),
  };
  return Object.keys(properties).length === 0 ? {} : { headers: { type: 'object', properties } };
}

const IDEMPOTENCY_HEADER = {
  type: 'string',
  minLength: 1,
  maxLength: KEY_LENGTH,
  description:
    'Any text of your own. The same request under the same key is done once, and answered the same for 24 hours; after a 202 with the order as it stands then.',
};

const CONDITION_HEADER = {
  type: 'string',
  description:
    'The `ETag` of what you have read: when someone has changed it since, nothing is changed and the answer is 412.',
};

const VERSION_HEADER = {
  type: 'string',
  description: 'The version of what can be changed of it, for the `If-Match` of a change.',
};

/** Returns the problems that a route of this kind may always answer with, and its own. */
function problemsOf(schema: FastifySchema, route: RouteOptions): readonly ProblemName[] {
  const { config, method } = route;
  const names: ProblemName[] = ['internal-error'];
  if (config?.isProbe !== true) {
    names.push('forbidden', 'too-many-requests', 'not-ready', 'shutting-down', 'database-unavailable');
    if (method === 'GET') names.push('read-too-slow');
  }
  if (config?.access !== 'public') names.push('unauthenticated');
  if (schema.params || schema.querystring || schema.body) names.push('invalid-request');
  if (schema.body) names.push('invalid-json', 'payload-too-large', 'unsupported-media-type');
  if (isConditionalRoute(route)) names.push('precondition-failed');
  if (config?.isIdempotent === true) names.push('idempotency-conflict', 'request-in-progress');
  return [...names, ...(config?.problems ?? [])];
}

function problemResponses(names: readonly ProblemName[]): Record<string, unknown> {
  const namesByStatus = Object.groupBy(names, (name) => String(PROBLEM_TYPES[name].status));
  return Object.fromEntries(
    Object.entries(namesByStatus).map(([status, sameStatus = []]) => [
      status,
      {
        description: sameStatus
          .map((name) => `${PROBLEM_TYPES[name].title} (\`/problems/${name}\`).`)
          .join(' '),
        content: { [PROBLEM_MEDIA_TYPE]: { schema: { $ref: 'Problem#' } } },
      },
    ]),
  );
}
