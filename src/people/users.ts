/** People: making them, and what they may change about themselves. */

import { randomUUIDv7 } from 'node:crypto';
import { Problem } from '../core/shared/problem.ts';
import { assert, present } from '../core/shared/assert.ts';
import type { ProfileChanges, User, UserRole, UserStore } from './user-store.ts';
import { hashPassword } from './password-hash.ts';
import { securityFact } from './security-journal.ts';
import type { Client } from '../http/client.ts';
import type { Journal } from './security-journal.ts';
import { checkSignUp, normalizeSignUp } from './sign-up-rules.ts';
import type { SignUp } from './sign-up-rules.ts';
import { isTimezone } from './timezone.ts';
import type { Precondition } from '../http/preconditions.ts';

export interface UsersDependencies {
  readonly store: UserStore;
  readonly journal: Journal;
}

/** What another person has already. */
export type Taken = 'email' | 'username';

/** The people of the server. */
export class Users {
  readonly #store: UserStore;
  readonly #journal: Journal;

  constructor({ store, journal }: UsersDependencies) {
    this.#store = store;
    this.#journal = journal;
  }

  /** Creates a trader from a sign-up; returns what of it is taken when something is. */
  registerTrader(signUp: SignUp, client: Client): Promise<User | Taken> {
    return this.#create(signUp, 'trader', client);
  }

  /** Makes an administrator; only the operator's command may ask for it. */
  async createAdmin(signUp: SignUp): Promise<User> {
    const admin = await this.#create(signUp, 'admin', {});
    if (typeof admin === 'string') throw alreadyRegistered();
    return admin;
  }

  async get(userId: string): Promise<User> {
    const user = await this.#store.find(userId);
    if (!user) throw new Problem('not-found', 'There is no such person any more.');
    return user;
  }

  /** Changes what a person may change about themselves, and returns them. */
  async changeProfile(
    userId: string,
    changes: ProfileChanges,
    precondition?: Precondition<User>,
  ): Promise<User> {
    if (changes.timezone !== undefined && !isTimezone(changes.timezone)) {
      throw new Problem('invalid-request', 'The time zone is not known.', {
        errors: [
          { pointer: '/timezone', detail: 'must be a time zone of the IANA list, such as Asia/Tokyo' },
        ],
      });
    }
    await this.#store.change(userId, changes, precondition);
    return this.get(userId);
  }

  /** Makes a person, without a journal entry; throws `conflict` when the address or the name is taken. A repetition, with the same id, finds who it made. */
  async make(signUp: SignUp, role: UserRole, id?: string): Promise<User> {
    const made = await this.#make(signUp, role, id);
    if (typeof made === 'string') throw alreadyRegistered();
    return made;
  }

  async #make(signUp: SignUp, role: UserRole, id: string = randomUUIDv7()): Promise<User | Taken> {
    const { email, username, password } = normalizeSignUp(signUp);
    const errors = await checkSignUp({ email, username, password });
    if (errors.length > 0) throw new Problem('invalid-request', 'The sign-up is not valid.', { errors });

    // Hashed before the name is looked up, so that the time of the answer does not show whether it is free.
    const isNew = await this.#store.create({
      id,
      email,
      username,
      role,
      passwordHash: await hashPassword(password),
    });
    const earlier = isNew ? undefined : await this.#store.find(id);
    if (earlier) return earlier;
    if (!isNew) return (await this.#store.findByEmail(email)) ? 'email' : 'username';

    const user = present(await this.#store.find(id), 'the person just made');
    assert(user.role === role, `a ${role} was expected, was ${user.role}`);
    return user;
  }

  async #create(signUp: SignUp, role: UserRole, client: Client): Promise<User | Taken> {
    const user = await this.#make(signUp, role);
    if (typeof user === 'string') return user;
    await this.#journal.record(
      securityFact(client, {
        type: 'user-created',
        severity: 'info',
        userId: user.id,
        description: `A new ${role} signed up.`,
      }),
    );
    return user;
  }
}

/** The answer to a sign-up that is taken, where it is not given by mail. */
export function alreadyRegistered(): Problem {
  return new Problem('conflict', 'The e-mail address or the username is taken.', {
    code: 'already-registered',
  });
}
