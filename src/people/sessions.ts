/** Who is signed in: opening, recognising and ending sessions. Tokens are random, and only their hashes are kept. */

import { randomBytes, randomUUIDv7 } from 'node:crypto';
import { hashOfToken } from './remembered-tokens.ts';
import type { PageRequest } from '../persistence/page.ts';
import type { PersonLimitSource } from './administration/person-limits.ts';
import type {
  ComparedWith,
  Liveness,
  PersonSession,
  SessionFilter,
  SessionOwner,
  SessionStore,
  StoredSession,
} from './session-store.ts';
import type { Client } from '../http/client.ts';
import type { Opened, RememberedTokens } from './remembered-tokens.ts';

const DAY_MS = 86_400_000;
/** A token expires after this time, however often it is used. */
const LIFETIME_MS = 30 * DAY_MS;
/** A session that was not used for this long ends. */
const IDLE_MS = 7 * DAY_MS;
/** How often "last seen" is written: a write for every request would cost more than most requests. */
const TOUCH_MS = 60_000;
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
  /** The sessions that ended for it. */
  readonly ended: readonly string[];
}

export interface SessionsDependencies {
  readonly store: SessionStore;
  readonly remembered: RememberedTokens;
  readonly clock: () => number;
  readonly limits: PersonLimitSource;
}

/** The sessions of all users. */
export class Sessions {
  readonly #store: SessionStore;
  readonly #clock: () => number;
  readonly #remembered: RememberedTokens;
  readonly #limits: PersonLimitSource;

  constructor({ store, remembered, clock, limits }: SessionsDependencies) {
    this.#store = store;
    this.#limits = limits;
    this.#remembered = remembered;
    this.#clock = clock;
  }

  /**
   * Opens a session for a person who proved who they are; undefined when what they proved it with was changed, or they were disabled, since
   * then. When they have too many, those not used for longest end.
   */
  async open(userId: string, client: Client, compared: ComparedWith): Promise<OpenedSession | undefined> {
    const openedAt = this.#clock();
    const session = {
      sessionId: randomUUIDv7(),
      token: randomBytes(TOKEN_BYTES).toString('base64url'),
      expiresAt: openedAt + LIFETIME_MS,
    };
    const stored = {
      id: session.sessionId,
      userId,
      compared,
      tokenHash: hashOfToken(session.token),
      ipAddress: client.ipAddress,
      userAgent: client.userAgent,
      openedAt,
      expiresAt: session.expiresAt,
    };
    const ended = await this.#store.create(stored, await this.#limits.mostOf('sessions'));
    if (!ended) return undefined;
    this.#remembered.forget(ended);
    return { ...session, ended };
  }

  /** What a token opens: undefined when it is of no live session of an active person. */
  async lookUp(token: string): Promise<Opened | undefined> {
    if (!TOKEN.test(token)) return undefined;
    const owner = await this.#store.findByToken(hashOfToken(token), this.#liveness());
    if (!owner) return undefined;
    await this.#touch(owner);
    return openedBy(owner);
  }

  /** Those of these sessions that have not ended, and open more than the way to a second factor. */
  async liveAmong(sessionIds: readonly string[]): Promise<readonly string[]> {
    const owners = await this.#store.ownersAmong(sessionIds, this.#liveness());
    return owners.flatMap(({ sessionId, needsSecondFactor }) => (needsSecondFactor ? [] : [sessionId]));
  }

  /** A page of a person's live sessions, newest first. */
  listOf(userId: string, page: PageRequest): Promise<readonly StoredSession[]> {
    return this.#store.list({ userId }, this.#liveness(), page);
  }

  /** A page of live sessions of anyone, newest first. */
  list(filter: SessionFilter, page: PageRequest): Promise<readonly PersonSession[]> {
    return this.#store.list(filter, this.#liveness(), page);
  }

  /** The owner of a live session. */
  async ownerOf(sessionId: string): Promise<string | undefined> {
    return (await this.#store.findById(sessionId, this.#liveness()))?.userId;
  }

  /** Ends one session of a person; false when they have no such session. */
  async revoke(userId: string, sessionId: string, reason: string): Promise<boolean> {
    const ended = await this.#store.revoke({ userId, sessionId, reason, at: this.#clock() });
    this.#remembered.forget(ended);
    return ended.length > 0;
  }

  /** Ends all sessions of a person, or all but one, and returns their ids. */
  async revokeAllOf(userId: string, reason: string, exceptId?: string): Promise<readonly string[]> {
    const ended = await this.#store.revoke({ userId, exceptId, reason, at: this.#clock() });
    this.#remembered.forget(ended);
    return ended;
  }

  /** What a session opens has changed: it is looked up before it is used again. */
  lookAgain(sessionId: string): void {
    this.#remembered.lookAgain([sessionId]);
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
}

function openedBy({ userId, username, role, sessionId, expiresAt, needsSecondFactor }: SessionOwner): Opened {
  const principal = {
    userId,
    username,
    role,
    type: 'session',
    credentialId: sessionId,
    scope: 'admin',
  } as const;
  return { principal: { ...principal, needsSecondFactor }, expiresAt };
}
