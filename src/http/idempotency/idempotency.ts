/**
 * Requests that may be sent twice and are done once. The first request under a key claims it in the database before any work;
 * the id that what it makes will have is the id of that claim, so that a repetition after a crash finds what was made.
 */

import { randomUUIDv7 } from 'node:crypto';
import { Problem } from '../../core/shared/problem.ts';
import type {
  IdempotencyStore,
  KeyClaim,
  KeyedRequest,
  StoredAnswer,
  StoredKey,
} from '../../persistence/idempotency-store.ts';

/** How long an answer is repeated; a key that comes later is a new request. */
const KEEP_MS = 24 * 3_600_000;
/**
 * How long no other request takes over work that was begun. Longer than any request takes, so that a repetition runs beside the
 * first only when that one is lost; and if it does, both work on the same id.
 */
const LEASE_MS = 60_000;
/** How soon to ask again for an answer that is being made: most are made in milliseconds. */
const RETRY_SECONDS = 2;
/** Each round loses against another request that inserted or removed the key in between. */
const ROUNDS = 3;

/** The work of one request: `reservedId` is the same for every repetition. */
export interface Work {
  readonly kind: 'work';
  readonly reservedId: string;
  readonly claim: KeyClaim;
  /** Whether an earlier request has worked on it and may have made something. */
  readonly isRepetition: boolean;
}

/** What to do about a request under a key. */
export type Beginning = Work | { readonly kind: 'answered'; readonly answer: StoredAnswer };

export interface IdempotencyDependencies {
  readonly store: IdempotencyStore;
  readonly clock: () => number;
  /** Another lease than the usual one. */
  readonly leaseMs?: number | undefined;
}

/** Requests under keys. */
export class Idempotency {
  readonly #store: IdempotencyStore;
  readonly #clock: () => number;
  readonly #leaseMs: number;

  constructor({ store, clock, leaseMs = LEASE_MS }: IdempotencyDependencies) {
    this.#store = store;
    this.#clock = clock;
    this.#leaseMs = leaseMs;
  }

  /** Claims the key, or returns the answer it has; throws when it is another request's or is being worked on. */
  async begin(request: KeyedRequest): Promise<Beginning> {
    for (let round = 0; round < ROUNDS; round += 1) {
      const claim = { id: randomUUIDv7(), claimedAt: this.#clock() };
      if (await this.#store.insert(request, claim, claim.claimedAt + KEEP_MS)) return toWork(claim, 'first');
      const beginning = await this.#resume(request);
      if (beginning) return beginning;
    }
    throw inProgress();
  }

  /** Keeps the answer, so that repetitions get it. */
  async complete({ claim }: Work, answer: StoredAnswer): Promise<void> {
    await this.#store.complete(claim, answer, this.#clock());
  }

  /** The request was refused before anything was made: its key is free again, unless an earlier attempt may have made it. */
  async refuse(work: Work): Promise<void> {
    if (work.isRepetition) await this.giveUp(work);
    else await this.#store.remove(work.claim);
  }

  /** The work failed half-way: the next repetition may continue with it at once, under the same id. */
  async giveUp({ claim }: Work): Promise<void> {
    await this.#store.moveClaim(claim, this.#clock() - this.#leaseMs);
  }

  /** Removes keys that ran out, and returns how many. */
  removeExpired(): Promise<number> {
    return this.#store.removeExpired(this.#clock());
  }

  async #resume({ userId, key, requestHash }: KeyedRequest): Promise<Beginning | undefined> {
    const stored = await this.#store.find(userId, key);
    const now = this.#clock();
    if (!stored) return undefined;
    if (stored.expiresAt <= now) {
      await this.#store.removeExpired(now, { userId, key });
      return undefined;
    }
    if (stored.requestHash !== requestHash) {
      throw new Problem('idempotency-conflict', 'The Idempotency-Key was used with another address or body.');
    }
    return stored.answer ? { kind: 'answered', answer: stored.answer } : this.#takeOver(stored, now);
  }

  async #takeOver({ id, claimedAt }: StoredKey, now: number): Promise<Work> {
    const isFree = claimedAt + this.#leaseMs <= now;
    if (!isFree || !(await this.#store.moveClaim({ id, claimedAt }, now))) throw inProgress();
    return toWork({ id, claimedAt: now }, 'repetition');
  }
}

function toWork(claim: KeyClaim, attempt: 'first' | 'repetition'): Work {
  return { kind: 'work', reservedId: claim.id, claim, isRepetition: attempt === 'repetition' };
}

function inProgress(): Problem {
  return new Problem('request-in-progress', 'A request with this Idempotency-Key is being worked on.', {
    retryAfterSeconds: RETRY_SECONDS,
  });
}
