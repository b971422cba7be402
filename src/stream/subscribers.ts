/** The open sockets: counted by person, those of no one yet by address, and found by session when one ends. */

import { setTimeout as sleep } from 'node:timers/promises';
import { SECOND_FACTOR_NEEDED, SESSION_ENDED, tooSlow } from './close-reason.ts';
import { recentlyUsed } from '../process/recently-used.ts';
import type { Principal } from '../http/principal.ts';
import type { CloseReason } from './close-reason.ts';
import type { Known, Subscriber } from './subscriber.ts';

/** Sessions that ended lately: one may end while its token is being looked up, and must not be let in after that. */
const REMEMBERED_SESSIONS = 1_000;

/** The open sockets. */
export class Subscribers {
  readonly #all = new Set<Subscriber>();
  /** Those that are served; the others of all wait for the answer to their close. */
  readonly #served = new Set<Subscriber>();
  /** Those that are not authenticated yet, with the network that each came from. */
  readonly #anonymous = new Map<Subscriber, string>();
  /** How many of those there are of each network: it is asked for at every request for a socket. */
  readonly #anonymousByNetwork = new Map<string, number>();
  readonly #principals = new Map<Subscriber, Principal>();
  readonly #ended = recentlyUsed<true>(REMEMBERED_SESSIONS);

  /** How many are served. */
  get size(): number {
    return this.#served.size;
  }

  /** How many are not authenticated yet. */
  get anonymous(): number {
    return this.#anonymous.size;
  }

  /** How many of those came from a network. */
  anonymousOf(network: string): number {
    return this.#anonymousByNetwork.get(network) ?? 0;
  }

  /** Counts a socket until it is closed, and tracks it until its connection has ended. */
  add(subscriber: Subscriber, network: string): void {
    this.#all.add(subscriber);
    this.#served.add(subscriber);
    this.#anonymous.set(subscriber, network);
    this.#anonymousByNetwork.set(network, this.anonymousOf(network) + 1);
    void subscriber.closed.then(() => this.#all.delete(subscriber));
  }

  /** Frees the place of a socket that is not served any more, also when its client does not answer to the close. */
  release(subscriber: Subscriber): void {
    this.#served.delete(subscriber);
    this.#forgetAnonymous(subscriber);
    this.#principals.delete(subscriber);
  }

  /** Notes whose socket it is; returns why it must be closed, if it must. */
  admit(subscriber: Subscriber, { principal, mostSockets }: Known): CloseReason | undefined {
    if (this.#ended.has(principal.credentialId)) return SESSION_ENDED;
    if (principal.needsSecondFactor === true) return SECOND_FACTOR_NEEDED;
    const ofUser = [...this.#principals.values()].filter(({ userId }) => userId === principal.userId).length;
    if (ofUser >= mostSockets) return tooSlow(`one person may have ${mostSockets} sockets`);
    this.#forgetAnonymous(subscriber);
    this.#principals.set(subscriber, principal);
    return undefined;
  }

  /** Closes the sockets of a session that has ended. */
  end(credentialId: string): void {
    this.#ended.set(credentialId, true);
    for (const [subscriber, principal] of this.#principals) {
      if (principal.credentialId === credentialId) subscriber.close(SESSION_ENDED);
    }
  }

  /** Those that are served now. */
  get served(): readonly Subscriber[] {
    return [...this.#served];
  }

  /** Closes all sockets, and ends the connections that have not answered after `patienceMs`. */
  async closeAll(why: CloseReason, patienceMs: number): Promise<void> {
    const closing = [...this.#all];
    for (const subscriber of closing) subscriber.close(why);
    const tooLate = new AbortController();
    const patience = sleep(patienceMs, undefined, { signal: tooLate.signal }).catch(() => undefined);
    await Promise.race([Promise.all(closing.map(({ closed }) => closed)), patience]);
    tooLate.abort();
    for (const subscriber of closing) subscriber.terminate();
  }

  #forgetAnonymous(subscriber: Subscriber): void {
    const network = this.#anonymous.get(subscriber);
    if (network === undefined) return;
    this.#anonymous.delete(subscriber);
    const left = this.anonymousOf(network) - 1;
    if (left > 0) this.#anonymousByNetwork.set(network, left);
    else this.#anonymousByNetwork.delete(network);
  }
}
