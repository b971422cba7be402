/** The routes of a server as it adds them, with who may use each. */

import type { Access, App } from '../../../src/http/route.ts';
import type { JsonSchema } from './schema-values.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface ListedRoute {
  readonly name: string;
  readonly method: Method;
  /** Below `/api/v1`, with `:id` in it. */
  readonly path: string;
  readonly access: Access;
  readonly needsSession: boolean;
  readonly query: JsonSchema | undefined;
  /** Of a JSON body. */
  readonly body: JsonSchema | undefined;
  readonly bodyType: string | undefined;
  readonly answers: readonly JsonSchema[];
}

interface Contents {
  readonly content: Readonly<Record<string, { readonly schema: JsonSchema }>>;
}

/** A registrar that must be the first one, and the routes below `/api/v1` that the others add after it. */
export function listRoutes() {
  const routes: ListedRoute[] = [];
  return {
    routes,
    register: (app: App): void => {
      app.addHook('onRoute', ({ method, url, config = {}, schema = {} }) => {
        const [bodyType, body] = bodyOf(schema.body);
        routes.push({
          name: schema.operationId ?? '',
          method: String(method) as Method,
          path: url.replace('/api/v1', ''),
          access: config.access ?? 'public',
          needsSession: config.needsSession === true,
          query: schema.querystring as JsonSchema | undefined,
          body,
          bodyType,
          answers: Object.values((schema.response ?? {}) as Record<string, JsonSchema | Contents>).flatMap(
            (answer) =>
              'content' in answer ? Object.values(answer.content).map((one) => one.schema) : [answer],
          ),
        });
      });
    },
  };
}

function bodyOf(body: unknown): readonly [string?, JsonSchema?] {
  if (typeof body !== 'object' || body === null) return [];
  if (!('content' in body)) return ['application/json', body];
  const [first] = Object.entries((body as Contents).content);
  return first ? [first[0], first[1].schema] : [];
}
