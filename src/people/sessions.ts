/** Who is signed in: opening, recognising and ending sessions. Tokens are random, and only their hashes are kept. */

import { hash, randomBytes, randomUUIDv7 } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { Listeners } from '../process/listeners.ts';
import type { PageRequest } from '../persistence/page.ts';
import type { Liveness, SessionOwner, SessionStore, StoredSession } from './session-store.ts';
import type { Client } from '../http/client.ts';
import type { Principal, Tokens } from '../http/principal.ts';

const DAY_MS = 86_400_000;
/** A token expires after this time, however often it is used. */
const LIFETIME_MS = 30 * DAY_MS;
/** A session that was not used for this long ends. */
const IDLE_MS = 7 * DAY_MS;
/** How often "last seen" is written: a write for every request would cost more than most requests. */
const TOUCH_MS = 60_000;
/**
 * How long a recognised token is not looked up again. What ends here ends at once; what another copy of the server ends
 * stays valid this long here, unless `forget` is called.
 */
const REMEMBER_MS = 1_000;
/** More signed-in browsers than this are looked up more often, no worse. */
const REMEMBERED_SESSIONS = 10_000;
/** 256 bits: too many to guess. */
const TOKEN_BYTES = 32;
const TOKEN = /^[A-Za-z0-9_-]{43}$/;

/** In the details of a journal entry: the ids of the sessions that what it says has ended. */
export const ENDED_SESSIONS = 'endedSessions';

/** A new session. The token is shown once and stored nowhere. */
export interface OpenedSession {
  readonly sessionId: string;
  readonly token: string;
  readonly expiresAt: number;
}

/** Called with the id of each session that ended before its time. Must not throw. */
export type RevocationListener = (sessionId: string) => void;

interface Remembered {
  readonly principal: Principal;
  readonly until: number;
}

export interface SessionsDependencies {
  readonly store: SessionStore;
  readonly clock: () => number;
}

/** The sessions of all users. */
export class Sessions implements Tokens {
  readonly #store: SessionStore;
  readonly #clock: () => number;
  readonly #rememberedByHash = new LRUCache<string, Remembered>({ max: REMEMBERED_SESSIONS });
  readonly #listeners = new Listeners<RevocationListener>();
  #revocations = 0;

  constructor({ store, clock }: SessionsDependencies) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Opens a session for a person whose password was compared with `passwordHash`; undefined when it was changed since then. */
  async open(userId: string, client: Client, passwordHash: string): Promise<OpenedSession | undefined> {
    const openedAt = this.#clock();
    const session = {
      sessionId: randomUUIDv7(),
      token: randomBytes(TOKEN_BYTES).toString('base64url'),
      expiresAt: openedAt + LIFETIME_MS,
    };
    const isOpen = await this.#store.create({
      id: session.sessionId,
      userId,
      passwordHash,
      tokenHash: hashOf(session.token),
      ipAddress: client.ipAddress,
      userAgent: client.userAgent,
      openedAt,
      expiresAt: session.expiresAt,
    });
    return isOpen ? session : undefined;
  }

  /** Who a token belongs to, if that was found out a moment ago; costs no query. */
  remembered(token: string): Principal | undefined {
    const remembered = this.#rememberedByHash.get(hashOf(token));
    return remembered && remembered.until > this.#clock() ? remembered.principal : undefined;
  }

  /** Who a token belongs to, or undefined when it opens no live session of an active person. */
  async authenticate(token: string): Promise<Principal | undefined> {
    if (!TOKEN.test(token)) return undefined;
    const tokenHash = hashOf(token);
    const revocationsBefore = this.#revocations;
    const owner = await this.#store.findByToken(tokenHash, this.#liveness());
    if (!owner) return undefined;
    await this.#touch(owner);
    const principal = toPrincipal(owner);
    // A session that ended while we looked must not be remembered as alive.
    if (this.#revocations === revocationsBefore) this.#remember(tokenHash, principal, owner.expiresAt);
    return principal;
  }

  /** Whose session this is, or undefined when it has ended: for sockets, which were authenticated long ago. */
  async check(sessionId: string): Promise<Principal | undefined> {
    const owner = await this.#store.findById(sessionId, this.#liveness());
    return owner && toPrincipal(owner);
  }

  /** A page of a person's live sessions, newest first. */
  listOf(userId: string, page: PageRequest): Promise<readonly StoredSession[]> {
    return this.#store.listOf(userId, this.#liveness(), page);
  }

  /** Ends one session of a person; false when they have no such session. */
  async revoke(userId: string, sessionId: string, reason: string): Promise<boolean> {
    const ended = await this.#store.revoke({ userId, sessionId, reason, at: this.#clock() });
    this.forget(ended);
    return ended.length > 0;
  }

  /** Ends all sessions of a person, or all but one, and returns their ids. */
  async revokeAllOf(userId: string, reason: string, exceptId?: string): Promise<readonly string[]> {
    const ended = await this.#store.revoke({ userId, exceptId, reason, at: this.#clock() });
    this.forget(ended);
    return ended;
  }

  /** Acts on sessions that ended, here or in another copy of the server: nothing is remembered, listeners are called. */
  forget(sessionIds: readonly string[]): void {
    if (sessionIds.length === 0) return;
    this.#revocations += 1;
    const ended = [...this.#rememberedByHash].filter(([, { principal }]) =>
      sessionIds.includes(principal.sessionId),
    );
    for (const [tokenHash] of ended) this.#rememberedByHash.delete(tokenHash);
    for (const sessionId of sessionIds) {
      for (const listener of this.#listeners) listener(sessionId);
    }
  }

  /** Calls `listener` for sessions that end before their time, until the returned function is called. */
  onRevoked(listener: RevocationListener): () => void {
    return this.#listeners.add(listener);
  }

  /** Removes sessions that ran out a lifetime ago, and returns how many. */
  removeExpired(): Promise<number> {
    return this.#store.removeExpired(this.#clock() - LIFETIME_MS);
  }

  #liveness(): Liveness {
    const at = this.#clock();
    return { at, seenAfter: at - IDLE_MS };
  }

  async #touch({ sessionId, lastSeenAt }: SessionOwner): Promise<void> {
    const now = this.#clock();
    if (now - lastSeenAt >= TOUCH_MS) await this.#store.touch(sessionId, now);
  }

  #remember(tokenHash: string, principal: Principal, expiresAt: number): void {
    this.#rememberedByHash.set(tokenHash, {
      principal,
      until: Math.min(this.#clock() + REMEMBER_MS, expiresAt),
    });
  }
}

function hashOf(token: string): string {
  return hash('sha256', token);
}

function toPrincipal({ userId, role, sessionId }: SessionOwner): Principal {
  return { userId, role, sessionId };
}
