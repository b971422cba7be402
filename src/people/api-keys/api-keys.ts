/** API keys: made, recognised and revoked. A key opens what its owner may do, within its scope and from its addresses. */

import { randomBytes, randomUUIDv7 } from 'node:crypto';
import { Problem } from '../../core/shared/problem.ts';
import { AddressRanges, isAddressRange, RANGE_SENTENCE } from '../address-range.ts';
import { hashOfToken } from '../remembered-tokens.ts';
import { securityFact } from '../security-journal.ts';
import { ENDED_SESSIONS } from '../sessions.ts';
import type { PersonLimitSource } from '../administration/person-limits.ts';
import type { Client } from '../../http/client.ts';
import type { Principal, Scope } from '../../http/principal.ts';
import type { FieldError } from '../../core/shared/problem.ts';
import type { Opened, RememberedTokens } from '../remembered-tokens.ts';
import type { Journal } from '../security-journal.ts';
import type { UserRole } from '../user-store.ts';
import type { ApiKey, ApiKeyOwner, ApiKeyStore } from './api-key-store.ts';

/** What every token of a key begins with, so that tools that look for leaked secrets know it. */
const PREFIX = 'afk_';
/** 256 bits: too many to guess. */
const TOKEN_BYTES = 32;
const TOKEN = /^afk_[A-Za-z0-9_-]{43}$/;
const TOKEN_END = 4;
/** How often "last used" is written. */
const TOUCH_MS = 60_000;

/** What a person wants of a key; `expiresAt` in UTC ms. */
export interface ApiKeyWish {
  readonly name: string;
  readonly scope: Scope;
  readonly addressRange?: string | undefined;
  readonly expiresAt?: number | undefined;
}

export interface ApiKeysDependencies {
  readonly store: ApiKeyStore;
  readonly remembered: RememberedTokens;
  readonly journal: Journal;
  readonly clock: () => number;
  readonly limits: PersonLimitSource;
}

/** The API keys of all people. */
export class ApiKeys {
  readonly #store: ApiKeyStore;
  readonly #journal: Journal;
  readonly #clock: () => number;
  readonly #remembered: RememberedTokens;
  readonly #limits: PersonLimitSource;

  constructor({ store, remembered, journal, clock, limits }: ApiKeysDependencies) {
    this.#store = store;
    this.#limits = limits;
    this.#remembered = remembered;
    this.#journal = journal;
    this.#clock = clock;
  }

  /**
   * Makes a key, from a session. The token is returned once and stored nowhere: a repetition, whose sender may not have had the answer, gives
   * the same key another one; both have the same `id`. Throws `invalid-request`, `limit-reached` when there are too many, `unauthenticated` when the session ends
   * meanwhile, or `conflict` when the key has been revoked.
   */
  async create(
    { userId, role, credentialId: sessionId }: Pick<Principal, 'userId' | 'role' | 'credentialId'>,
    wish: ApiKeyWish,
    client: Client,
    id: string = randomUUIDv7(),
  ): Promise<{ readonly key: ApiKey; readonly token: string }> {
    const createdAt = this.#clock();
    checkWish(wish, role, createdAt);
    const token = `${PREFIX}${randomBytes(TOKEN_BYTES).toString('base64url')}`;
    const { name, scope, addressRange, expiresAt } = wish;
    const key = {
      id,
      name: name.trim(),
      tokenEnd: token.slice(-TOKEN_END),
      scope,
      addressRange,
      expiresAt,
      lastUsedAt: undefined,
      createdAt,
    };
    const made = await this.#store.create(
      { ...key, userId, sessionId, tokenHash: hashOfToken(token) },
      await this.#limits.mostOf('apiKeys'),
    );
    if (made === false) throw new Problem('unauthenticated', 'The session has ended.');
    // The key lives on: sockets of its former token are closed when they are checked again, and those of the new one stay.
    if (made === 'replaced') this.#remembered.lookAgain([id]);
    await this.#journal.record(
      securityFact(client, {
        type: 'api-key-created',
        severity: 'warning',
        userId,
        description:
          made === 'made'
            ? `The API key "${key.name}" was made, with the scope ${scope}.`
            : `The API key "${key.name}" has another token: the request that made it was sent again.`,
        details: { keyId: key.id, scope, ...(made === 'replaced' && { isTokenReplaced: true }) },
      }),
    );
    const stored = made === 'replaced' ? (await this.listOf(userId)).find((one) => one.id === id) : undefined;
    return { key: stored ?? key, token };
  }

  /** The keys of a person that are neither revoked nor over, newest first. */
  listOf(userId: string): Promise<readonly ApiKey[]> {
    return this.#store.listOf(userId, this.#clock());
  }

  /** Revokes a key of a person; false when they have no such key. */
  async revoke(userId: string, keyId: string, client: Client): Promise<boolean> {
    const revoked = await this.#store.revoke(userId, this.#clock(), keyId);
    if (revoked.length === 0) return false;
    this.#remembered.forget(revoked);
    await this.#journal.record(
      securityFact(client, {
        type: 'api-key-revoked',
        severity: 'info',
        userId,
        description: 'An API key was revoked.',
        details: { keyId, [ENDED_SESSIONS]: revoked },
      }),
    );
    return true;
  }

  /** Revokes all keys of a person, and returns their ids. */
  async revokeAllOf(userId: string): Promise<readonly string[]> {
    const revoked = await this.#store.revoke(userId, this.#clock());
    this.#remembered.forget(revoked);
    return revoked;
  }

  /** What a token opens: undefined when it is of no live key of an active person. */
  async lookUp(token: string): Promise<Opened | undefined> {
    if (!TOKEN.test(token)) return undefined;
    const at = this.#clock();
    const owner = await this.#store.findByToken(hashOfToken(token), at);
    if (!owner) return undefined;
    await this.#touch(owner.key, at);
    return openedBy(owner);
  }

  /** The ends of the tokens of those of these keys that are neither revoked nor over, and whose owners may use the server, by the ids of the keys. */
  liveAmong(keyIds: readonly string[]): Promise<ReadonlyMap<string, string>> {
    return this.#store.liveAmong(keyIds, this.#clock());
  }

  async #touch({ id, lastUsedAt = -Infinity }: ApiKey, at: number): Promise<void> {
    if (at - lastUsedAt >= TOUCH_MS) await this.#store.touch(id, at);
  }
}

function openedBy({ key, userId, username, role }: ApiKeyOwner): Opened {
  const { id, name, tokenEnd, scope, expiresAt, addressRange } = key;
  return {
    principal: { userId, username, role, type: 'api-key', credentialId: id, tokenEnd, keyName: name, scope },
    expiresAt: expiresAt ?? Infinity,
    addresses: addressRange === undefined ? undefined : new AddressRanges([addressRange]),
  };
}

function checkWish({ scope, addressRange, expiresAt }: ApiKeyWish, role: UserRole, now: number): void {
  const errors: FieldError[] = [];
  if (scope === 'admin' && role !== 'admin')
    errors.push({ pointer: '/scope', detail: 'must be read or trade: you are no administrator' });
  if (addressRange !== undefined && !isAddressRange(addressRange))
    errors.push({ pointer: '/addressRange', detail: RANGE_SENTENCE });
  if (expiresAt !== undefined && expiresAt <= now)
    errors.push({ pointer: '/expiresAt', detail: 'must be in the future' });
  if (errors.length > 0) throw new Problem('invalid-request', 'The API key is not valid.', { errors });
}
