/** Makes the description of the API and the pages that show it, by an app of its own whose routes are only described. */

import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import { fastify } from 'fastify';
import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger';
import type { FastifyRequest, FastifySchema, RouteOptions } from 'fastify';
import { responsesOf, TAGS } from './described-routes.ts';
import { PROBLEM_TYPES } from '../core/shared/problem.ts';
import type { ProblemName } from '../core/shared/problem.ts';
import { isIdempotentRoute, KEY_LENGTH } from './idempotency/idempotency-hook.ts';
import { isConditionalRoute } from './preconditions.ts';
import { PROBLEM_MEDIA_TYPE } from './problems.ts';
import { READER_PATH } from './route.ts';
import { ProblemSchema } from './problem-schema.ts';
import { withNamedSchemas } from './named-schemas.ts';
import type { takeOptionalBodies } from './optional-bodies.ts';
import { withFiles } from './uploads.ts';

/** What the description says of this server. */
export interface ApiFacts {
  readonly version: string;
  readonly publicUrl: string;
}

interface DescribedApp extends ApiFacts {
  /** The name of the cookie that a sign-in sets. */
  readonly session: string;
  readonly withOptionalBodies: ReturnType<typeof takeOptionalBodies>;
}

/** A page of the reader, or a file that it loads. */
interface ReaderPage {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface ApiDescription {
  /** OpenAPI. */
  readonly document: object;
  /** Answers a request below {@link READER_PATH}. */
  page(request: FastifyRequest): Promise<ReaderPage>;
}

/** The policy of the documentation pages; every other answer forbids everything. */
const READER_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'";

/** Those of the connection between the reader and this server are not its answer's. */
const OF_CONNECTION = new Set(['connection', 'keep-alive', 'transfer-encoding', 'content-length', 'date']);

export async function makeDescription(
  routes: readonly RouteOptions[],
  api: DescribedApp,
): Promise<ApiDescription> {
  const app = fastify({ exposeHeadRoutes: false });
  app.setValidatorCompiler(() => () => true);
  app.setSerializerCompiler(() => (answer) => JSON.stringify(answer));
  app.addSchema(ProblemSchema);
  await app.register(swagger, {
    openapi: openApiOf(api),
    refResolver: {
      buildLocalReference: (json) => (typeof json['$id'] === 'string' ? json['$id'] : 'unnamed'),
    },
    transformObject: (made) =>
      'openapiObject' in made
        ? api.withOptionalBodies(withNamedSchemas(made.openapiObject))
        : made.swaggerObject,
    transform: ({ schema, url, route }) => ({ schema: withProblems(schema, route), url }),
  });
  for (const { method, url, schema = {}, config = {} } of routes)
    app.route({ method, url, schema: { ...schema }, config, handler: () => undefined });
  await app.register(swaggerUi, {
    routePrefix: READER_PATH,
    staticCSP: READER_POLICY,
    uiConfig: { persistAuthorization: false },
  });
  await app.ready();
  return {
    document: app.swagger(),
    page: async ({ url, headers }) => {
      const { statusCode: status, headers: answered, rawPayload: body } = await app.inject({ url, headers });
      const own = Object.entries(answered).filter(([name]) => !OF_CONNECTION.has(name));
      return { status, headers: Object.fromEntries(own.map(([name, value]) => [name, String(value)])), body };
    },
  };
}

function openApiOf({
  version,
  publicUrl,
  session,
}: DescribedApp): NonNullable<FastifyDynamicSwaggerOptions['openapi']> {
  return {
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
          name: session,
          description: 'The cookie that a sign-in sets.',
        },
      },
    },
    security: [{ bearer: [] }, { session: [] }],
  };
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
