/** Proof by password that a request comes from a person. Failures are counted, and slow down the next attempt. */

import { availableParallelism } from 'node:os';
import { Problem } from '../core/shared/problem.ts';
import { acquaintanceOf, strangersAt } from './failed-sign-ins/failed-sign-ins.ts';
import { FairTurns } from './failed-sign-ins/fair-turns.ts';
import { isPasswordOf } from './password-hash.ts';
import { secondFactorWrong } from './second-factor/second-factor-check.ts';
import { securityFact } from './security-journal.ts';
import type { Client } from '../http/client.ts';
import type { FailedSignIns, LoginText } from './failed-sign-ins/failed-sign-ins.ts';
import type { Subject } from './failed-sign-ins/failure-store.ts';
import type { TurnSender } from './failed-sign-ins/fair-turns.ts';
import type { KnownSenders } from './failed-sign-ins/known-senders.ts';
import type { SecondFactorCheck } from './second-factor/second-factor-check.ts';
import type { Journal } from './security-journal.ts';
import type { Credentials, Login, User, UserStore } from './user-store.ts';

/** Each hash takes a processor for some 10 ms. At least one of two stays for the rest of the server and its database; 32 waiting are a third of a second. */
const HASHING_LIMITS = { running: availableParallelism() > 2 ? 2 : 1, waiting: 32 } as const;

/** What a person proves with that it is them: a code too when they have a second factor. */
export interface Proof {
  readonly password: string;
  readonly code?: string | undefined;
}

/** A person who proved who they are, and what their password and code were compared with. */
export interface Proved {
  readonly user: User;
  readonly passwordHash: string;
  /** Undefined when they had no second factor. */
  readonly factorId: string | undefined;
}

/** What came of comparing a proof: what is wrong, if something is. */
type Compared =
  | { readonly credentials: Credentials; readonly factorId: string | undefined; readonly fault?: undefined }
  | {
      readonly credentials: Credentials | undefined;
      readonly fault: 'password' | 'code' | 'not-open' | 'unverified';
    };

/** What administrators ask of those who sign in. */
export interface SignInRules {
  requiresVerifiedEmail(): Promise<boolean>;
}

export interface PasswordProofDependencies {
  readonly store: UserStore;
  readonly secondFactors: SecondFactorCheck;
  readonly failures: FailedSignIns;
  readonly knownSenders: KnownSenders;
  readonly rules: SignInRules;
  readonly journal: Journal;
  readonly clock: () => number;
}

/** An attempt to prove who one is, by what its failures are counted. */
interface Attempt {
  readonly subject: Subject;
  readonly isKnown: boolean;
  readonly client: Client;
}

/** Compares passwords. */
export class PasswordProof {
  readonly #deps: PasswordProofDependencies;
  readonly #hashing = new FairTurns(HASHING_LIMITS);

  constructor(deps: PasswordProofDependencies) {
    this.#deps = deps;
  }

  /** Runs work that hashes a password in its turn; throws `too-many-requests` when too many wait. */
  inTurn<T>(sender: TurnSender, work: () => Promise<T>): Promise<T> {
    return this.#hashing.run(sender, work);
  }

