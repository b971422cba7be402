/** A stream that is opened again whenever it ends, until it is closed or OANDA does not let us in. */

import { setTimeout as sleep } from 'node:timers/promises';
import { backoffDelayMs } from '../../../core/shared/backoff.ts';
import { accessProblem, mayBeFalse, REFUSALS_BELIEVED } from '../http/access-problem.ts';
import { readStream } from './read-stream.ts';
import type { Problem } from '../../../core/shared/problem.ts';
import type { OandaClient } from '../http/oanda-client.ts';
import type { OandaTimes } from '../oanda-times.ts';
import type { StreamEnd } from './read-stream.ts';

export interface LastingStreamOptions {
  readonly client: Pick<OandaClient, 'openStream'>;
  readonly path: string;
  readonly silenceMs: number;
  readonly times: Pick<OandaTimes, 'streamAgain' | 'streamHealthyMs' | 'refusedAgainMs'>;
  readonly onOpen: () => void;
  readonly onLines: (lines: readonly unknown[]) => void;
  /** It was open and has ended. */
  readonly onClosed: () => void;
  /** OANDA does not let us in: it is not opened again. */
  readonly onRefused: (problem: Problem) => void;
}

/** One of the two streams of an account. It begins when it is made. */
export class LastingStream {
  readonly #options: LastingStreamOptions;
  readonly #closing = new AbortController();
  readonly #ended: Promise<void>;
  #failures = 0;
  #refusals = 0;

  constructor(options: LastingStreamOptions) {
    this.#options = options;
    this.#ended = this.#run();
  }

  /** Ends the stream; after that nothing is reported. Idempotent. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#ended;
  }

  async #run(): Promise<void> {
    const { times, onRefused } = this.#options;
    while (!this.#closing.signal.aborted) {
      const end = await this.#readOnce();
      const problem = end.end === 'refused' ? accessProblem(end.status, end.body) : undefined;
      if (this.#closing.signal.aborted) return;
      if (end.end === 'lost' || !problem) {
        await this.#pause(backoffDelayMs(this.#failures, times.streamAgain, Math.random()));
        this.#failures += 1;
        continue;
      }
      this.#refusals += 1;
      if (!mayBeFalse(end.status) || this.#refusals === REFUSALS_BELIEVED) return onRefused(problem);
      await this.#pause(times.refusedAgainMs);
    }
  }

  async #readOnce(): Promise<StreamEnd> {
    const { client, path, silenceMs, times, onOpen, onLines, onClosed } = this.#options;
    const { dispatcher, headers } = client.openStream();
    let openedAt: number | undefined;
    const end = await readStream(dispatcher, {
      path,
      headers,
      silenceMs,
      signal: this.#closing.signal,
      onLines,
      onOpen: () => {
        openedAt = performance.now();
        this.#refusals = 0;
        onOpen();
      },
    });
    await dispatcher.destroy();
    if (openedAt === undefined || this.#closing.signal.aborted) return end;
    if (performance.now() - openedAt >= times.streamHealthyMs) this.#failures = 0;
    onClosed();
    return end;
  }

  async #pause(delayMs: number): Promise<void> {
    await sleep(delayMs, undefined, { signal: this.#closing.signal, ref: false }).catch(() => undefined);
  }
}
