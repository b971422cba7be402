/** `/metrics`, for Prometheus and for no one else: it needs the token of the settings. */

import { createHash, timingSafeEqual } from 'node:crypto';
import { Type } from 'typebox';
import { Problem } from '../../core/shared/problem.ts';
import { presentedToken } from '../../http/client.ts';
import type { App } from '../../http/route.ts';

export interface MetricsRouteDependencies {
  readonly token: string;
  readonly contentType: string;
  readonly read: () => Promise<string>;
}

/** Adds the route. It answers while the server starts and while the database is away. */
export function registerMetricsRoute(app: App, { token, contentType, read }: MetricsRouteDependencies): void {
  app.get('/metrics', {
    config: { access: 'public', isProbe: true, problems: ['unauthenticated'] },
    logLevel: 'warn',
    schema: {
      operationId: 'getMetrics',
      summary: 'What Prometheus reads',
      tags: ['health'],
      // It is not for people who use the API.
      hide: true,
      response: {
        200: { description: 'The metrics.', content: { 'text/plain': { schema: Type.String() } } },
      },
    },
    handler: async (request, reply) => {
      const presented = presentedToken(request);
      if (presented?.by !== 'bearer' || !isSame(presented.token, token))
        throw new Problem('unauthenticated', 'The token of METRICS_TOKEN is needed.');
      return reply
        .header('cache-control', 'no-store')
        .type(contentType)
        .send(await read());
    },
  });
}

/** Compares in a time that says nothing about the secret. */
function isSame(given: string, secret: string): boolean {
  return timingSafeEqual(digest(given), digest(secret));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
