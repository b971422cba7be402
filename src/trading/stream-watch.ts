/**
 * Watches the streams of brokers: when some are silent the log has one line, however many they are, and one when all are heard again. The
 * journal has it for each account.
 */

import { Outage } from '../process/outage.ts';
import { Periodic } from '../process/periodic.ts';
import { SILENCE_PACE, silentStreams } from './silent-streams.ts';
import type { Log } from '../process/log.ts';
import type { SilencePace, SilentStreams, StreamedAccount } from './silent-streams.ts';

/** How often the streams are looked at. */
const LOOK_EVERY_MS = 1_000;

export interface StreamWatchParts {
  /** The accounts that run here, with their streams. */
  readonly running: () => Iterable<StreamedAccount>;
  /** What records it for each account. */
  readonly silentStreams: Pick<SilentStreams, 'look'>;
  readonly log: Pick<Log, 'info' | 'warn'>;
  /** See `SilentStreamsParts.pace`. */
  readonly pace?: SilencePace | undefined;
}

/** Looks from `start` until `stop`. */
export class StreamWatch {
  readonly #parts: StreamWatchParts;
  readonly #outage = new Outage();
  readonly #failures = new Outage();
  readonly #looking: Periodic;

  constructor(parts: StreamWatchParts) {
    this.#parts = parts;
    this.#looking = new Periodic({
      everyMs: LOOK_EVERY_MS,
      work: () => this.look(),
      onFailure: (error) => {
        if (this.#failures.begin())
          parts.log.warn({ err: error }, 'streams of brokers could not be looked at; trying again');
      },
    });
  }

  start(): void {
    this.#looking.start();
  }

  stop(): Promise<void> {
    return this.#looking.stop();
  }

  /** Looks once. An account that does not run has no streams: why it does not is in the journal. */
  async look(): Promise<void> {
    const accounts = [...this.#parts.running()];
    this.#writeLog(accounts);
    await this.#parts.silentStreams.look(accounts);
    this.#failures.end(this.#parts.log, 'streams of brokers are looked at again');
  }

  #writeLog(accounts: readonly StreamedAccount[]): void {
    const { log, pace = SILENCE_PACE } = this.#parts;
    const silent = accounts.map((account) => silentStreams(account, pace)).filter(({ length }) => length > 0);
    if (silent.length > 0) {
      const streams = [...new Set(silent.flat())].toSorted();
      if (this.#outage.begin())
        log.warn({ accounts: silent.length, streams }, 'streams of brokers are silent');
      return;
    }
    this.#outage.end(log, 'all streams of brokers are heard again');
  }
}
