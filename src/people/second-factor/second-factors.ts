/** A person's second factor: added, confirmed with a first code, and removed. Every change needs the password, and a code once there is one. */

import { randomUUIDv7 } from 'node:crypto';
import { Problem } from '../../core/shared/problem.ts';
import { securityFact } from '../security-journal.ts';
import { ENDED_SESSIONS } from '../sessions.ts';
import { hashOfRecoveryCode, newRecoveryCodes } from './recovery-codes.ts';
import { secondFactorWrong } from './second-factor-check.ts';
import { newSecret, otpauthUri } from './totp.ts';
import type { Client } from '../../http/client.ts';
import type { Principal } from '../../http/principal.ts';
import type { PasswordProof, Proof } from '../password-proof.ts';
import type { Journal } from '../security-journal.ts';
import type { Sessions } from '../sessions.ts';
import type { UserRole } from '../user-store.ts';
import type { Users } from '../users.ts';
import type { SecondFactorCheck } from './second-factor-check.ts';
import type { SecondFactor, SecondFactorStore } from './second-factor-store.ts';

const ISSUER = 'Auto Forex';

export interface SecondFactorsDependencies {
  readonly store: SecondFactorStore;
  readonly check: SecondFactorCheck;
  readonly users: Users;
  readonly proof: PasswordProof;
  readonly sessions: Sessions;
  readonly journal: Journal;
  /** Whether people can verify their addresses. */
  readonly canVerify: boolean;
  readonly rules: { requiresSecondFactor(role: UserRole): Promise<boolean> };
  readonly clock: () => number;
}

/** What an authenticator app needs; shown once. */
export interface NewSecret {
  readonly secret: string;
  readonly uri: string;
}

/** The second factors of all people. */
export class SecondFactors {
  readonly #deps: SecondFactorsDependencies;

  constructor(deps: SecondFactorsDependencies) {
    this.#deps = deps;
  }

  /** The second factor that sign-in asks a person for; undefined when there is none. */
  async of(userId: string): Promise<SecondFactor | undefined> {
    const factor = await this.#deps.store.find(userId);
    return factor?.confirmedAt === undefined ? undefined : factor;
  }

  /**
   * Makes a secret, which counts when {@link confirm} is sent a first code of it. Throws `conflict` when the person has a second factor, or
   * has not verified their address where they can: a stranger who signed up with it could keep its owner out for good.
   */
  async add(userId: string, proof: Proof, client: Client): Promise<NewSecret> {
    const { store, check, users, canVerify, clock } = this.#deps;
    await this.#deps.proof.confirm(userId, proof, client);
    const { email, emailVerifiedAt } = await users.get(userId);
    if (canVerify && emailVerifiedAt === undefined)
      throw new Problem(
        'conflict',
        'Verify your e-mail address first: POST /auth/verify-email/resend sends a code.',
        {
          code: 'email-unverified',
        },
      );
    const secret = newSecret();
    const id = randomUUIDv7();
    const isPrepared = await store.prepare(userId, id, check.seal(secret, { id, userId }), clock());
    if (!isPrepared)
      throw new Problem('conflict', 'There is a second factor already: remove it first.', {
        code: 'second-factor-exists',
      });
    return { secret, uri: otpauthUri(secret, { issuer: ISSUER, name: email }) };
  }

  /**
   * Makes sign-in ask for codes from now on, when the first one is right, and ends the person's other sessions. Returns the recovery
   * codes, which are stored nowhere.
   */
  async confirm(
    { userId, credentialId }: Principal,
    code: string,
    client: Client,
  ): Promise<readonly string[]> {
    const { store, check, sessions, journal, clock } = this.#deps;
    const factor = await store.find(userId);
    if (!factor || factor.confirmedAt !== undefined) throw noneWaits();
    const step = check.stepOf(factor, code);
    if (step === undefined) throw secondFactorWrong();
    const recoveryCodes = newRecoveryCodes();
    const recoveryCodeHashes = recoveryCodes.map(hashOfRecoveryCode);
    if (!(await store.confirm(factor, { step, recoveryCodeHashes, at: clock() }))) throw noneWaits();
    sessions.lookAgain(credentialId);
    const ended = await sessions.revokeAllOf(userId, 'second-factor-added', credentialId);
    await journal.record(
      securityFact(client, {
        type: 'second-factor-added',
        severity: 'warning',
        userId,
        description: 'A second factor was added; other sessions ended.',
        details: { [ENDED_SESSIONS]: ended },
      }),
    );
    return recoveryCodes;
  }

  /** Makes new recovery codes and returns them; the former ones are worth nothing any more. */
  async replaceRecoveryCodes(userId: string, proof: Proof, client: Client): Promise<readonly string[]> {
    const { store, journal, clock } = this.#deps;
    await this.#deps.proof.confirm(userId, proof, client);
    const factor = await this.of(userId);
    if (!factor) throw none();
    const recoveryCodes = newRecoveryCodes();
    await store.replaceRecoveryCodes(factor.id, recoveryCodes.map(hashOfRecoveryCode), clock());
    await journal.record(
      securityFact(client, {
        type: 'recovery-codes-replaced',
        severity: 'warning',
        userId,
        description: 'The recovery codes of the second factor were replaced.',
      }),
    );
    return recoveryCodes;
  }

  /** Removes it: the password is enough from now on. The person's other sessions end. Throws `conflict` where the server asks for one. */
  async remove({ userId, role, credentialId }: Principal, proof: Proof, client: Client): Promise<void> {
    const { store, rules, sessions, journal } = this.#deps;
    await this.#deps.proof.confirm(userId, proof, client);
    if (await rules.requiresSecondFactor(role))
      throw new Problem('conflict', 'This server asks you for a second factor.', {
        code: 'second-factor-required',
      });
    if (!(await store.remove(userId))) throw none();
    const ended = await sessions.revokeAllOf(userId, 'second-factor-removed', credentialId);
    await journal.record(
      securityFact(client, {
        type: 'second-factor-removed',
        severity: 'warning',
        userId,
        description: 'The second factor was removed; other sessions ended.',
        details: { [ENDED_SESSIONS]: ended },
      }),
    );
  }
}

function none(): Problem {
  return new Problem('conflict', 'There is no second factor.', { code: 'second-factor-missing' });
}

function noneWaits(): Problem {
  return new Problem('conflict', 'No second factor waits for its first code.', {
    code: 'second-factor-missing',
  });
}
