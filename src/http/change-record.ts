/** Every change that a signed-in person makes is recorded: by the work itself or, where that says nothing, by the request that asked for it. */

import type { FastifyContextConfig, FastifyReply, FastifyRequest } from 'fastify';
import { principalOf } from './authenticate.ts';
import { listOf } from './hooks-of-route.ts';
import { isRecord } from '../core/shared/json.ts';
import { changedFields } from './changed-fields.ts';
import { ThingReaders } from './thing-readers.ts';
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
  /** Whether the work wrote nothing down itself. */
  readonly isOnly: boolean;
}

/** Where changes are recorded. */
export interface ChangeRecord {
  record(change: CarriedOutChange): Promise<void>;
}

/** What is known of a request while it is carried out. */
interface Carried {
  /** Reads what it changes, as its sender sees it; undefined where nothing shows that. */
  readonly read: (() => Promise<unknown>) | undefined;
  readonly before: unknown;
  answer: unknown;
}

/**
 * Records what changes something and left no entry in the journal, or changed what a GET shows: that is compared before and after. Called
 * before anything else takes hold of routes.
 */
export function recordChanges(app: App, changes: ChangeRecord): void {
  const readers = new ThingReaders();
  const carried = new WeakMap<FastifyRequest, Carried>();

  async function keepView(request: FastifyRequest, _reply: FastifyReply, payload: unknown): Promise<unknown> {
    const change = carried.get(request);
    if (change) change.answer = payload;
    return payload;
  }

  async function record(request: FastifyRequest, reply: FastifyReply, payload: unknown): Promise<unknown> {
    const change = carried.get(request);
    carried.delete(request);
    if (!change || reply.statusCode >= 400) return payload;
    const fields = await fieldsOf(request, change);
    const isOnly = (request.actingTurn?.acting?.trace?.entries ?? 0) === 0;
    if (fields === undefined && !isOnly) return payload;
    try {
      await changes.record({ ...describeChange(request), fields, isOnly });
    } catch (error) {
      // It is done, and its answer must go out.
      request.log.error({ err: error }, 'a change could not be recorded in the journal');
    }
    return payload;
  }

  app.addHook('onRoute', (route) => {
    const { handler, config, url } = route;
    if (route.method === 'GET') readers.add(route);
    if (isReading(String(route.method)) || !mayChange(config)) return;
    route.preSerialization = [...listOf(route.preSerialization), keepView];
    route.onSend = [...listOf(route.onSend), record];
    route.handler = async function recorded(request, reply) {
      // What is made by a POST was not there before.
      const isMaking = config.isIdempotent === true && request.method === 'POST';
      const reader = isMaking ? undefined : readers.ofThing(url, config);
      const read = reader && (() => viewOf(() => reader.call(this, request, reply)));
      carried.set(request, { read, before: await read?.(), answer: undefined });
      return handler.call(this, request, reply);
    };
  });
}

function mayChange(config: FastifyContextConfig | undefined): config is FastifyContextConfig {
  const { leavesNoEntry, access } = config ?? {};
  return leavesNoEntry !== true && (access === 'user' || access === 'admin');
}

/** What is not there, or cannot be read now, is refused by the change itself. */
async function viewOf(read: () => unknown): Promise<unknown> {
  try {
    return await read();
  } catch {
    return undefined;
  }
}

async function fieldsOf(
  request: FastifyRequest,
  { read, before, answer }: Carried,
): Promise<ChangedFields | undefined> {
  if (!read || !isRecord(before)) return undefined;
  const after = showsSame(before, answer) ? answer : await read();
  // Only what was deleted is gone; anything else could not be read again.
  if (after === undefined && request.method !== 'DELETE') return undefined;
  return changedFields(fieldsToChange(request), before, after);
}

/** Whether an answer shows the thing that was read before. */
function showsSame(before: Readonly<Record<string, unknown>>, answer: unknown): boolean {
  return (
    isRecord(answer) && answer['id'] === before['id'] && Object.keys(before).every((name) => name in answer)
  );
}

/** Which fields a request may change; undefined when it may be any. */
function fieldsToChange({ method, routeOptions, body }: FastifyRequest): readonly string[] | undefined {
  const { changes } = routeOptions.config;
  if (changes) return changes;
  const namesThem = method === 'PATCH' || method === 'PUT';
  return namesThem && isRecord(body) ? Object.keys(body) : undefined;
}

function describeChange(request: FastifyRequest): Omit<CarriedOutChange, 'fields' | 'isOnly'> {
  const { method, routeOptions, params } = request;
  const { schema, url = '', config } = routeOptions;
  return {
    userId: principalOf(request).userId,
    isAdministration: config.access === 'admin',
    operation: schema?.operationId ?? '',
    method,
    route: url.replace(/^\/api\/v\d+/, ''),
    params: { ...(params as Record<string, string>) },
  };
}
