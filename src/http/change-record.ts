/** Every change that a signed-in person makes is recorded: by the work itself or, where that says nothing, by the request that asked for it. */

import type { FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import { principalOf } from './authenticate.ts';
import { listOf } from './hooks-of-route.ts';
import { changedFields } from './changed-fields.ts';
import { isReading } from './route.ts';
import type { ChangedFields } from './changed-fields.ts';
import type { App } from './route.ts';

/** A request that changed something. */
export interface CarriedOutChange {
  readonly userId: string;
  readonly isAdministration: boolean;
  readonly operation: string;
  readonly method: string;
  /** The path of the route, without ids, below the API's. */
  readonly route: string;
  readonly params: Readonly<Record<string, string>>;
  /** What the sender could see before and after, of what was to change. */
  readonly fields: ChangedFields | undefined;
}

/** Where changes are recorded. */
export interface ChangeRecord {
  record(change: CarriedOutChange): Promise<void>;
}

/** What is known of a request while it is carried out. */
interface Carried {
  readonly before: unknown;
  after: unknown;
}

type Handler = RouteOptions['handler'];

/**
 * Records what changes something and left no entry in the journal, or changed fields of what is described by a GET of the same path: those
 * are compared before and after. Called before anything else takes hold of routes.
 */
export function recordChanges(app: App, changes: ChangeRecord): void {
  const readers = new Map<string, Handler>();
  const carried = new WeakMap<FastifyRequest, Carried>();

  async function keepView(request: FastifyRequest, _reply: FastifyReply, payload: unknown): Promise<unknown> {
    const change = carried.get(request);
    if (change) change.after = payload;
    return payload;
  }

  async function record(request: FastifyRequest, reply: FastifyReply, payload: unknown): Promise<unknown> {
    const change = carried.get(request);
    carried.delete(request);
    if (!change || reply.statusCode >= 400) return payload;
    const fields = changedFields(request.body, change.before, change.after);
    if (fields === undefined && (request.actingTurn?.acting?.trace?.entries ?? 0) > 0) return payload;
    try {
      await changes.record(describeChange(request, fields));
    } catch (error) {
      // It is done, and its answer must go out.
      request.log.error({ err: error }, 'a change could not be recorded in the journal');
    }
    return payload;
  }

  app.addHook('onRoute', (route) => {
    const { handler, config, url } = route;
    if (route.method === 'GET') readers.set(url, handler);
    if (isReading(String(route.method)) || config?.leavesNoEntry === true) return;
    if (config?.access !== 'user' && config?.access !== 'admin') return;
    route.preSerialization = [...listOf(route.preSerialization), keepView];
    route.onSend = [...listOf(route.onSend), record];
    route.handler = async function recorded(request, reply) {
      const reader = route.method === 'PATCH' && config.cost !== 'trade' ? readers.get(url) : undefined;
      const before = reader && (await viewOf(() => reader.call(this, request, reply)));
      carried.set(request, { before, after: undefined });
      return handler.call(this, request, reply);
    };
  });
}

/** What is not there, or cannot be read now, is refused by the change itself. */
async function viewOf(read: () => unknown): Promise<unknown> {
  try {
    return await read();
  } catch {
    return undefined;
  }
}

function describeChange(request: FastifyRequest, fields: ChangedFields | undefined): CarriedOutChange {
  const { method, routeOptions, params } = request;
  const { schema, url = '', config } = routeOptions;
  return {
    userId: principalOf(request).userId,
    isAdministration: config.access === 'admin',
    operation: schema?.operationId ?? '',
    method,
    route: url.replace(/^\/api\/v\d+/, ''),
    params: { ...(params as Record<string, string>) },
    fields,
  };
}
