/** The few places of imports that run at once: one person has one, and a slow sender gives theirs up to someone who waits for it. */

import { availableParallelism } from 'node:os';
import { Problem } from '../../core/shared/problem.ts';
import { SenderPatience } from './sender-patience.ts';

/** Each import has a thread of its own. One processor of two stays for the rest of the server and its database. */
const MOST_IMPORTS = availableParallelism() > 2 ? 2 : 1;
const RETRY_SECONDS = 10;
/** Who let the server wait for so much longer than the file takes over a fair line gives the place up to anyone who wants one. */
const GIVES_UP_AFTER_MS = 20_000;

/** A place; the operator's have no owner. */
export interface ImportPlace {
  readonly userId: string | undefined;
  readonly patience: SenderPatience;
}

/** The places of one process. */
export class ImportPlaces {
  readonly #most: number;
  readonly #givesUpAfterMs: number;
  readonly #taken = new Set<ImportPlace>();

  constructor({ most = MOST_IMPORTS, givesUpAfterMs = GIVES_UP_AFTER_MS } = {}) {
    this.#most = most;
    this.#givesUpAfterMs = givesUpAfterMs;
  }

  /** Takes a place; throws `too-many-requests` when the person has one already, or there is none and no one lets the server wait. */
  take(userId: string | undefined): ImportPlace {
    const taken = [...this.#taken];
    if (userId !== undefined && taken.some((place) => place.userId === userId))
      throw tooMany('Your last price file is still being imported.');
    if (taken.length >= this.#most) this.#takeFromSlowest(taken);
    const place = { userId, patience: new SenderPatience() };
    this.#taken.add(place);
    return place;
  }

  /** Gives a place back. */
  release(place: ImportPlace): void {
    this.#taken.delete(place);
  }

  #takeFromSlowest(taken: readonly ImportPlace[]): void {
    const [slowest] = taken.toSorted((one, other) => other.patience.lostMs - one.patience.lostMs);
    if (!slowest || slowest.patience.lostMs < this.#givesUpAfterMs)
      throw tooMany('Other price files are being imported.');
    this.#taken.delete(slowest);
    slowest.patience.giveUp(
      tooMany(
        'The file came slowly, and someone else waited. Send it again: gzipped, in parts, or over a faster line.',
      ),
    );
  }
}

function tooMany(detail: string): Problem {
  return new Problem('too-many-requests', detail, { retryAfterSeconds: RETRY_SECONDS });
}
