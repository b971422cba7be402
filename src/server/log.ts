/** The server's log: lines of JSON, without secrets that would let a reader of the log act as a user. */

import { pino } from 'pino';
import type { FastifyBaseLogger } from 'fastify';

/**
 * Named one by one, because a wildcard would be searched for in every line and every request's own log, and cost more than
 * the rest of it. These are not logged on purpose; they are removed in case they are part of something that is.
 */
const SECRETS = ['authorization', 'cookie', 'password', 'token'];
const PLACES = ['', 'headers.', 'req.headers.', 'body.', 'fields.', 'err.options.headers.'];

/** Where lines of the log go. */
export interface LogStream {
  write(line: string): void;
}

export interface LogSettings {
  readonly level: string;
  /** Standard output when left out. */
  readonly stream?: LogStream | undefined;
}

export function createLog({ level, stream }: LogSettings): FastifyBaseLogger {
  const paths = PLACES.flatMap((place) => SECRETS.map((secret) => `${place}${secret}`));
  const options = { level, redact: { paths, censor: '[secret]' } };
  return stream ? pino(options, stream) : pino(options);
}

/** Returns a stream that writes each line for a person who watches a terminal, at once: the last line may say why the process ends. */
export async function terminalStream(terminal: { write(text: string): unknown }): Promise<LogStream> {
  const { prettyFactory } = await import('pino-pretty');
  const pretty = prettyFactory({
    translateTime: 'SYS:HH:MM:ss',
    ignore: 'pid,hostname',
    singleLine: true,
  });
  return { write: (line) => void terminal.write(pretty(line)) };
}
