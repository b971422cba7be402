/** The mails of the server, and what people do with codes from them. */

import { present } from '../core/shared/assert.ts';
import { Mails } from '../mail/mails.ts';
import { SmtpSender } from '../mail/smtp-sender.ts';
import { PasswordReset, resetMailWriters } from '../people/email/password-reset.ts';
import { UserTokens } from '../people/email/user-tokens.ts';
import type { Log } from '../process/log.ts';
import type { Journal } from '../journal/journal.ts';
import type { NewPasswords } from '../people/new-passwords.ts';
import type { Sessions } from '../people/sessions.ts';
import type { Stores } from './compose-stores.ts';
import type { Config } from './config.ts';

export type MailConfig = Pick<Config, 'SMTP_URL' | 'MAIL_FROM' | 'PUBLIC_URL'>;

export interface EmailParts {
  readonly config: MailConfig;
  readonly stores: Pick<Stores, 'users' | 'userTokens' | 'mails'>;
  readonly journal: Journal;
  readonly newPasswords: NewPasswords;
  readonly sessions: Sessions;
  readonly clock: () => number;
  readonly log: Log;
}

/** Makes the mails and what is done with them. */
export function makeEmail({ config, stores, journal, newPasswords, sessions, clock, log }: EmailParts) {
  const store = stores.users;
  const tokens = new UserTokens({ store: stores.userTokens, clock });
  const { PUBLIC_URL: publicUrl = '' } = config;
  const mails = new Mails({
    store: stores.mails,
    sender: openSender(config),
    writers: resetMailWriters({ store, tokens, journal, publicUrl }),
    clock,
    log,
  });
  return {
    mails,
    userTokens: tokens,
    passwordReset: new PasswordReset({ store, tokens, newPasswords, sessions, mails, journal, clock }),
  };
}

function openSender({ SMTP_URL: url, MAIL_FROM: from }: MailConfig): SmtpSender | undefined {
  return url === undefined
    ? undefined
    : new SmtpSender({ url, from: present(from, 'MAIL_FROM beside SMTP_URL') });
}
