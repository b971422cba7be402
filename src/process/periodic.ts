/** Work that is repeated: never twice at once, and awaited when it is stopped. */

import { actAs } from './acting.ts';

export interface PeriodicParts {
  /** The pause between the end of one turn and the start of the next. */
  readonly everyMs: number;
  /** How long a turn that is woken waits, so that it serves all that wake it within this time; 0 when left out. */
  readonly wakeAfterMs?: number;
  /** The least pause between a turn and the next one, however soon that is woken; 0 when left out. */
  readonly restMs?: number;
  /** One turn. It may return another pause before the next one. */
  readonly work: () => Promise<number | void>;
  /** Called with the error of a failed turn; the next one comes as usual, or after the pause that this returns. */
  readonly onFailure: (error: unknown) => number | void;
}

/** A turn of work every so often, from `start` until `stop`. */
export class Periodic {
  readonly #parts: PeriodicParts;
  #state: 'new' | 'started' | 'stopped' = 'new';
  #timer: NodeJS.Timeout | undefined;
  /** The turn under way. */
  #turn: Promise<void> | undefined;
  #isWoken = false;
  /** When the last turn ended (ms of the process's clock). */
  #endedAt = -Infinity;

  constructor(parts: PeriodicParts) {
    this.#parts = parts;
  }

  /** Whether a turn that takes long should end early. */
  get isStopped(): boolean {
    return this.#state === 'stopped';
  }

  /** The first turn comes after the pause, or when it is woken. What was stopped stays stopped. */
  start(): void {
    if (this.#state !== 'new') return;
    this.#state = 'started';
    this.#pause();
  }

  /** Does a turn now, or one more after the turn under way. Does nothing before the start and after the stop. */
  wake(): void {
    if (this.#state !== 'started' || this.#isWoken) return;
    this.#isWoken = true;
    if (!this.#turn) this.#pause();
  }

  /** Begins no more turns; resolves when the one under way has ended. */
  async stop(): Promise<void> {
    this.#state = 'stopped';
    clearTimeout(this.#timer);
    await this.#turn;
  }

  #pause(wantedMs?: number | void): void {
    const { everyMs } = this.#parts;
    clearTimeout(this.#timer);
    const ms = this.#isWoken ? this.#soonest() : (wantedMs ?? everyMs);
    // Who wakes it does not do its work.
    this.#timer = setTimeout(() => actAs(undefined, () => this.#begin()), ms);
    // A process that has nothing else to do may end.
    this.#timer.unref();
  }

  #soonest(): number {
    const { wakeAfterMs = 0, restMs = 0 } = this.#parts;
    return Math.max(wakeAfterMs, this.#endedAt + restMs - performance.now());
  }

  #begin(): void {
    this.#isWoken = false;
    this.#turn = this.#work().then((pauseMs) => {
      this.#endedAt = performance.now();
      this.#turn = undefined;
      if (!this.isStopped) this.#pause(pauseMs);
    });
  }

  async #work(): Promise<number | void> {
    const { work, onFailure } = this.#parts;
    try {
      return await work();
    } catch (error) {
      return onFailure(error);
    }
  }
}
