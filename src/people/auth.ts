/** Signing up, in and out. One answer for every failed sign-in, whatever was wrong, in text and in time. */

import { Problem } from '../core/shared/problem.ts';
import type { JournalEntry } from '../core/domain/journal-entry.ts';
import type { Credentials, User, UserStore } from './user-store.ts';
import { isPasswordOf } from './password-hash.ts';
import { securityFact } from './security-journal.ts';
import type { Client } from '../http/client.ts';
import type { Principal } from '../http/principal.ts';
import type { Journal } from './security-journal.ts';
import { Semaphore } from './semaphore.ts';
import type { OpenedSession, Sessions } from './sessions.ts';
import type { SignUp } from './sign-up-rules.ts';
import type { Users } from './users.ts';

/** So many failures lock: enough for a forgetful person, few for a program that guesses. */
const FAILURES_BEFORE_LOCK = 10;
const LOCK_MS = 15 * 60_000;
/** Each hash takes a core for some 10 ms: two leave room for other work, and 32 waiting are a third of a second. */
const HASHING_LIMITS = { running: 2, waiting: 32 } as const;

const SESSION_ENDED = 'session-ended';

/** What a user signs in with: exactly one of address and name. */
export type SignIn = { readonly password: string } & (
  | { readonly email: string }
  | { readonly username: string }
);

/** A sign-in that succeeded. */
export interface SignedIn extends OpenedSession {
  readonly user: User;
}

export interface AuthDependencies {
  readonly userStore: UserStore;
  readonly users: Users;
  readonly sessions: Sessions;
  readonly journal: Journal;
  readonly clock: () => number;
}

/** Signing up, in and out. */
export class Auth {
  readonly #userStore: UserStore;
  readonly #users: Users;
  readonly #sessions: Sessions;
  readonly #journal: Journal;
  readonly #clock: () => number;
  readonly #hashing = new Semaphore(HASHING_LIMITS);

  constructor({ userStore, users, sessions, journal, clock }: AuthDependencies) {
    this.#userStore = userStore;
    this.#users = users;
    this.#sessions = sessions;
    this.#journal = journal;
    this.#clock = clock;
  }

  register(signUp: SignUp, client: Client): Promise<User> {
    return this.#hashing.run(() => this.#users.registerTrader(signUp, client));
  }

