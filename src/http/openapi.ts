/**
 * The API's description: OpenAPI 3.1 at `/api/openapi.json`, to read and try at `/api/docs`. Routes without a description are refused.
 * It is made when the first request asks for it; the packages that make it are loaded then.
 */

import type { FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import { Problem } from '../core/shared/problem.ts';
import { assertDescribed } from './described-routes.ts';
import { takeOptionalBodies } from './optional-bodies.ts';
import { READER_PATH } from './route.ts';
import type { App } from './route.ts';
import type { ApiDescription, ApiFacts } from './openapi-document.ts';

const DESCRIPTION_PATH = '/api/openapi.json';

/** Both can be for people who are signed in alone; no description describes itself. */
const OPTIONS = { config: { access: 'public', isDescription: true }, schema: { hide: true } } as const;

declare module 'fastify' {
  interface FastifyInstance {
    /** Returns the description of the routes. For an app that is ready. */
    describeRoutes: () => Promise<ApiDescription>;
  }
}

/** Describes every route that is added after it. */
export function describeApi(app: App, facts: ApiFacts): void {
  const routes: RouteOptions[] = [];
  const withOptionalBodies = takeOptionalBodies(app);
  app.addHook('onRoute', (route) => {
    assertDescribed(route);
    if (route.schema?.hide !== true) routes.push(route);
  });
  let description: Promise<ApiDescription> | undefined;
  const make = async (): Promise<ApiDescription> => {
    const { makeDescription } = await import('./openapi-document.ts');
    const session = app.cookieNames.session;
    return makeDescription(routes, { ...facts, session, withOptionalBodies });
  };
  const describeRoutes = (): Promise<ApiDescription> => {
    if (description) return description;
    const making = make();
    description = making;
    // Those who wait for it fail; the next request makes it again.
    making.catch(() => (description = undefined));
    return making;
  };
  app.decorate('describeRoutes', describeRoutes);
  app.get(DESCRIPTION_PATH, OPTIONS, async () => (await describeRoutes()).document);
  const showPage = async (request: FastifyRequest, reply: FastifyReply) => {
    const { status, headers, body } = await (await describeRoutes()).page(request);
    if (status === 404) throw new Problem('not-found', 'There is no such address.');
    return reply.code(status).headers(headers).send(body);
  };
  app.get(READER_PATH, OPTIONS, showPage);
  app.get(`${READER_PATH}/*`, OPTIONS, showPage);
}
