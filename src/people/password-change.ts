/** Changing a password. Every other session that the former password may have opened ends. */

import { Problem } from '../core/shared/problem.ts';
import { hashPassword } from './password-hash.ts';
import { passwordWrong } from './password-proof.ts';
import { securityFact } from './security-journal.ts';
import { ENDED_SESSIONS } from './sessions.ts';
import { passwordWeakness } from './sign-up-rules.ts';
import type { Client } from '../http/client.ts';
import type { Principal } from '../http/principal.ts';
import type { PasswordProof } from './password-proof.ts';
import type { Journal } from './security-journal.ts';
import type { Sessions } from './sessions.ts';
import type { Users } from './users.ts';
import type { UserStore } from './user-store.ts';

export interface PasswordChangeDependencies {
  readonly store: UserStore;
  readonly users: Users;
  readonly proof: PasswordProof;
  readonly sessions: Sessions;
  readonly journal: Journal;
  readonly clock: () => number;
}

/** The former and the new password, as typed. */
export interface PasswordPair {
  readonly currentPassword: string;
  readonly newPassword: string;
}

/** Changes passwords. */
export class PasswordChange {
  readonly #deps: PasswordChangeDependencies;

  constructor(deps: PasswordChangeDependencies) {
    this.#deps = deps;
  }

  /**
   * Changes the password of who sent the request, and ends their other sessions. Throws `password-wrong` when the current one is
   * wrong, and `invalid-request` when the new one is too weak.
   */
  async ofSelf(
    { userId, credentialId }: Principal,
    { currentPassword, newPassword }: PasswordPair,
    client: Client,
  ): Promise<void> {
    const formerHash = await this.#deps.proof.confirm(userId, currentPassword, client, '/currentPassword');
    if (newPassword === currentPassword) throw weak('/newPassword', 'must differ from the current password');
    const isSet = await this.#set(userId, { password: newPassword, pointer: '/newPassword', formerHash });
    // An administrator set another one since it was compared.
    if (!isSet) throw passwordWrong('/currentPassword');
    const ended = await this.#deps.sessions.revokeAllOf(userId, 'password-changed', credentialId);
    await this.#deps.journal.record(
      securityFact(client, {
        type: 'password-changed',
        severity: 'warning',
        userId,
        description: 'The password was changed; other sessions ended.',
        details: { [ENDED_SESSIONS]: ended },
      }),
    );
  }

  /** Sets the password of a person who may have forgotten theirs. What the former one opened is the caller's to end. */
  async ofAnother(userId: string, password: string): Promise<void> {
    await this.#set(userId, { password, pointer: '/password' });
  }

  async #set(
    userId: string,
    {
      password,
      pointer,
      formerHash,
    }: { readonly password: string; readonly pointer: string; readonly formerHash?: string },
  ): Promise<boolean> {
    const { store, users, proof, clock } = this.#deps;
    const { email, username } = await users.get(userId);
    const weakness = passwordWeakness(password, [email, username]);
    if (weakness !== undefined) throw weak(pointer, weakness);
    const passwordHash = await proof.inTurn(() => hashPassword(password));
    return store.setPassword({ userId, passwordHash, formerHash, at: clock() });
  }
}

function weak(pointer: string, detail: string): Problem {
  return new Problem('invalid-request', 'The new password is not valid.', { errors: [{ pointer, detail }] });
}
