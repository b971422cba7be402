/**
 * `ETag` and `If-Match`: a change may name the version of a thing that its sender has read, and is refused when that is not the present one.
 * A version is a digest of the fields that can be changed, so that neither prices nor the state of trading make another one.
 */

import { hash } from 'node:crypto';
import type { FastifyRequest, RouteOptions } from 'fastify';
import { isRecord } from '../core/shared/json.ts';
import { Problem } from '../core/shared/problem.ts';
import { listOf } from './hooks-of-route.ts';
import { isReading } from './route.ts';
import type { App } from './route.ts';

/** Throws `precondition-failed` when a thing is not as its sender has read it. What makes a change calls it with what is stored, where it cannot change in between. */
export type Precondition<Stored> = (stored: Stored) => void;

/** Of 128 bits. */
const DIGEST_LENGTH = 22;
/** `*`, or tags. A proxy that compresses answers marks them as weak. */
const CONDITION = /^\s*(?:\*|(?:W\/)?"[\x21\x23-\x7e]*"(?:\s*,\s*(?:W\/)?"[\x21\x23-\x7e]*")*)\s*$/;
const TAG = /"[^"]*"/g;

/** Marks the answers of the routes that name the fields of a version (`versionOf`). */
export function markVersions(app: App): void {
  app.addHook('onRoute', (route) => {
    const fields = route.config?.versionOf;
    if (fields === undefined) return;
    route.preSerialization = [
      ...listOf(route.preSerialization),
      (_request, reply, payload: unknown, done) => {
        if (reply.statusCode < 300) void reply.header('etag', tagOf(payload, fields));
        done(null, payload);
      },
    ];
  });
}

/** Returns what a request demands of the thing that it changes, if it does; `viewOf` shows that as the answers of the route do. */
export function preconditionOf<Stored>(
  request: FastifyRequest,
  viewOf: (stored: Stored) => object,
): Precondition<Stored> | undefined {
  const condition = request.headers['if-match'];
  if (condition === undefined) return undefined;
  if (!CONDITION.test(condition))
    throw new Problem('invalid-request', 'If-Match is not valid.', {
      errors: [{ pointer: '/if-match', detail: 'must be the ETag of an answer, in its quotation marks' }],
    });
  const tags = condition.match(TAG);
  const { versionOf: fields = [] } = request.routeOptions.config;
  return (stored) => {
    // Without a tag it is `*`: whatever there is.
    if (tags && !tags.includes(tagOf(viewOf(stored), fields)))
      throw new Problem('precondition-failed', 'It was changed since it was read; nothing was changed now.');
  };
}

function tagOf(view: unknown, fields: readonly string[]): string {
  const shown: Readonly<Record<string, unknown>> = isRecord(view) ? view : {};
  const text = JSON.stringify(fields.map((field) => shown[field] ?? null));
  return `"${hash('sha256', text, 'base64url').slice(0, DIGEST_LENGTH)}"`;
}

/** Returns whether a route takes the header `If-Match`, for the API's description. */
export function isConditionalRoute({ config, method }: RouteOptions): boolean {
  return config?.versionOf !== undefined && !isReading(String(method));
}