  /**
   * Returns who signs in, and notes that they did; throws `bad-credentials`, with one text whatever was wrong, and `too-many-requests`
   * while they have to wait. Only who has the right password is answered `second-factor-needed` or `second-factor-wrong`. `deviceToken`
   * is what the browser kept of an earlier sign-in.
   */
  async signIn(login: Login, proof: Proof, client: Client, deviceToken?: string): Promise<Proved> {
    const { store, failures, knownSenders, clock } = this.#deps;
    const userId = (await store.findCredentials(login))?.userId;
    const acquaintance = await knownSenders.recognize(userId, { ipAddress: client.ipAddress, deviceToken });
    const subject =
      userId !== undefined && acquaintance
        ? acquaintanceOf(userId, acquaintance)
        : strangersAt(textOf(login));
    const attempt = { subject, isKnown: acquaintance !== undefined, client };
    return this.#attempt(attempt, async () => {
      const compared = await this.#compare(login, proof, await this.#deps.rules.requiresVerifiedEmail());
      const { credentials, fault } = compared;
      const user = fault ? undefined : await store.recordLogin(compared.credentials.userId, clock());
      if (!fault && user) {
        await failures.succeeded(subject, acquaintance);
        return { user, passwordHash: compared.credentials.passwordHash, factorId: compared.factorId };
      }
      await this.#recordFailure(credentials, fault, attempt);
      throw fault === 'code' ? secondFactorWrong() : badCredentials();
    });
  }

  /**
   * Confirms that a request comes from the person and not from who found their session, and returns the hash that the password was
   * compared with; throws `password-wrong`, `second-factor-needed` or `second-factor-wrong` otherwise, and `too-many-requests` after too
   * many failures. Those do not delay a sign-in: who found a session must not keep its owner from ending it.
   */
  async confirm(userId: string, proof: Proof, client: Client, pointer = '/password'): Promise<string> {
    const attempt = { subject: strangersAt(`person:${userId}`), isKnown: true, client };
    return this.#attempt(attempt, async () => {
      const compared = await this.#compare({ userId }, proof, false);
      if (!compared.fault) return compared.credentials.passwordHash;
      await this.#recordFailure(compared.credentials, compared.fault, attempt);
      throw compared.fault === 'code' ? secondFactorWrong() : passwordWrong(pointer);
    });
  }

  /** The whole attempt is one turn: attempts that wait see the failures of earlier ones. */
  #attempt<T>({ subject, isKnown, client }: Attempt, work: () => Promise<T>): Promise<T> {
    return this.inTurn({ isKnown, ipAddress: client.ipAddress }, async () => {
      await this.#deps.failures.assertMayTry(subject);
      return work();
    });
  }

  /** A code that is missing is no failure: a page asks for it when it knows that it is needed. */
  async #compare(login: Login, { password, code }: Proof, mustBeVerified: boolean): Promise<Compared> {
    const credentials = await this.#deps.store.findCredentials(login);
    const isRight = await isPasswordOf(credentials?.passwordHash, password);
    if (!credentials || !isRight) return { credentials, fault: 'password' };
    if (!credentials.isActive) return { credentials, fault: 'not-open' };
    if (mustBeVerified && !credentials.isVerified) return { credentials, fault: 'unverified' };
    const checked = await this.#deps.secondFactors.take(credentials.userId, code);
    return checked.isPassed ? { credentials, factorId: checked.factorId } : { credentials, fault: 'code' };
  }

  async #recordFailure(
    credentials: Credentials | undefined,
    fault: Compared['fault'],
    { subject, isKnown, client }: Attempt,
  ): Promise<void> {
    const { failures, journal } = this.#deps;
    const userId = credentials?.userId;
    // The same for people who do not exist: their failures must not take less time.
    await Promise.all([
      failures.add({ subject, userId, isKnown }, client),
      journal.record(
        securityFact(client, {
          type: 'login-failed',
          severity: 'warning',
          userId,
          description: 'A sign-in failed.',
          details: { reason: reasonOf(credentials, fault) },
        }),
      ),
    ]);
  }
}

/** The one answer to every failed sign-in. */
export function badCredentials(): Problem {
  return new Problem(
    'bad-credentials',
    'The e-mail address, the username or the password is wrong, or the address still has to be confirmed.',
  );
}

/** The answer to a password that does not confirm a request. */
export function passwordWrong(pointer: string): Problem {
  return new Problem('password-wrong', 'The password is wrong.', {
    errors: [{ pointer, detail: 'is not your password' }],
  });
}

function textOf(login: Login): LoginText {
  if ('userId' in login) return `person:${login.userId}`;
  return 'email' in login ? `email:${login.email}` : `username:${login.username}`;
}

/** Why a sign-in failed, for the journal only. */
function reasonOf(credentials: Credentials | undefined, fault: Compared['fault']): string {
  if (!credentials) return 'unknown-user';
  if (!credentials.isActive) return 'disabled';
  if (fault === 'unverified') return 'email-not-verified';
  return fault === 'password' || fault === 'code' ? `wrong-${fault}` : 'changed-meanwhile';
}
