/** At most so many at once: those who are known first, and among the others each address in its turn. */

import { Problem } from '../../core/shared/problem.ts';
import { senderNetworkOf } from '../address-range.ts';

export interface TurnLimits {
  readonly running: number;
  /** Of those who are known, and as many of those who are not. */
  readonly waiting: number;
}

/** Those who are refused at the same moment are to come back after 1, 2 or 3 seconds, and not all together again. */
const LONGEST_RETRY_SECONDS = 3;

/** Who asks for a turn. */
export interface TurnSender {
  readonly isKnown: boolean;
  readonly ipAddress?: string | undefined;
}

interface Waiter {
  readonly start: () => void;
  readonly refuse: (problem: Problem) => void;
}

/** Lets a limited number of pieces of work run at the same time, so that no address keeps the others waiting. */
export class FairTurns {
  readonly #limits: TurnLimits;
  readonly #known: WaitingLine;
  readonly #strangers: WaitingLine;
  #running = 0;

  constructor(limits: TurnLimits) {
    this.#limits = limits;
    this.#known = new WaitingLine(limits.waiting);
    this.#strangers = new WaitingLine(limits.waiting);
  }

  /** Runs `work` when it is its turn; throws `too-many-requests` when too many wait, of the address that has most of them. */
  async run<T>(sender: TurnSender, work: () => Promise<T>): Promise<T> {
    await this.#enter(sender);
    try {
      return await work();
    } finally {
      this.#leave();
    }
  }

  async #enter({ isKnown, ipAddress = '' }: TurnSender): Promise<void> {
    if (this.#running < this.#limits.running) {
      this.#running += 1;
      return;
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const line = isKnown ? this.#known : this.#strangers;
    line.add(senderNetworkOf(ipAddress), { start: resolve, refuse: reject });
    await promise;
  }

  /** The place goes straight to the next one who waits, so that a newcomer cannot take it first. */
  #leave(): void {
    const next = this.#known.next() ?? this.#strangers.next();
    if (next) next.start();
    else this.#running -= 1;
  }
}

/** Those who wait, by their address; the addresses take turns in the order of the map. */
class WaitingLine {
  readonly #longest: number;
  readonly #byNetwork = new Map<string, Waiter[]>();
  #length = 0;
  #refused = 0;

  constructor(longest: number) {
    this.#longest = longest;
  }

  /** Adds who waits. In a full line the newest of the address with most of them is refused. */
  add(network: string, waiter: Waiter): void {
    const waiting = this.#byNetwork.get(network) ?? [];
    waiting.push(waiter);
    this.#byNetwork.set(network, waiting);
    this.#length += 1;
    if (this.#length <= this.#longest) return;
    const [most, crowd] = [...this.#byNetwork].reduce((one, other) =>
      other[1].length >= one[1].length ? other : one,
    );
    this.#remove(most, crowd.pop())?.refuse(this.#refusal());
  }

  /** Takes out who is next, and puts their address last. */
  next(): Waiter | undefined {
    for (const [network, waiting] of this.#byNetwork) {
      this.#byNetwork.delete(network);
      this.#byNetwork.set(network, waiting);
      return this.#remove(network, waiting.shift());
    }
    return undefined;
  }

  #refusal(): Problem {
    const retryAfterSeconds = 1 + (this.#refused % LONGEST_RETRY_SECONDS);
    this.#refused += 1;
    return new Problem('too-many-requests', 'The server is busy with other sign-ins.', { retryAfterSeconds });
  }

  #remove(network: string, waiter: Waiter | undefined): Waiter | undefined {
    this.#length -= 1;
    if (this.#byNetwork.get(network)?.length === 0) this.#byNetwork.delete(network);
    return waiter;
  }
}
