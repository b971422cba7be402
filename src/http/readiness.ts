/** The progress of the start: what `/readyz` reports and what every other route waits for. */

export type ReadinessStatus = 'starting' | 'ready' | 'stopping' | 'failed';

/** Where a phase that takes longer is: which migration of how many, and what blocks it. */
export interface PhaseDetails {
  readonly migration?: string;
  readonly index?: number;
  readonly total?: number;
  readonly blockedBy?: string;
  /** Why a start failed, and what to do. */
  readonly reason?: string;
}

/** What the frame reads. `phase` is a word for what the server does now, such as `migrating`. */
export interface Readiness {
  readonly isReady: boolean;
  readonly status: ReadinessStatus;
  readonly phase: string;
  readonly details: PhaseDetails;
  /** How long the phase has lasted. */
  readonly elapsedMs: number;
}

/** The composition root's side of it. */
export class StartProgress implements Readiness {
  readonly #isEntitled: () => boolean;
  #status: ReadinessStatus = 'starting';
  #phase = 'starting';
  #details: PhaseDetails = {};
  #enteredAt = performance.now();

  /** `isEntitled` says whether a copy that is ready may act: one that others took for dead must check the schema first. */
  constructor(isEntitled: () => boolean = () => true) {
    this.#isEntitled = isEntitled;
  }

  get isReady(): boolean {
    return this.#status === 'ready' && this.#isEntitled();
  }

  get status(): ReadinessStatus {
    return this.#isSuspended ? 'starting' : this.#status;
  }

  get phase(): string {
    return this.#isSuspended ? 'looking at the schema again' : this.#phase;
  }

  get details(): PhaseDetails {
    return this.#details;
  }

  get elapsedMs(): number {
    return Math.round(performance.now() - this.#enteredAt);
  }

  /** The start has come to another phase, or further in the same. */
  enter(phase: string, details: PhaseDetails = {}): void {
    this.#set('starting', phase, details);
  }

  /** The start failed; the process stays up so that a person can repair the database. */
  fail(reason: string): void {
    this.#set('failed', 'failed', { reason });
  }

  /** Requests are answered from now on. */
  complete(): void {
    this.#set('ready', 'ready', {});
  }

  /** Requests are refused from now on. */
  stop(): void {
    this.#set('stopping', 'stopping', {});
  }

  get #isSuspended(): boolean {
    return this.#status === 'ready' && !this.#isEntitled();
  }

  #set(status: ReadinessStatus, phase: string, details: PhaseDetails): void {
    if (phase !== this.#phase) this.#enteredAt = performance.now();
    this.#status = status;
    this.#phase = phase;
    this.#details = details;
  }
}