  /**
   * Opens a session for a user with the right password; throws `bad-credentials` otherwise. A browser that signs in again
   * replaces its former token, so that session ends.
   */
  async login(signIn: SignIn, client: Client, replacedToken?: string): Promise<SignedIn> {
    // The whole attempt is one turn, reading included: attempts that wait see the lock that earlier ones caused.
    const user = await this.#hashing.run(() => this.#identify(signIn, client));
    const replaced =
      replacedToken === undefined ? undefined : await this.#sessions.authenticate(replacedToken);
    if (replaced)
      await this.#end(replaced, { type: SESSION_ENDED, description: 'Replaced by a new sign-in.' }, client);
    const session = await this.#sessions.open(user.id, client);
    await this.#journal.record(
      securityFact(client, {
        type: 'login',
        severity: 'info',
        userId: user.id,
        description: 'Signed in.',
        details: { sessionId: session.sessionId },
      }),
    );
    return { ...session, user };
  }

  /** Confirms that a request comes from the person and not from who found their session; throws `password-wrong` otherwise. */
  async confirmPassword(userId: string, password: string, client: Client): Promise<void> {
    const isConfirmed = await this.#hashing.run(async () => {
      const credentials = await this.#userStore.findCredentials({ userId });
      const isRight = await isPasswordOf(credentials?.passwordHash, password);
      if (isRight && credentials && isOpen(credentials, this.#clock())) return true;
      await this.#recordFailure(credentials, isRight, client);
      return false;
    });
    if (!isConfirmed)
      throw new Problem('password-wrong', 'The password is wrong, or sign-in is locked for a while.', {
        errors: [{ pointer: '/password', detail: 'is not your password' }],
      });
  }

  /** Ends the session of the request. */
  async logout(principal: Principal, client: Client): Promise<void> {
    await this.#end(principal, { type: 'logout', description: 'Signed out.' }, client);
  }

  /** Ends a session of the person, wherever it is; false when they have no such session. */
  endSession(owner: Pick<Principal, 'userId' | 'sessionId'>, client: Client): Promise<boolean> {
    return this.#end(owner, { type: SESSION_ENDED, description: 'Signed out from somewhere else.' }, client);
  }

  async #end(
    { userId, sessionId }: Pick<Principal, 'userId' | 'sessionId'>,
    fact: { readonly type: string; readonly description: string },
    client: Client,
  ): Promise<boolean> {
    const wasThere = await this.#sessions.revoke(userId, sessionId, fact.type);
    if (wasThere)
      await this.#journal.record(
        securityFact(client, { ...fact, severity: 'info', userId, details: { sessionId } }),
      );
    return wasThere;
  }

  async #identify(signIn: SignIn, client: Client): Promise<User> {
    const credentials = await this.#userStore.findCredentials(loginOf(signIn));
    const isRight = await isPasswordOf(credentials?.passwordHash, signIn.password);
    const user =
      credentials && isRight
        ? await this.#userStore.recordLogin(credentials.userId, this.#clock())
        : undefined;
    if (user) return user;
    await this.#recordFailure(credentials, isRight, client);
    throw new Problem(
      'bad-credentials',
      'The e-mail address, username or password is wrong, or the account is locked for a while.',
    );
  }

  async #recordFailure(
    credentials: Credentials | undefined,
    isPasswordRight: boolean,
    client: Client,
  ): Promise<void> {
    const userId = credentials?.userId;
    const reason = reasonOf(credentials, isPasswordRight, this.#clock());
    // Both writes at the same time: failures of people who exist must not take longer than those of people who do not.
    const [isLocked] = await Promise.all([
      userId !== undefined && !isPasswordRight && this.#count(userId),
      this.#journal.record(
        securityFact(client, {
          type: 'login-failed',
          severity: 'warning',
          userId,
          description: 'A sign-in failed.',
          details: { reason },
        }),
      ),
    ]);
    if (!isLocked) return;
    await this.#journal.record(
      securityFact(client, {
        type: 'user-locked',
        severity: 'warning',
        userId,
        description: `Locked for ${LOCK_MS / 60_000} minutes after ${FAILURES_BEFORE_LOCK} failed sign-ins.`,
      }),
    );
  }

  #count(userId: string): Promise<boolean> {
    const at = this.#clock();
    return this.#userStore.recordFailure(userId, {
      at,
      lockAfter: FAILURES_BEFORE_LOCK,
      lockUntil: at + LOCK_MS,
    });
  }
}

function loginOf(signIn: SignIn): { email: string } | { username: string } {
  return 'email' in signIn
    ? { email: signIn.email.toLowerCase() }
    : { username: signIn.username.toLowerCase() };
}

/** Whether the person may sign in now. */
function isOpen({ isActive, lockedUntil = 0 }: Credentials, now: number): boolean {
  return isActive && lockedUntil <= now;
}

/** Why a sign-in failed, for the journal only. */
function reasonOf(credentials: Credentials | undefined, isPasswordRight: boolean, now: number): string {
  if (!credentials) return 'unknown-user';
  if (!isOpen(credentials, now)) return credentials.isActive ? 'locked' : 'disabled';
  return isPasswordRight ? 'changed-meanwhile' : 'wrong-password';
}

/**
 * Returns the session that a journal entry says was ended, if it says so. Another copy of the server may have ended it, and
 * `Sessions.forget` makes it end here too.
 */
export function endedSessionOf({ type, details }: JournalEntry): readonly string[] {
  const sessionId = type === SESSION_ENDED || type === 'logout' ? details?.['sessionId'] : undefined;
  return typeof sessionId === 'string' ? [sessionId] : [];
}
