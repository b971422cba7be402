/** Setting a new password with a code from an e-mail, for those who forgot theirs. The second factor is asked for at sign-in as before. */

import { securityFact } from '../security-journal.ts';
import { ENDED_SESSIONS } from '../sessions.ts';
import { resetDoneMail, resetMail } from './mail-texts.ts';
import type { Client } from '../../http/client.ts';
import type { MailWriter } from '../../mail/mail.ts';
import type { ApiKeys } from '../api-keys/api-keys.ts';
import type { NewPasswords } from '../new-passwords.ts';
import type { KnownSenders } from '../failed-sign-ins/known-senders.ts';
import type { UserStore } from '../user-store.ts';
import type { Sessions } from '../sessions.ts';
import type { EmailDependencies, MailWriterDependencies } from './email-dependencies.ts';

const RESET = 'password-reset';
/** Asked for from a device of the person: counted apart, so that strangers who ask do not use up what its owner may have. */
const RESET_FROM_DEVICE = 'password-reset-from-device';
const RESET_DONE = 'password-reset-done';
const MINUTE_MS = 60_000;
const GOOD_FOR_MINUTES = 30;
const DAY_MS = 86_400_000;

export interface PasswordResetDependencies extends EmailDependencies {
  readonly newPasswords: NewPasswords;
  readonly sessions: Sessions;
  readonly apiKeys: ApiKeys;
  readonly users: Pick<UserStore, 'findByEmail'>;
  readonly knownSenders: Pick<KnownSenders, 'recognize'>;
}

/** Resets passwords. */
export class PasswordReset {
  readonly #deps: PasswordResetDependencies;

  constructor(deps: PasswordResetDependencies) {
    this.#deps = deps;
  }

  /**
   * Sends a code to an address, when a person has it. Neither the answer nor its time shows whether one has. `deviceToken` is what the
   * browser kept of an earlier sign-in. Throws `mail-off` when no mail can be sent.
   */
  async request(email: string, client: Client, deviceToken?: string): Promise<void> {
    const { mails, clock } = this.#deps;
    const recipient = email.toLowerCase();
    await mails.post({
      kind: (await this.#isFromDevice(recipient, deviceToken)) ? RESET_FROM_DEVICE : RESET,
      recipient,
      data: { ...client },
      expiresAt: clock() + GOOD_FOR_MINUTES * MINUTE_MS,
    });
  }

  async #isFromDevice(email: string, deviceToken: string | undefined): Promise<boolean> {
    if (deviceToken === undefined) return false;
    const { users, knownSenders } = this.#deps;
    const user = await users.findByEmail(email);
    return (await knownSenders.recognize(user?.id, { deviceToken })) !== undefined;
  }

  /**
   * Sets a new password, ends all sessions, lifts a lock, and reports it to the person. Throws `token-invalid`, or `invalid-request` when the
   * password is too weak, which leaves the code good.
   */
  async complete(code: string, password: string, client: Client): Promise<void> {
    const { store, apiKeys, tokens, newPasswords, sessions, mails, journal, clock } = this.#deps;
    const token = await tokens.find(code, ['reset-password']);
    const passwordHash = await newPasswords.hash(token.userId, { password, pointer: '/password' });
    await tokens.take(code, token);
    await newPasswords.replace(token.userId, passwordHash);
    // Who signed up with the address of another may have made keys; its owner shows only now that it is theirs.
    const isFirstProof = await store.verify(token.userId, token.email, clock());
    const ended = [
      ...(await sessions.revokeAllOf(token.userId, 'password-reset')),
      ...(isFirstProof ? await apiKeys.revokeAllOf(token.userId) : []),
    ];
    await journal.record(
      securityFact(client, {
        type: 'password-reset',
        severity: 'warning',
        userId: token.userId,
        description: 'A new password was set with a code from an e-mail; all sessions ended.',
        details: { [ENDED_SESSIONS]: ended },
      }),
    );
    await mails.notify({ kind: RESET_DONE, recipient: token.email, data: {}, expiresAt: clock() + DAY_MS });
  }
}

/** Returns who writes these mails. */
export function resetMailWriters({
  users,
  tokens,
  journal,
  publicUrl,
}: MailWriterDependencies & Pick<EmailDependencies, 'journal'>): Readonly<Record<string, MailWriter>> {
  const writeReset: MailWriter = async ({ recipient, data, attempt }) => {
    const user = await users.findByEmail(recipient);
    if (!user?.isActive) return undefined;
    if (attempt === 1) {
      await journal.record(
        securityFact(data, {
          type: 'password-reset-requested',
          severity: 'info',
          userId: user.id,
          description: 'A code to set a new password was asked for, and is sent by e-mail.',
        }),
      );
    }
    const wanted = { userId: user.id, purpose: 'reset-password', email: user.email } as const;
    const token = await tokens.make(wanted, GOOD_FOR_MINUTES * MINUTE_MS);
    return resetMail({ username: user.username, publicUrl, token, minutes: GOOD_FOR_MINUTES });
  };
  return {
    [RESET]: writeReset,
    [RESET_FROM_DEVICE]: writeReset,
    [RESET_DONE]: async ({ recipient }) => {
      const user = await users.findByEmail(recipient);
      return user && resetDoneMail({ username: user.username, publicUrl });
    },
  };
}
