/** How far the start has come: what `/readyz` tells and what every other route waits for. */

export type ReadinessStatus = 'starting' | 'ready' | 'stopping';

/** What the frame reads. `phase` is a word for what is going on, such as `migrating`. */
export interface Readiness {
  readonly isReady: boolean;
  readonly status: ReadinessStatus;
  readonly phase: string;
}

/** The composition root's side of it. */
export class StartProgress implements Readiness {
  #status: ReadinessStatus = 'starting';
  #phase = 'starting';

  get isReady(): boolean {
    return this.#status === 'ready';
  }

  get status(): ReadinessStatus {
    return this.#status;
  }

  get phase(): string {
    return this.#phase;
  }

  /** The start has come to another phase. */
  enter(phase: string): void {
    this.#phase = phase;
  }

  /** Requests are answered from now on. */
  complete(): void {
    this.#status = 'ready';
    this.#phase = 'ready';
  }

  /** Requests are refused from now on. */
  stop(): void {
    this.#status = 'stopping';
    this.#phase = 'stopping';
  }
}
