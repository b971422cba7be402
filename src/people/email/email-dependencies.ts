/** What everything needs that is done with codes from e-mails. */

import type { Mails } from '../../mail/mails.ts';
import type { Journal } from '../security-journal.ts';
import type { UserStore } from '../user-store.ts';
import type { EmailStore } from './email-store.ts';
import type { UserTokens } from './user-tokens.ts';

/** Of those who take the codes. */
export interface EmailDependencies {
  readonly store: EmailStore;
  readonly tokens: UserTokens;
  readonly mails: Mails;
  readonly journal: Journal;
  readonly clock: () => number;
}

/** Of those who write the mails. */
export interface MailWriterDependencies {
  readonly users: UserStore;
  readonly tokens: UserTokens;
  /** Where people reach the server. */
  readonly publicUrl: string;
}
