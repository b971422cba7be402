/** Whether people read what is sent to the address they signed up with. */

import { Problem } from '../../core/shared/problem.ts';
import { securityFact } from '../security-journal.ts';
import { emailTakenMail, usernameTakenMail, verifyMail } from './mail-texts.ts';
import type { Client } from '../../http/client.ts';
import type { MailWriter } from '../../mail/mail.ts';
import type { EmailDependencies, MailWriterDependencies } from './email-dependencies.ts';

const VERIFY = 'verify-email';
const EMAIL_TAKEN = 'sign-up-email-taken';
const USERNAME_TAKEN = 'sign-up-username-taken';
const HOUR_MS = 3_600_000;
const GOOD_FOR_HOURS = 24;

/** Verifies addresses. */
export class EmailVerification {
  readonly #deps: EmailDependencies;

  constructor(deps: EmailDependencies) {
    this.#deps = deps;
  }

  /** Whether sign-ups are answered by mail. */
  get isOn(): boolean {
    return this.#deps.mails.isOn;
  }

  /** Throws `mail-off` when no mail can be sent. */
  assertOn(): Promise<void> {
    return this.#deps.mails.assertOn(VERIFY);
  }

  /** Sends a code to an address, when a person has it and it is not verified. Throws `mail-off` when no mail can be sent. */
  async send(email: string): Promise<void> {
    await this.#post(VERIFY, email, {});
  }

  /** Answers a sign-up in the mailbox of its address, so that only who reads it learns what is taken. */
  async answerSignUp(
    email: string,
    username: string,
    taken: 'email' | 'username' | undefined,
  ): Promise<void> {
    if (taken === undefined) return this.send(email);
    await this.#post(taken === 'email' ? EMAIL_TAKEN : USERNAME_TAKEN, email, { username });
  }

  /** Takes the code; throws `token-invalid` when it is not good. */
  async complete(code: string, client: Client): Promise<void> {
    const { store, tokens, journal, clock } = this.#deps;
    const token = await tokens.find(code, ['verify-email']);
    await tokens.take(code, token);
    if (!(await store.verify(token.userId, token.email, clock())))
      throw new Problem('conflict', 'The address was verified before, or changed since the code was sent.', {
        code: 'already-verified',
      });
    await journal.record(
      securityFact(client, {
        type: 'email-verified',
        severity: 'info',
        userId: token.userId,
        description: 'The e-mail address was verified.',
      }),
    );
  }

  async #post(kind: string, email: string, data: Readonly<Record<string, string>>): Promise<void> {
    const { mails, clock } = this.#deps;
    const expiresAt = clock() + GOOD_FOR_HOURS * HOUR_MS;
    await mails.post({ kind, recipient: email.toLowerCase(), data, expiresAt });
  }
}

/** Returns who writes these mails. */
export function verificationMailWriters({
  users,
  tokens,
  publicUrl,
}: MailWriterDependencies): Readonly<Record<string, MailWriter>> {
  return {
    [VERIFY]: async ({ recipient }) => {
      const user = await users.findByEmail(recipient);
      if (!user?.isActive || user.emailVerifiedAt !== undefined) return undefined;
      const wanted = { userId: user.id, purpose: 'verify-email', email: user.email } as const;
      const token = await tokens.make(wanted, GOOD_FOR_HOURS * HOUR_MS);
      return verifyMail({ username: user.username, publicUrl, token, minutes: GOOD_FOR_HOURS * 60 });
    },
    [EMAIL_TAKEN]: async ({ recipient }) => {
      const user = await users.findByEmail(recipient);
      return user && emailTakenMail({ username: user.username, publicUrl });
    },
    [USERNAME_TAKEN]: async ({ data: { username } }) =>
      typeof username === 'string' ? usernameTakenMail({ username, publicUrl }) : undefined,
  };
}
