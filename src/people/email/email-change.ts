/** Another e-mail address: who asks for it proves that it is them, the new address proves that it is theirs, and the old one can undo it. */

import { Problem } from '../../core/shared/problem.ts';
import { securityFact } from '../security-journal.ts';
import { ENDED_SESSIONS } from '../sessions.ts';
import { isEmail } from '../sign-up-rules.ts';
import { changeMail, changedMail } from './mail-texts.ts';
import { NO_PASSWORD } from '../password-hash.ts';
import type { Client } from '../../http/client.ts';
import type { MailWriter } from '../../mail/mail.ts';
import type { ApiKeys } from '../api-keys/api-keys.ts';
import type { NewPasswords } from '../new-passwords.ts';
import type { PasswordProof, Proof } from '../password-proof.ts';
import type { SecondFactorStore } from '../second-factor/second-factor-store.ts';
import type { Sessions } from '../sessions.ts';
import type { EmailDependencies, MailWriterDependencies } from './email-dependencies.ts';
import type { UserToken } from './user-token-store.ts';

const CHANGE = 'change-email';
const CHANGED = 'email-changed';
const MINUTE_MS = 60_000;
const GOOD_FOR_MINUTES = 60;
/** Long enough to come back from a weekend; not so long that a mailbox that was given up stays a way in. */
const UNDO_DAYS = 3;
const DAY_MS = 86_400_000;
/** Who took an account over sets up a second factor first, so that its owner stays out. One that is older is its owner's. */
const SUSPECT_BEFORE_CHANGE_MS = DAY_MS;

export interface EmailChangeDependencies extends EmailDependencies {
  readonly proof: PasswordProof;
  readonly sessions: Sessions;
  readonly apiKeys: ApiKeys;
  readonly newPasswords: Pick<NewPasswords, 'replace'>;
  readonly secondFactors: Pick<SecondFactorStore, 'removeSince'>;
}

/** Changes e-mail addresses. */
export class EmailChange {
  readonly #deps: EmailChangeDependencies;

  constructor(deps: EmailChangeDependencies) {
    this.#deps = deps;
  }

  /** Sends a code to the new address; nothing else changes. Throws when the proof is wrong, `invalid-request`, or `mail-off`. */
  async request(userId: string, email: string, proof: Proof, client: Client): Promise<void> {
    const { mails, journal, clock } = this.#deps;
    const recipient = email.toLowerCase();
    if (!isEmail(recipient))
      throw new Problem('invalid-request', 'The new address is not valid.', {
        errors: [{ pointer: '/email', detail: 'must be an e-mail address' }],
      });
    await mails.assertOn(CHANGE);
    await this.#deps.proof.confirm(userId, proof, client);
    const expiresAt = clock() + GOOD_FOR_MINUTES * MINUTE_MS;
    await mails.post({ kind: CHANGE, recipient, data: { userId }, expiresAt });
    await journal.record(
      securityFact(client, {
        type: 'email-change-requested',
        severity: 'warning',
        userId,
        description: 'Another e-mail address was asked for; a code is sent to it.',
      }),
    );
  }

  /** Changes the address, ends all sessions, and sends the old address a code to undo it. Throws `token-invalid`, or `conflict` when it was taken meanwhile. */
  async complete(code: string, client: Client): Promise<void> {
    const { tokens, sessions, mails, clock } = this.#deps;
    const token = await tokens.find(code, ['change-email']);
    await tokens.take(code, token);
    const former = await this.#change(token);
    const ended = await sessions.revokeAllOf(token.userId, 'email-changed');
    await this.#record(client, token.userId, {
      type: 'email-changed',
      description: 'The e-mail address was changed; all sessions ended.',
      ended,
    });
    await mails.notify({
      kind: CHANGED,
      recipient: former,
      data: { userId: token.userId },
      expiresAt: clock() + UNDO_DAYS * DAY_MS,
    });
  }

  /**
   * Gives a person their former address back, and ends their password, all their sessions, API keys, and a second factor that was set up since
   * a day before the change: someone else knows the password and may have made the others. A new password is set with another code.
   */
  async undo(code: string, client: Client): Promise<void> {
    const { tokens, newPasswords, sessions, apiKeys, secondFactors } = this.#deps;
    const token = await tokens.find(code, ['undo-email-change']);
    await tokens.take(code, token);
    await this.#change(token, token.expiresAt);
    // Before the others: with it, they could be made again.
    await newPasswords.replace(token.userId, NO_PASSWORD);
    const ended = [
      ...(await sessions.revokeAllOf(token.userId, 'email-change-undone')),
      ...(await apiKeys.revokeAllOf(token.userId)),
    ];
    const changedAt = token.expiresAt - UNDO_DAYS * DAY_MS;
    const isRemoved = await secondFactors.removeSince(token.userId, changedAt - SUSPECT_BEFORE_CHANGE_MS);
    await this.#record(client, token.userId, {
      type: 'email-change-undone',
      description: `The change of the e-mail address was undone; the password, all sessions and API keys ended${isRemoved ? ', and the second factor was removed' : ''}.`,
      ended,
    });
  }

  async #change({ userId, email }: UserToken, undoneUntil?: number): Promise<string> {
    const { store, clock } = this.#deps;
    const changed = await store.change({ userId, email, at: clock(), undoneUntil });
    if (changed === 'taken')
      throw new Problem('conflict', 'Another person has this address by now.', { code: 'email-taken' });
    if (changed === 'gone') throw new Problem('not-found', 'There is no such person any more.');
    return changed.former;
  }

  #record(
    client: Client,
    userId: string,
    fact: { readonly type: string; readonly description: string; readonly ended: readonly string[] },
  ): Promise<void> {
    const { ended, ...rest } = fact;
    return this.#deps.journal.record(
      securityFact(client, { ...rest, severity: 'warning', userId, details: { [ENDED_SESSIONS]: ended } }),
    );
  }
}

/** Returns who writes these mails. */
export function changeMailWriters({
  users,
  tokens,
  publicUrl,
}: MailWriterDependencies): Readonly<Record<string, MailWriter>> {
  const personOf = async ({ userId }: Readonly<Record<string, unknown>>) => {
    const user = typeof userId === 'string' ? await users.find(userId) : undefined;
    return user?.isActive ? user : undefined;
  };
  return {
    [CHANGE]: async ({ recipient, data }) => {
      const user = await personOf(data);
      // Whether an address is taken is not shown to who asks for it.
      if (!user || (await users.findByEmail(recipient))) return undefined;
      const wanted = { userId: user.id, purpose: 'change-email', email: recipient } as const;
      const token = await tokens.make(wanted, GOOD_FOR_MINUTES * MINUTE_MS);
      return changeMail({ username: user.username, publicUrl, token, minutes: GOOD_FOR_MINUTES });
    },
    [CHANGED]: async ({ recipient, data, expiresAt }) => {
      const user = await personOf(data);
      if (!user) return undefined;
      const wanted = { userId: user.id, purpose: 'undo-email-change', email: recipient } as const;
      // From the change on, however late the mail: of several changes, codes for earlier ones end earlier.
      const token = await tokens.makeUntil(wanted, expiresAt);
      const minutes = (UNDO_DAYS * DAY_MS) / MINUTE_MS;
      return changedMail({ username: user.username, publicUrl, token, minutes }, user.email);
    },
  };
}
