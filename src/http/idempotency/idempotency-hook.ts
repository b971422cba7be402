/** The header `Idempotency-Key`: a request that is sent again gets the answer of the first time, and nothing is done twice. */

import { hash, randomUUIDv7 } from 'node:crypto';
import type { FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import { Problem } from '../../core/shared/problem.ts';
import { NO_TRACING } from '../../process/tracing.ts';
import type { Tracing } from '../../process/tracing.ts';
import type { Idempotency, Work } from './idempotency.ts';
import type { StoredAnswer } from '../../persistence/idempotency-store.ts';
import { principalOf } from '../authenticate.ts';
import { listOf } from '../hooks-of-route.ts';
import { fileOf, readUpload } from '../uploads.ts';
import type { App } from '../route.ts';

/** The longest key that is stored. */
export const KEY_LENGTH = 255;
const KEY = /^[\x21-\x7e]{1,255}$/;
/** The headers of an answer that belong to what it says. The others are made again for each answer. */
const KEPT_HEADERS = ['content-type', 'location', 'etag'] as const;
/** Kept beside them and not sent: the digest of the file that the request was about. */
const FILE_DIGEST = 'file-digest';

/** Gives the routes that make something their `reservedId`, and keeps and repeats their answers. */
export function honourIdempotencyKeys(
  app: App,
  idempotency: Idempotency,
  tracing: Tracing = NO_TRACING,
): void {
  const workByRequest = new WeakMap<FastifyRequest, Work>();

  async function begin(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const key = readKey(request);
    if (key === undefined) {
      request.reservedId = randomUUIDv7();
      request.isFirstAttempt = true;
      return;
    }
    const route = `${request.method} ${request.routeOptions.url ?? ''}`.slice(0, 255);
    const { userId } = principalOf(request);
    const beginning = await tracing.span('claim key', () =>
      idempotency.begin({ userId, key, route, requestHash: hashOf(request) }),
    );
    if (beginning.kind === 'answered') {
      await assertSameFile(request, beginning.answer);
      return repeat(reply, beginning.answer);
    }
    workByRequest.set(request, beginning);
    request.reservedId = beginning.reservedId;
    request.isFirstAttempt = !beginning.isRepetition;
    return undefined;
  }

  async function end(request: FastifyRequest, reply: FastifyReply, payload: unknown): Promise<unknown> {
    const work = workByRequest.get(request);
    if (!work) return payload;
    workByRequest.delete(request);
    try {
      const about = { work, request, isOpen: isOpen(request, reply) };
      await tracing.span('keep answer', () => settle(idempotency, about, reply, payload));
    } catch (error) {
      // The work is done and its answer must go out. A repetition finds what was made by its id, when the lease is over.
      request.log.warn(
        { err: error, reservedId: work.reservedId },
        'an answer could not be kept for repetitions',
      );
    }
    return payload;
  }

  app.decorateRequest('reservedId', '');
  app.decorateRequest('isFirstAttempt', false);
  app.addHook('onRoute', (route) => {
    if (route.config?.isIdempotent !== true) return;
    route.preHandler = [begin, ...listOf(route.preHandler)];
    route.onSend = [...listOf(route.onSend), end];
  });
}

/**
 * What is kept: successes, and what was refused after it was looked into (422: denied by risk, rejected by the broker). Other
 * refusals created nothing and may be corrected under the same key; after an internal error the outcome is unknown, and a
 * repetition continues under the same id. So it does after a provisional 202, and after an answer that must not be kept.
 */
async function settle(
  idempotency: Idempotency,
  {
    work,
    request,
    isOpen: isAnswerOpen,
  }: { readonly work: Work; readonly request: FastifyRequest; readonly isOpen: boolean },
  reply: FastifyReply,
  payload: unknown,
): Promise<void> {
  const status = reply.statusCode;
  if (status >= 500 || isAnswerOpen) await idempotency.giveUp(work);
  else if (status >= 400 && (status !== 422 || isUnread(fileOf(request)))) await idempotency.refuse(work);
  else await idempotency.complete(work, answerOf(reply, payload, fileOf(request)?.digest));
}

function isOpen({ routeOptions }: FastifyRequest, { statusCode }: FastifyReply): boolean {
  const { is202Provisional = false, showsSecret = false } = routeOptions.config;
  return (statusCode === 202 && is202Provisional) || (statusCode < 300 && showsSecret);
}

/** A file that was refused before its end was read cannot be recognized. */
function isUnread(file: ReturnType<typeof fileOf>): boolean {
  return file !== undefined && file.digest === undefined;
}

/** Reads the file of a repeated request: when it is another one, the answer is not the one to it. */
async function assertSameFile(request: FastifyRequest, { headers }: StoredAnswer): Promise<void> {
  const expected = headers[FILE_DIGEST];
  if (expected === undefined) return;
  await readUpload(request, async ({ bytes }) => {
    for await (const _ of bytes) continue;
  });
  if (fileOf(request)?.digest !== expected)
    throw new Problem('idempotency-conflict', 'The Idempotency-Key was used with another file.');
}

function answerOf(reply: FastifyReply, payload: unknown, digest: string | undefined): StoredAnswer {
  const headers: Record<string, string> = digest === undefined ? {} : { [FILE_DIGEST]: digest };
  for (const name of KEPT_HEADERS) {
    const value = reply.getHeader(name);
    if (value !== undefined) headers[name] = String(value);
  }
  return { status: reply.statusCode, headers, body: typeof payload === 'string' ? payload : undefined };
}

function repeat(reply: FastifyReply, answer: StoredAnswer): FastifyReply {
  const { status, body } = answer;
  const { [FILE_DIGEST]: _, ...headers } = answer.headers;
  return reply.code(status).headers(headers).header('idempotent-replayed', 'true').send(body);
}

function readKey(request: FastifyRequest): string | undefined {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key === 'string' && KEY.test(key)) return key;
  throw new Problem('invalid-request', 'The Idempotency-Key is not valid.', {
    errors: [{ pointer: '/idempotency-key', detail: `must be 1 to ${KEY_LENGTH} visible ASCII characters` }],
  });
}

/**
 * Two requests are the same when method, address and body are; the order of a body's fields does not matter. Files are compared when
 * they were read. What proves who asks is left out: a code is another one the next time, and from a quick hash that is kept, a password
 * could be guessed by anyone who reads the database.
 */
function hashOf(request: FastifyRequest): string {
  const body =
    JSON.stringify(withoutProof(request.body), (_name, value: unknown) => sorted(value)) ??
    `length ${request.headers['content-length'] ?? 0}`;
  return hash('sha256', `${request.method} ${request.url}\n${body}`);
}

function withoutProof(body: unknown): unknown {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return body;
  return { ...body, password: undefined, code: undefined };
}

function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Returns whether a route honours the header, for the API's description. */
export function isIdempotentRoute(route: RouteOptions): boolean {
  return route.config?.isIdempotent === true;
}
