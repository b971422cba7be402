/** Watches the streams of brokers: when some are silent the log has one line, however many they are, and one when all are heard again. */

import { Outage } from '../process/outage.ts';
import { Periodic } from '../process/periodic.ts';
import type { StreamState } from '../brokers/broker.ts';
import type { Log } from '../process/log.ts';

/** How often the streams are looked at. */
const LOOK_EVERY_MS = 1_000;
/** A heartbeat comes every 5 seconds; a stream that breaks and is opened again at once is no outage. */
const SILENT_AFTER_MS = 30_000;

export interface StreamWatchParts {
  /** The accounts that run here, with their streams. */
  readonly running: () => Iterable<{ readonly streams: readonly StreamState[] }>;
  readonly log: Pick<Log, 'info' | 'warn'>;
}

/** Looks from `start` until `stop`. */
export class StreamWatch {
  readonly #parts: StreamWatchParts;
  readonly #outage = new Outage();
  readonly #looking: Periodic;

  constructor(parts: StreamWatchParts) {
    this.#parts = parts;
    this.#looking = new Periodic({
      everyMs: LOOK_EVERY_MS,
      work: async () => this.look(),
      onFailure: (error) => parts.log.warn({ err: error }, 'streams of brokers could not be looked at'),
    });
  }

  start(): void {
    this.#looking.start();
  }

  stop(): Promise<void> {
    return this.#looking.stop();
  }

  /** Looks once. An account that does not run has no streams: why it does not is in the journal. */
  look(): void {
    const { running, log } = this.#parts;
    const silent = [...running()]
      .map(({ streams }) => streams.filter(({ silentMs }) => silentMs > SILENT_AFTER_MS))
      .filter(({ length }) => length > 0);
    if (silent.length > 0) {
      const streams = [...new Set(silent.flat().map(({ stream }) => stream))].toSorted();
      if (this.#outage.begin())
        log.warn({ accounts: silent.length, streams }, 'streams of brokers are silent');
      return;
    }
    const seconds = this.#outage.end();
    if (seconds !== undefined) log.info({ seconds }, 'all streams of brokers are heard again');
  }
}
