/** What no one caught: a line of the log before the process ends, as it does without one. The next start recovers. */

import type { FastifyBaseLogger } from 'fastify';

/** Writes each failure that nothing catches to the log, from now on. Node then ends the process with 1. */
export function logLastFailure(log: Pick<FastifyBaseLogger, 'fatal'>): void {
  process.on('uncaughtExceptionMonitor', (error, origin) =>
    log.fatal({ err: error, origin }, 'a failure that nothing caught ends the server'),
  );
}
