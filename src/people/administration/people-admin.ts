/** What administrators do about people. Each change is a journal entry of the person it is about, and says who made it. */

import { Problem } from '../../core/shared/problem.ts';
import { loginsOf } from '../failed-sign-ins/failed-sign-ins.ts';
import { adminFact } from '../security-journal.ts';
import { ENDED_SESSIONS } from '../sessions.ts';
import type { JournalEntry } from '../../core/domain/journal-entry.ts';
import type { PageRequest } from '../../persistence/page.ts';
import type { ApiKeys } from '../api-keys/api-keys.ts';
import type { EmailStore } from '../email/email-store.ts';
import type { NewPasswords } from '../new-passwords.ts';
import type { SecondFactorStore } from '../second-factor/second-factor-store.ts';
import type { FailedSignIns } from '../failed-sign-ins/failed-sign-ins.ts';
import type { Administrator, Journal } from '../security-journal.ts';
import type { PersonSession } from '../session-store.ts';
import type { Sessions } from '../sessions.ts';
import type { SignUp } from '../sign-up-rules.ts';
import type { UserRole } from '../user-store.ts';
import type { Users } from '../users.ts';
import type { Deletion, DeletionStore } from './deletion-store.ts';
import type { AccessChange, ManagedUser, PeopleAdminStore, PeopleFilter } from './people-admin-store.ts';
import type { Precondition } from '../../http/preconditions.ts';

export interface PeopleAdminDependencies {
  readonly store: PeopleAdminStore;
  readonly deletions: DeletionStore;
  readonly users: Users;
  readonly sessions: Sessions;
  readonly apiKeys: ApiKeys;
  readonly newPasswords: NewPasswords;
  readonly secondFactors: SecondFactorStore;
  readonly emails: EmailStore;
  readonly failures: FailedSignIns;
  readonly journal: Journal;
  readonly clock: () => number;
}

/** The administration of people. */
export class PeopleAdmin {
  readonly #deps: PeopleAdminDependencies;

  constructor(deps: PeopleAdminDependencies) {
    this.#deps = deps;
  }

  /** A page of people, newest first. */
  list(filter: Omit<PeopleFilter, 'at'>, page: PageRequest): Promise<readonly ManagedUser[]> {
    return this.#deps.store.list({ ...filter, at: this.#deps.clock() }, page);
  }

  /** Throws `not-found` when there is no such person. */
  async get(userId: string): Promise<ManagedUser> {
    const user = await this.#deps.store.find(userId, this.#deps.clock());
    if (!user) throw new Problem('not-found', 'There is no such person.');
    return user;
  }

  /** Makes a person and returns them, no matter who may sign up; throws `conflict` when the address or the name is taken. */
  async create(signUp: SignUp, role: UserRole, by: Administrator, requestId?: string): Promise<ManagedUser> {
    const { id } = await this.#deps.users.make(signUp, role, requestId);
    await this.#record(id, by, { type: 'user-created', description: `An administrator made a new ${role}.` });
    return this.get(id);
  }

