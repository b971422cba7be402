/**
 * How long a copy of the server may continue serving without having been seen: for less than the time after which a contract takes it for
 * gone. A process that was suspended learns from it, before it answers a request, that the schema may have changed.
 */
import { GONE_AFTER_MS } from '../../run/plan/contract-gate.ts';

/** What was begun within the lease must be done before a contract can begin. */
const MARGIN_MS = 15_000;

/** A moment by both clocks: one does not continue while a machine sleeps, the other may be set. */
export interface Moment {
  readonly monotonicMs: number;
  readonly wallMs: number;
}

export function thisMoment(): Moment {
  return { monotonicMs: performance.now(), wallMs: Date.now() };
}

/** The lease of this process. Until its first renewal it counts as valid. */
export class ServingLease {
  readonly #lengthMs: number;
  #since: Moment | undefined;

  constructor(lengthMs = GONE_AFTER_MS - MARGIN_MS) {
    this.#lengthMs = lengthMs;
  }

  /** Whether this copy may act now. A comparison of clocks, so that everything that acts can ask. */
  get isValid(): boolean {
    if (this.#since === undefined) return true;
    const now = thisMoment();
    const elapsedMs = Math.max(now.monotonicMs - this.#since.monotonicMs, now.wallMs - this.#since.wallMs);
    return elapsedMs < this.#lengthMs;
  }

  /** Begins again at the moment before this copy was seen. */
  renew(since: Moment): void {
    this.#since = since;
  }
}
