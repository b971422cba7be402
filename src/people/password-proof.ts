/** Proof by password that a request comes from a person. Failures are counted, and too many lock. */

import { Problem } from '../core/shared/problem.ts';
import { isPasswordOf } from './password-hash.ts';
import { secondFactorWrong } from './second-factor/second-factor-check.ts';
import { securityFact } from './security-journal.ts';
import { Semaphore } from './semaphore.ts';
import type { Client } from '../http/client.ts';
import type { SecondFactorCheck } from './second-factor/second-factor-check.ts';
import type { Journal } from './security-journal.ts';
import type { Credentials, Login, User, UserStore } from './user-store.ts';

/** So many failures lock: enough for a forgetful person, few for a program that guesses. */
const FAILURES_BEFORE_LOCK = 10;
const LOCK_MS = 15 * 60_000;
/** Each hash takes a core for some 10 ms: two leave room for other work, and 32 waiting are a third of a second. */
const HASHING_LIMITS = { running: 2, waiting: 32 } as const;

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
  | { readonly credentials: Credentials | undefined; readonly fault: 'password' | 'code' | 'not-open' };

export interface PasswordProofDependencies {
  readonly store: UserStore;
  readonly secondFactors: SecondFactorCheck;
  readonly journal: Journal;
  readonly clock: () => number;
}

/** Compares passwords. */
export class PasswordProof {
  readonly #store: UserStore;
  readonly #secondFactors: SecondFactorCheck;
  readonly #journal: Journal;
  readonly #clock: () => number;
  readonly #hashing = new Semaphore(HASHING_LIMITS);

  constructor({ store, secondFactors, journal, clock }: PasswordProofDependencies) {
    this.#store = store;
    this.#secondFactors = secondFactors;
    this.#journal = journal;
    this.#clock = clock;
  }

  /** Runs work that hashes a password in its turn; throws `too-many-requests` when too many wait. */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    return this.#hashing.run(work);
  }

  /**
   * Returns who signs in, and notes that they did; throws `bad-credentials`, with one text whatever was wrong. Only who has the right
   * password is answered `second-factor-needed` or `second-factor-wrong`.
   */
  async signIn(login: Login, proof: Proof, client: Client): Promise<Proved> {
    // The whole attempt is one turn, reading included: attempts that wait see the lock that earlier ones caused.
    return this.inTurn(async () => {
      const compared = await this.#compare(login, proof);
      const { credentials, fault } = compared;
      const user = fault
        ? undefined
        : await this.#store.recordLogin(compared.credentials.userId, this.#clock());
      if (!fault && user)
        return { user, passwordHash: compared.credentials.passwordHash, factorId: compared.factorId };
      await this.#recordFailure(credentials, fault, client);
      throw fault === 'code' ? secondFactorWrong() : badCredentials();
    });
  }

  /**
   * Confirms that a request comes from the person and not from who found their session, and returns the hash that the password was
   * compared with; throws `password-wrong`, `second-factor-needed` or `second-factor-wrong` otherwise.
   */
  async confirm(userId: string, proof: Proof, client: Client, pointer = '/password'): Promise<string> {
    return this.inTurn(async () => {
      const compared = await this.#compare({ userId }, proof);
      if (!compared.fault) return compared.credentials.passwordHash;
      await this.#recordFailure(compared.credentials, compared.fault, client);
      throw compared.fault === 'code' ? secondFactorWrong() : passwordWrong(pointer);
    });
  }

  /** A code that is missing is no failure: a page asks for it when it knows that it is needed. */
  async #compare(login: Login, { password, code }: Proof): Promise<Compared> {
    const credentials = await this.#store.findCredentials(login);
    const isRight = await isPasswordOf(credentials?.passwordHash, password);
    if (!credentials || !isRight) return { credentials, fault: 'password' };
    if (!isOpen(credentials, this.#clock())) return { credentials, fault: 'not-open' };
    const checked = await this.#secondFactors.take(credentials.userId, code);
    return checked.isPassed ? { credentials, factorId: checked.factorId } : { credentials, fault: 'code' };
  }

  async #recordFailure(
    credentials: Credentials | undefined,
    fault: Compared['fault'],
    client: Client,
  ): Promise<void> {
    const userId = credentials?.userId;
    const reason = reasonOf(credentials, fault, this.#clock());
    // Both writes at the same time: failures of people who exist must not take longer than those of people who do not.
    const [isLocked] = await Promise.all([
      userId !== undefined && (fault === 'password' || fault === 'code') && this.#count(userId),
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
    return this.#store.recordFailure(userId, {
      at,
      lockAfter: FAILURES_BEFORE_LOCK,
      lockUntil: at + LOCK_MS,
    });
  }
}

/** The one answer to every failed sign-in. */
export function badCredentials(): Problem {
  return new Problem(
    'bad-credentials',
    'The e-mail address, username or password is wrong, or the account is locked for a while.',
  );
}

/** The answer to a password that does not confirm a request. */
export function passwordWrong(pointer: string): Problem {
  return new Problem('password-wrong', 'The password is wrong, or sign-in is locked for a while.', {
    errors: [{ pointer, detail: 'is not your password' }],
  });
}

/** Whether the person may sign in now. */
function isOpen({ isActive, lockedUntil = 0 }: Credentials, now: number): boolean {
  return isActive && lockedUntil <= now;
}

/** Why a sign-in failed, for the journal only. */
function reasonOf(credentials: Credentials | undefined, fault: Compared['fault'], now: number): string {
  if (!credentials) return 'unknown-user';
  if (!isOpen(credentials, now)) return credentials.isActive ? 'locked' : 'disabled';
  return fault === 'password' || fault === 'code' ? `wrong-${fault}` : 'changed-meanwhile';
}