  /**
   * Deletes a disabled person whose accounts are closed. What says who it was is removed; accounts, orders, trades and the journal stay.
   * Throws `conflict` when they are not disabled, or have an account that is not closed.
   */
  async delete(userId: string, by: Administrator): Promise<void> {
    const { failures, deletions, clock } = this.#deps;
    const logins = loginsOf(await this.get(userId));
    const refusal = DELETION_REFUSALS[await deletions.delete(userId, clock())];
    if (refusal) throw refusal();
    await failures.forget(logins);
    await this.#record(userId, by, {
      type: 'user-deleted',
      description: 'The person was deleted; what their accounts did stays.',
    });
  }

  /**
   * Changes a person's role, or whether they may use the server, and returns them. Their sessions and API keys end when something changed.
   * Accounts, orders and strategies are not touched. Throws `conflict` when no active administrator would be left.
   */
  async change(
    userId: string,
    change: AccessChange,
    by: Administrator,
    precondition?: Precondition<ManagedUser>,
  ): Promise<ManagedUser> {
    const { store, clock } = this.#deps;
    const before = await this.get(userId);
    precondition?.(before);
    const role = change.role === before.role ? undefined : change.role;
    const isActive = change.isActive === before.isActive ? undefined : change.isActive;
    if (role === undefined && isActive === undefined) return before;
    if (!(await store.change(userId, { role, isActive }, clock(), precondition)))
      throw new Problem('conflict', 'This is the only active administrator.', { code: 'last-administrator' });
    const ended = await this.#endAccess(userId, 'access-changed');
    if (role !== undefined)
      await this.#record(userId, by, {
        type: 'user-role-changed',
        description: `The role was changed from ${before.role} to ${role}.`,
        details: { from: before.role, to: role, [ENDED_SESSIONS]: ended },
      });
    if (isActive !== undefined)
      await this.#record(userId, by, {
        type: isActive ? 'user-enabled' : 'user-disabled',
        description: isActive
          ? 'The person may use the server again.'
          : 'The person may not use the server any more.',
        details: { [ENDED_SESSIONS]: ended },
      });
    return this.get(userId);
  }

  /** Forgets the failed sign-ins of a person, so that they need not wait wherever they sign in, and returns them. */
  async unlock(userId: string, by: Administrator): Promise<ManagedUser> {
    await this.#deps.failures.forget(loginsOf(await this.get(userId)));
    if (await this.#deps.store.unlock(userId, this.#deps.clock()))
      await this.#record(userId, by, {
        type: 'user-unlocked',
        description: 'The lock after failed sign-ins was lifted.',
      });
    return this.get(userId);
  }

  /** Sets a person's password, and ends all their sessions and API keys; throws `invalid-request` when it is too weak. */
  async setPassword(userId: string, password: string, by: Administrator): Promise<void> {
    await this.#deps.newPasswords.set(userId, { password, pointer: '/password' });
    const ended = await this.#endAccess(userId, 'password-set');
    await this.#record(userId, by, {
      type: 'password-set',
      description: 'An administrator set a new password; all sessions and API keys ended.',
      details: { [ENDED_SESSIONS]: ended },
    });
  }

  /** Notes that a person's address is theirs, for a server that sends no e-mail. */
  async verifyEmail(userId: string, by: Administrator): Promise<void> {
    const { email } = await this.get(userId);
    if (!(await this.#deps.emails.verify(userId, email, this.#deps.clock()))) return;
    await this.#record(userId, by, {
      type: 'email-verified',
      description: "An administrator noted that the e-mail address is the person's.",
    });
  }

  /** Lets a person who lost theirs sign in without a second factor, and add another. */
  async removeSecondFactor(userId: string, by: Administrator): Promise<void> {
    await this.get(userId);
    if (!(await this.#deps.secondFactors.remove(userId)))
      throw new Problem('conflict', 'The person has no second factor.', { code: 'second-factor-missing' });
    await this.#record(userId, by, {
      type: 'second-factor-removed',
      description: 'An administrator removed the second factor.',
    });
  }

  /** A page of live sessions of people whose address or username has a text in it, or of all, newest first. */
  sessions(search: string | undefined, page: PageRequest): Promise<readonly PersonSession[]> {
    return this.#deps.sessions.list({ search }, page);
  }

  /** Ends one session of anyone; throws `not-found` when there is none that lives. */
  async endSession(sessionId: string, by: Administrator): Promise<void> {
    const { sessions } = this.#deps;
    const userId = await sessions.ownerOf(sessionId);
    if (userId === undefined || !(await sessions.revoke(userId, sessionId, 'ended-by-administrator')))
      throw new Problem('not-found', 'There is no such session.');
    await this.#record(userId, by, {
      type: 'sessions-ended',
      description: 'An administrator ended a session.',
      details: { [ENDED_SESSIONS]: [sessionId] },
    });
  }

  /** Signs a person out everywhere, and returns how many sessions ended. */
  async endSessions(userId: string, by: Administrator): Promise<number> {
    await this.get(userId);
    const ended = await this.#deps.sessions.revokeAllOf(userId, 'ended-by-administrator');
    if (ended.length > 0)
      await this.#record(userId, by, {
        type: 'sessions-ended',
        description: 'An administrator ended all sessions.',
        details: { [ENDED_SESSIONS]: ended },
      });
    return ended.length;
  }

  /** Ends all sessions and API keys of a person, and returns their ids. */
  async #endAccess(userId: string, reason: string): Promise<readonly string[]> {
    const { sessions, apiKeys } = this.#deps;
    return [...(await sessions.revokeAllOf(userId, reason)), ...(await apiKeys.revokeAllOf(userId))];
  }

  #record(
    userId: string,
    by: Administrator,
    fact: Pick<JournalEntry, 'type' | 'description' | 'details'>,
  ): Promise<void> {
    const details = { ...fact.details, administratorId: by.userId ?? null };
    return this.#deps.journal.record(adminFact(by, { ...fact, userId, details }));
  }
}

const DELETION_REFUSALS: Readonly<Record<Deletion, (() => Problem) | undefined>> = {
  deleted: undefined,
  'not-found': () => new Problem('not-found', 'There is no such person.'),
  'not-disabled': () =>
    new Problem('conflict', 'Disable the person first, so that nothing is made meanwhile.', {
      code: 'not-disabled',
    }),
  'has-accounts': () =>
    new Problem('conflict', 'The person has an account that is not closed. Close or disconnect it first.', {
      code: 'has-accounts',
    }),
};
