/** The server's log: lines of JSON, without secrets that would let a reader of the log act as a user. */

import { pino } from 'pino';
import type { FastifyBaseLogger } from 'fastify';

/**
 * Named one by one, because a wildcard would be searched for in every line and every request's own log, and cost more than
 * the rest of it. These are not logged on purpose; they are removed in case they are part of something that is.
 */
const SECRETS = ['authorization', 'cookie', 'password', 'token'];
const PLACES = ['', 'headers.', 'req.headers.', 'body.', 'fields.', 'err.options.headers.'];

/** The least level of what is a warning, and the level of why a process ends. */
const WARN = 40;
const FATAL = 60;

/** Where lines of the log go. */
export interface LogStream {
  write(line: string): void;
}

export interface LogSettings {
  readonly level: string;
  /** Standard output when left out. */
  readonly stream?: LogStream | undefined;
}

/** The log, and what is known of its lines: its own, and those of every request. */
export interface ServerLog extends FastifyBaseLogger {
  readonly lines: LogLines;
}

/** The lines that were written: how many of each level, and which are not worth more than the level debug. */
export class LogLines {
  readonly #countByLevel = new Map<number, number>();
  #isKnown: (error: unknown) => boolean = () => false;

  /** How many lines were written, by the number of their level (30 info, 40 warn, 50 error, 60 fatal). */
  get countByLevel(): ReadonlyMap<number, number> {
    return this.#countByLevel;
  }

  /** From now on a warning or error with such an error (`err`) is written at debug level: its cause has a line of its own. */
  demote(isKnown: (error: unknown) => boolean): void {
    this.#isKnown = isKnown;
  }

  /** Whether a line that is to be written is of a failure whose cause has a line already. */
  isKnown(level: number, fields: unknown): boolean {
    if (level < WARN || level >= FATAL || typeof fields !== 'object' || fields === null || !('err' in fields))
      return false;
    return this.#isKnown(fields.err);
  }

  /** Counts a line. */
  count(level: number): void {
    this.#countByLevel.set(level, (this.#countByLevel.get(level) ?? 0) + 1);
  }
}

export function createLog({ level, stream }: LogSettings): ServerLog {
  const paths = PLACES.flatMap((place) => SECRETS.map((secret) => `${place}${secret}`));
  const lines = new LogLines();
  const options = {
    level,
    redact: { paths, censor: '[secret]' },
    hooks: {
      logMethod(
        this: pino.Logger,
        words: Parameters<pino.LogFn>,
        write: pino.LogFn,
        lineLevel: number,
      ): void {
        if (lines.isKnown(lineLevel, words[0])) return this.debug(...words);
        lines.count(lineLevel);
        write.apply(this, words);
      },
    },
  };
  return Object.assign(stream ? pino(options, stream) : pino(options), { lines });
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
