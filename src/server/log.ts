/** The server's log: lines of JSON, without what would let a reader of the log act for somebody. */

import { fastify } from 'fastify';
import type { FastifyBaseLogger } from 'fastify';

/**
 * Nobody means to log these. Named one by one, because a wildcard would be searched for in every line and every request's
 * own log, and cost more than the rest of it.
 */
const SECRETS = ['authorization', 'cookie', 'password', 'token'];
const PLACES = ['', 'headers.', 'req.headers.', 'body.', 'fields.', 'err.options.headers.'];

export interface LogSettings {
  readonly level: string;
  /** Where lines go; standard output when left out. */
  readonly stream?: { write(line: string): void };
}

/** Opens the log. It is the one that Fastify brings, so that requests and everything else write the same lines. */
export function createLog({ level, stream }: LogSettings): FastifyBaseLogger {
  const paths = PLACES.flatMap((place) => SECRETS.map((secret) => `${place}${secret}`));
  const logger = { level, redact: { paths, censor: '[secret]' } };
  return fastify({ logger: stream ? { ...logger, stream } : logger }).log;
}
