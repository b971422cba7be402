/** Changing a password. Every other session that the former password may have opened ends. */

import { weakPassword } from './new-passwords.ts';
import { passwordWrong } from './password-proof.ts';
import { securityFact } from './security-journal.ts';
import { ENDED_SESSIONS } from './sessions.ts';
import type { Client } from '../http/client.ts';
import type { Principal } from '../http/principal.ts';
import type { NewPasswords } from './new-passwords.ts';
import type { PasswordProof } from './password-proof.ts';
import type { Journal } from './security-journal.ts';
import type { Sessions } from './sessions.ts';

export interface PasswordChangeDependencies {
  readonly newPasswords: NewPasswords;
  readonly proof: PasswordProof;
  readonly sessions: Sessions;
  readonly journal: Journal;
}

/** The former and the new password, as typed, and a code of the second factor of those who have one. */
export interface PasswordPair {
  readonly currentPassword: string;
  readonly newPassword: string;
  readonly code?: string | undefined;
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
    { currentPassword, newPassword, code }: PasswordPair,
    client: Client,
  ): Promise<void> {
    const proof = { password: currentPassword, code };
    const formerHash = await this.#deps.proof.confirm(userId, proof, client, '/currentPassword');
    if (newPassword === currentPassword)
      throw weakPassword('/newPassword', 'must differ from the current password');
    const isSet = await this.#deps.newPasswords.set(userId, {
      password: newPassword,
      pointer: '/newPassword',
      formerHash,
    });
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
}
