/** The mails of the server, and what people do with codes from them. */

import { present } from '../core/shared/assert.ts';
import { Mails } from '../mail/mails.ts';
import { SmtpSender } from '../mail/smtp-sender.ts';
import { changeMailWriters, EmailChange } from '../people/email/email-change.ts';
import { EmailVerification, verificationMailWriters } from '../people/email/email-verification.ts';
import { PasswordReset, resetMailWriters } from '../people/email/password-reset.ts';
import { UserTokens } from '../people/email/user-tokens.ts';
import type { Log } from '../process/log.ts';
import type { Journal } from '../journal/journal.ts';
import type { ApiKeys } from '../people/api-keys/api-keys.ts';
import type { PasswordProof } from '../people/password-proof.ts';
import type { NewPasswords } from '../people/new-passwords.ts';
import type { KnownSenders } from '../people/failed-sign-ins/known-senders.ts';
import type { Sessions } from '../people/sessions.ts';
import type { Stores } from './compose-stores.ts';
import type { Config } from './config.ts';

export type MailConfig = Pick<Config, 'SMTP_URL' | 'MAIL_FROM' | 'PUBLIC_URL'>;

export interface EmailParts {
  readonly config: MailConfig;
  readonly stores: Pick<Stores, 'users' | 'emails' | 'userTokens' | 'mails' | 'secondFactors'>;
  readonly journal: Journal;
  readonly newPasswords: NewPasswords;
  readonly knownSenders: KnownSenders;
  readonly proof: PasswordProof;
  readonly sessions: Sessions;
  readonly apiKeys: ApiKeys;
  readonly clock: () => number;
  readonly log: Log;
}

/** Makes the mails and what is done with them. */
export function makeEmail({ config, stores, newPasswords, knownSenders, log, ...parts }: EmailParts) {
  const { journal, clock } = parts;
  const tokens = new UserTokens({ store: stores.userTokens, clock });
  const writing = { users: stores.users, tokens, journal, publicUrl: config.PUBLIC_URL ?? '' };
  const mails = new Mails({
    store: stores.mails,
    sender: openSender(config),
    writers: {
      ...resetMailWriters(writing),
      ...verificationMailWriters(writing),
      ...changeMailWriters(writing),
    },
    clock,
    log,
  });
  const all = { ...parts, store: stores.emails, tokens, mails };
  return {
    mails,
    userTokens: tokens,
    emailVerification: new EmailVerification(all),
    emailChange: new EmailChange({ ...all, newPasswords, secondFactors: stores.secondFactors }),
    passwordReset: new PasswordReset({ ...all, users: stores.users, newPasswords, knownSenders }),
  };
}

/** Returns the mail server; undefined where the settings name none. */
export function openSender({ SMTP_URL: url, MAIL_FROM: from }: MailConfig): SmtpSender | undefined {
  return url === undefined
    ? undefined
    : new SmtpSender({ url, from: present(from, 'MAIL_FROM beside SMTP_URL') });
}
