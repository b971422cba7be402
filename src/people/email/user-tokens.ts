/** Tokens that are sent by e-mail: who has one reads the mailbox of the address. */

import { randomBytes } from 'node:crypto';
import { Problem } from '../../core/shared/problem.ts';
import { hashOfToken } from '../remembered-tokens.ts';
import type { FoundToken, TokenPurpose, UserToken, UserTokenStore } from './user-token-store.ts';

/** 256 bits: too many to guess. */
const TOKEN_BYTES = 32;

export interface UserTokensDependencies {
  readonly store: UserTokenStore;
  readonly clock: () => number;
}

/** The tokens of all people. */
export class UserTokens {
  readonly #store: UserTokenStore;
  readonly #clock: () => number;

  constructor({ store, clock }: UserTokensDependencies) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Returns a new token, which is stored nowhere. Earlier ones stay good: a mail that was sent twice must not spoil its first copy. */
  make(token: UserToken, lifetimeMs: number): Promise<string> {
    return this.makeUntil(token, this.#clock() + lifetimeMs);
  }

  /** The same for a token that ends at an instant (UTC ms), whenever its mail is sent. */
  async makeUntil(token: UserToken, expiresAt: number): Promise<string> {
    const text = randomBytes(TOKEN_BYTES).toString('base64url');
    await this.#store.add(token, { tokenHash: hashOfToken(text), at: this.#clock(), expiresAt });
    return text;
  }

  /** Returns what a token is for, without taking it; throws `token-invalid` when it is for something else, was used, or has expired. */
  async find(text: string, purposes: readonly TokenPurpose[]): Promise<FoundToken> {
    const token = await this.#store.find(hashOfToken(text), this.#clock());
    if (!token || !purposes.includes(token.purpose)) throw invalid();
    return token;
  }

  /** Takes a token that was found, and others of the person for the same purpose; throws `token-invalid` when it was taken meanwhile. */
  async take(text: string, token: UserToken): Promise<void> {
    if (!(await this.#store.take(hashOfToken(text), token))) throw invalid();
  }

  removeExpired(): Promise<number> {
    return this.#store.removeExpired(this.#clock());
  }
}

function invalid(): Problem {
  return new Problem('token-invalid', 'The code is wrong, was used, or has expired.', {
    errors: [{ pointer: '/token', detail: 'is not a code that is good now' }],
  });
}
