/** Setting a new password with a code from an e-mail, for those who forgot theirs. The second factor is asked for at sign-in as before. */

import { securityFact } from '../security-journal.ts';
import { ENDED_SESSIONS } from '../sessions.ts';
import { resetDoneMail, resetMail } from './mail-texts.ts';
import type { Client } from '../../http/client.ts';
import type { MailWriter } from '../../mail/mail.ts';
import type { ApiKeys } from '../api-keys/api-keys.ts';
import type { NewPasswords } from '../new-passwords.ts';
import type { Sessions } from '../sessions.ts';
import type { EmailDependencies, MailWriterDependencies } from './email-dependencies.ts';

const RESET = 'password-reset';
const RESET_DONE = 'password-reset-done';
const MINUTE_MS = 60_000;
const GOOD_FOR_MINUTES = 30;
const DAY_MS = 86_400_000;

export interface PasswordResetDependencies extends EmailDependencies {
  readonly newPasswords: NewPasswords;
  readonly sessions: Sessions;
  readonly apiKeys: ApiKeys;
}

/** Resets passwords. */
export class PasswordReset {
  readonly #deps: PasswordResetDependencies;

  constructor(deps: PasswordResetDependencies) {
    this.#deps = deps;
  }

  /**
   * Sends a code to an address, when a person has it. Whether one has is only looked up when the mail is written, so neither the
   * answer nor its time shows it. Throws `mail-off` when no mail can be sent.
   */
  async request(email: string, client: Client): Promise<void> {
    const { mails, clock } = this.#deps;
    await mails.post({
      kind: RESET,
      recipient: email.toLowerCase(),
      data: { ...client },
      expiresAt: clock() + GOOD_FOR_MINUTES * MINUTE_MS,
    });
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
  return {
    [RESET]: async ({ recipient, data, attempt }) => {
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
    },
    [RESET_DONE]: async ({ recipient }) => {
      const user = await users.findByEmail(recipient);
      return user && resetDoneMail({ username: user.username, publicUrl });
    },
  };
}
