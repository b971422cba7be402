/** Tokens that were looked up a moment ago, so that a program that asks often costs few queries. */

import { hash } from 'node:crypto';
import { Listeners } from '../process/listeners.ts';
import { recentlyUsed } from '../process/recently-used.ts';
import type { Principal } from '../http/principal.ts';
import type { AddressRanges } from './address-range.ts';

/**
 * How long a token is not looked up again. What ends here ends at once; what another copy of the server ends stays valid this
 * long here, unless `forget` is called. Half of the second within which it must end everywhere.
 */
const REMEMBER_MS = 500;
/** More than this are looked up more often, no worse. */
const MOST_TOKENS = 10_000;

/** What a token opens. */
export interface Opened {
  readonly principal: Principal;
  /** UTC ms; Infinity when it does not end by itself. */
  readonly expiresAt: number;
  /** The addresses that it opens something from; all when undefined. */
  readonly addresses?: AddressRanges | undefined;
}

/** Called with the id of each session and API key that ended before its time. Must not throw. */
export type EndListener = (credentialId: string) => void;

/** What tokens opened, by the hash of the token. */
export class RememberedTokens {
  readonly #byHash = recentlyUsed<{ readonly opened: Opened; readonly until: number }>(MOST_TOKENS);
  readonly #listeners = new Listeners<EndListener>();
  #forgettings = 0;

  find(tokenHash: string, at: number): Opened | undefined {
    const remembered = this.#byHash.get(tokenHash);
    return remembered && remembered.until > at ? remembered.opened : undefined;
  }

  /** What a token opened when it was last looked up, which may be long ago; undefined when it is not remembered or has ended since. */
  lastOpened(tokenHash: string): Opened | undefined {
    return this.#byHash.get(tokenHash)?.opened;
  }

  /** Looks a token up and remembers what it opens. What was ended while `look` ran may have been read before: it is not remembered. */
  async look(
    tokenHash: string,
    at: number,
    look: () => Promise<Opened | undefined>,
  ): Promise<Opened | undefined> {
    const before = this.#forgettings;
    const opened = await look();
    if (!opened) this.#byHash.delete(tokenHash);
    if (opened && this.#forgettings === before)
      this.#byHash.set(tokenHash, { opened, until: Math.min(at + REMEMBER_MS, opened.expiresAt) });
    return opened;
  }

  /** Acts on sessions and keys that ended, here or in another copy of the server: nothing is remembered, listeners are called. */
  forget(credentialIds: readonly string[]): void {
    if (credentialIds.length === 0) return;
    this.lookAgain(credentialIds);
    for (const credentialId of credentialIds) {
      for (const listener of this.#listeners) listener(credentialId);
    }
  }

  /** What these open has changed: it is looked up before they are used again. */
  lookAgain(credentialIds: readonly string[]): void {
    this.#forgettings += 1;
    const changed = [...this.#byHash].filter(([, { opened }]) =>
      credentialIds.includes(opened.principal.credentialId),
    );
    for (const [tokenHash] of changed) this.#byHash.delete(tokenHash);
  }

  /** Calls `listener` for what ends before its time, until the returned function is called. */
  onEnded(listener: EndListener): () => void {
    return this.#listeners.add(listener);
  }
}

/** Returns the hash by which a token is stored and found. */
export function hashOfToken(token: string): string {
  return hash('sha256', token);
}
