/** Makes requests meet the faults that are armed for them, whatever route answers. */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { brokenAnswer } from './broken-answer.ts';
import { changedAnswer } from './changed-answer.ts';
import { faultPathOf } from './fault-path.ts';
import { released } from './released.ts';
import type { Simulator } from '../simulator.ts';
import type { ArmedFault, FaultPlan, FaultTarget } from './fault-plan.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** What happens to this request besides its answer; one at most. */
    metFault: ArmedFault<(typeof TRANSPORT_FAULTS)[number]> | undefined;
  }
}

const TRANSPORT_FAULTS = [
  'request-lost',
  'answer-lost',
  'request-delayed',
  'answer-delayed',
  'status',
] as const;

/** Marks a request that was held up and comes now: it has met its fault. */
const LATE_HEADER = 'simulator-late';

/** Adds the hooks, to be called before the routes are there. */
export function addFaultHooks(app: FastifyInstance, simulator: Simulator, faults: FaultPlan): void {
  const closing = new AbortController();
  app.addHook('preClose', async () => closing.abort());
  app.decorateRequest('metFault', undefined);

  app.addHook('onRequest', async (request, reply) => {
    const target = targetOf(request);
    if (!target || LATE_HEADER in request.headers) return;
    request.metFault = faults.take(TRANSPORT_FAULTS, target);
    const fault = request.metFault?.fault;
    if (fault?.fault === 'request-lost') loseConnection(request, reply);
    if (fault?.fault === 'status' && fault.applied !== true) {
      const { status, headers, text } = brokenAnswer(fault);
      await reply.status(status).headers(headers).serializer(String).send(text);
    }
  });

  app.addHook('preHandler', async (request, reply) => {
    const met = request.metFault;
    if (met?.fault.fault !== 'request-delayed') return;
    const { method, url, headers, body } = request;
    loseConnection(request, reply);
    void released(met.fault.delayMs, met.removed, closing.signal).then(async (isOpen) => {
      if (!isOpen) return;
      const { 'content-length': _length, ...kept } = headers;
      await app.inject({
        method: method as 'GET',
        url,
        headers: { ...kept, [LATE_HEADER]: 'true' },
        ...(body !== undefined && { payload: JSON.stringify(body) }),
      });
    });
  });

  app.addHook('onSend', async (request, reply, payload: unknown) => {
    const target = targetOf(request);
    if (!target) return payload;
    const met = request.metFault;
    const fault = met?.fault;
    if (met && fault?.fault === 'answer-delayed') await released(fault.delayMs, met.removed, closing.signal);
    if (fault?.fault === 'answer-lost') request.raw.socket.destroy();
    if (fault?.fault === 'status') {
      const { status, headers, text } = brokenAnswer(fault);
      // A gateway knows nothing of what the request did.
      void reply.removeHeader('location').removeHeader('link').status(status).headers(headers);
      return text;
    }
    return typeof payload === 'string'
      ? changedAnswer(payload, { target, reply, simulator, faults })
      : payload;
  });
}

function targetOf({ method, url }: FastifyRequest): FaultTarget | undefined {
  const path = faultPathOf(url);
  return path === undefined ? undefined : { method, path };
}

/** The client learns that its connection is gone, and nothing more. */
function loseConnection(request: FastifyRequest, reply: FastifyReply): void {
  reply.hijack();
  request.raw.socket.destroy();
}
