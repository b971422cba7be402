/** The headers of every answer: a request id, no caching, and no content sniffing. */

import type { App } from './route.ts';

/**
 * What Helmet sets, for a server without pages; the API's reader names what it needs itself. Written out, because setting the
 * same headers again for each request cost a tenth of a short answer.
 */
const SECURITY_HEADERS = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'origin-agent-cluster': '?1',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-dns-prefetch-control': 'off',
  'x-frame-options': 'DENY',
  'x-permitted-cross-domain-policies': 'none',
};

/** A year. Sent over plain HTTP, it would lock people out of a server on their own network. */
const ONLY_HTTPS = { 'strict-transport-security': 'max-age=31536000' };

/** Marks every answer, and logs it at debug level. */
export function markAnswers(app: App, publicUrl: string): void {
  const headers = publicUrl.startsWith('https:') ? { ...SECURITY_HEADERS, ...ONLY_HTTPS } : SECURITY_HEADERS;
  app.addHook('onRequest', (request, reply, done) => {
    void reply.headers(headers).header('x-request-id', request.id);
    if (request.url.startsWith('/api')) void reply.header('cache-control', 'no-store');
    done();
  });
  if (app.log.level !== 'debug' && app.log.level !== 'trace') return;
  app.addHook('onResponse', (request, reply, done) => {
    request.log.debug(
      {
        method: request.method,
        route: request.routeOptions.url,
        status: reply.statusCode,
        durationMs: Math.round(reply.elapsedTime),
        userId: request.principal?.userId,
      },
      'request answered',
    );
    done();
  });
}
