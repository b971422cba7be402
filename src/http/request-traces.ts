/** The trace of each request of the API: opened when it arrives, named in its log lines and its answer, and ended with that. */

import type { FastifyRequest } from 'fastify';
import { API_PREFIX } from './route.ts';
import type { App } from './route.ts';
import type { RequestTrace, RequestTracing } from '../process/tracing.ts';

/** Opens a trace for each request of the API. */
export function traceRequests(app: App, tracing: RequestTracing): void {
  const traces = new WeakMap<FastifyRequest, RequestTrace>();

  app.addHook('onRequest', (request, reply, done) => {
    const { url: route } = request.routeOptions;
    if (route?.startsWith(API_PREFIX) !== true) return done();
    const { traceparent } = request.headers;
    const sent = typeof traceparent === 'string' ? traceparent : undefined;
    const trace = tracing.openRequest(`${request.method} ${route}`, sent);
    traces.set(request, trace);
    request.log = request.log.child({ traceId: trace.traceId });
    void reply.header('traceparent', trace.traceparent);
    // One whose sender has gone gets no answer, and is the one that took too long.
    reply.raw.once('close', () => {
      if (!reply.raw.writableFinished) trace.end(undefined);
    });
    trace.within(done);
  });
  // The body was read since, in the events of the connection.
  app.addHook('preValidation', (request, _reply, done) => {
    const trace = traces.get(request);
    if (trace) trace.within(done);
    else done();
  });
  app.addHook('onResponse', (request, reply, done) => {
    traces.get(request)?.end(reply.statusCode);
    done();
  });
}
