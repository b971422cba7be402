/** Brokers' tokens: sealed when they are stored, opened only when a broker is. */

import { Problem } from '../../core/shared/problem.ts';
import type { Environment } from '../../core/domain/account.ts';
import type { KeyRing, SealedSecret } from '../../encryption/key-ring.ts';
import type { ConnectionStore, StoredToken } from './connection-store.ts';

export interface BrokerTokensDependencies {
  readonly store: ConnectionStore;
  readonly keys: KeyRing;
}

/** What came of sealing every token with the current key. */
export interface Rotation {
  readonly sealed: number;
  readonly alreadyCurrent: number;
  /** Accounts whose token cannot be read, and why. */
  readonly unreadable: readonly { readonly accountId: string; readonly reason: string }[];
}

export class BrokerTokens {
  readonly #store: ConnectionStore;
  readonly #keys: KeyRing;

  constructor({ store, keys }: BrokerTokensDependencies) {
    this.#store = store;
    this.#keys = keys;
  }

  /** Returns the token as the account's row keeps it; it opens for no other row. */
  seal(token: string, account: TokenOwner): SealedSecret {
    return this.#keys.seal(token, boundTo(account));
  }

  /** Returns the token of an account; undefined for a paper account, which has none. */
  async tokenOf(accountId: string): Promise<string | undefined> {
    const stored = await this.#store.findToken(accountId);
    return stored && this.#open(stored);
  }

  /** Seals every token that an older key seals with the current one. One that is replaced meanwhile stays as it is. */
  async rotate(): Promise<Rotation> {
    const tokens = await this.#store.tokens();
    const old = tokens.filter(({ sealed }) => !this.#keys.isCurrent(sealed));
    const unreadable: { accountId: string; reason: string }[] = [];
    let sealed = 0;
    for (const stored of old) {
      try {
        const isReplaced = await this.#store.replaceToken(stored, this.seal(this.#open(stored), stored));
        if (isReplaced) sealed += 1;
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        unreadable.push({ accountId: stored.accountId, reason: error.message });
      }
    }
    return { sealed, alreadyCurrent: tokens.length - old.length, unreadable };
  }

  #open(stored: StoredToken): string {
    return this.#keys.open(stored.sealed, boundTo(stored));
  }
}

interface TokenOwner {
  readonly accountId: string;
  readonly environment: Environment;
}

function boundTo({ accountId, environment }: TokenOwner): string {
  return `oanda_accounts ${accountId} ${environment}`;
}
