/** Signing up, in and out. One answer for every failed sign-in, whatever was wrong, in text and in time. */

import type { JournalEntry } from '../core/domain/journal-entry.ts';
import type { Login, User } from './user-store.ts';
import { securityFact } from './security-journal.ts';
import { badCredentials } from './password-proof.ts';
import { ENDED_SESSIONS } from './sessions.ts';
import type { PasswordProof, Proof } from './password-proof.ts';
import type { Client } from '../http/client.ts';
import type { Principal } from '../http/principal.ts';
import type { Journal } from './security-journal.ts';
import type { Device, KnownSenders } from './failed-sign-ins/known-senders.ts';
import type { OpenedSession, Sessions } from './sessions.ts';
import { alreadyRegistered } from './users.ts';
import type { EmailVerification } from './email/email-verification.ts';
import type { SignUp } from './sign-up-rules.ts';
import type { Users } from './users.ts';

const SESSION_ENDED = 'session-ended';

/** What a user signs in with: exactly one of address and name. */
export type SignIn = Proof & ({ readonly email: string } | { readonly username: string });

/** A sign-in that succeeded. */
export interface SignedIn extends OpenedSession {
  readonly user: User;
  readonly device: Device;
}

/** Who may sign up. */
interface SignUps {
  assertMaySignUp(email: string): Promise<void>;
}

export interface AuthDependencies {
  readonly proof: PasswordProof;
  readonly users: Users;
  readonly signUps: SignUps;
  readonly verification: EmailVerification;
  readonly sessions: Sessions;
  readonly knownSenders: KnownSenders;
  readonly journal: Journal;
}

/** What a browser kept of earlier sign-ins. */
export interface KeptTokens {
  readonly session?: string | undefined;
  readonly device?: string | undefined;
}

/** A session, and whose it is. */
type SessionOwner = Pick<Principal, 'userId' | 'credentialId'>;

/** Signing up, in and out. */
export class Auth {
  readonly #proof: PasswordProof;
  readonly #users: Users;
  readonly #signUps: SignUps;
  readonly #verification: EmailVerification;
  readonly #sessions: Sessions;
  readonly #knownSenders: KnownSenders;
  readonly #journal: Journal;

  constructor({ proof, users, signUps, verification, sessions, knownSenders, journal }: AuthDependencies) {
    this.#proof = proof;
    this.#users = users;
    this.#signUps = signUps;
    this.#verification = verification;
    this.#sessions = sessions;
    this.#knownSenders = knownSenders;
    this.#journal = journal;
  }

  /**
   * Makes a trader and returns them; undefined when the answer is sent by mail, so that no one learns here what is taken. Throws
   * `forbidden` when they may not sign up, and without mail `conflict` when something is taken.
   */
  async register(signUp: SignUp, client: Client): Promise<User | undefined> {
    await this.#signUps.assertMaySignUp(signUp.email);
    const sender = { isKnown: false, ipAddress: client.ipAddress };
    if (this.#verification.isOn) await this.#verification.assertOn();
    const made = await this.#proof.inTurn(sender, () => this.#users.registerTrader(signUp, client));
    const taken = typeof made === 'string' ? made : undefined;
    if (this.#verification.isOn) {
      await this.#verification.answerSignUp(signUp.email, signUp.username, taken);
      return undefined;
    }
    if (typeof made === 'string') throw alreadyRegistered();
    return made;
  }

  /**
   * Opens a session for a user with the right password, and the right code where they have a second factor; throws otherwise, and
   * `too-many-requests` while they have to wait. A browser that signs in again replaces its former token, so that session ends.
   */
  async login(signIn: SignIn, client: Client, kept: KeptTokens = {}): Promise<SignedIn> {
    const proved = await this.#proof.signIn(loginOf(signIn), signIn, client, kept.device);
    const { user } = proved;
    const replaced = kept.session === undefined ? undefined : await this.#sessions.lookUp(kept.session);
    if (replaced)
      await this.#end(
        replaced.principal,
        { type: SESSION_ENDED, description: 'Replaced by a new sign-in.' },
        client,
      );
    const session = await this.#sessions.open(user.id, client, proved);
    // The password or the second factor was changed, or the person disabled, since they were compared.
    if (!session) throw badCredentials();
    const device = await this.#knownSenders.remember(user.id, kept.device);
    await this.#journal.record(
      securityFact(client, {
        type: 'login',
        severity: 'info',
        userId: user.id,
        description: 'Signed in.',
        details: {
          sessionId: session.sessionId,
          isNewDevice: device.isNew,
          ...(session.ended.length > 0 && { [ENDED_SESSIONS]: session.ended }),
        },
      }),
    );
    return { ...session, user, device };
  }

  /** Ends the session of the request. */
  async logout(principal: Principal, client: Client): Promise<void> {
    await this.#end(principal, { type: 'logout', description: 'Signed out.' }, client);
  }

  /** Ends a session of the person, wherever it is; false when they have no such session. */
  endSession(owner: SessionOwner, client: Client): Promise<boolean> {
    return this.#end(owner, { type: SESSION_ENDED, description: 'Signed out from somewhere else.' }, client);
  }

  async #end(
    { userId, credentialId: sessionId }: SessionOwner,
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
}

function loginOf(signIn: SignIn): Login {
  return 'email' in signIn
    ? { email: signIn.email.toLowerCase() }
    : { username: signIn.username.toLowerCase() };
}

/**
 * Returns the sessions that a journal entry says were ended, if it says so. Another copy of the server may have ended them, and
 * `Sessions.forget` makes them end here too.
 */
export function endedSessionsOf({ type, details }: JournalEntry): readonly string[] {
  const one = type === SESSION_ENDED || type === 'logout' ? [details?.['sessionId']] : [];
  const many = details?.[ENDED_SESSIONS];
  const all: readonly unknown[] = Array.isArray(many) ? many : one;
  return all.filter((id) => typeof id === 'string');
}
