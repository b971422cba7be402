/** Setting passwords for people and administrators: weak ones are refused. */

import { Problem } from '../core/shared/problem.ts';
import { loginsOf } from './failed-sign-ins/failed-sign-ins.ts';
import { hashPassword } from './password-hash.ts';
import { passwordWeakness } from './password-strength.ts';
import type { FailedSignIns } from './failed-sign-ins/failed-sign-ins.ts';
import type { KnownSenders } from './failed-sign-ins/known-senders.ts';
import type { Users } from './users.ts';
import type { UserStore } from './user-store.ts';

export interface NewPasswordsDependencies {
  readonly store: UserStore;
  readonly users: Users;
  /** Runs work that hashes in its turn. */
  readonly inTurn: <T>(work: () => Promise<T>) => Promise<T>;
  readonly failures: FailedSignIns;
  readonly knownSenders: Pick<KnownSenders, 'forgetDevices'>;
  readonly clock: () => number;
}

/** A password that is to be stored, and the field that it was sent in. */
export interface WantedPassword {
  readonly password: string;
  readonly pointer: string;
}

/** Sets passwords. What the former one opened is the caller's to end. */
export class NewPasswords {
  readonly #deps: NewPasswordsDependencies;

  constructor(deps: NewPasswordsDependencies) {
    this.#deps = deps;
  }

  /** Sets a person's password and forgets their failed sign-ins and known devices; false when its hash is not `formerHash` any more. Throws `invalid-request` when it is too weak. */
  async set(
    userId: string,
    { formerHash, ...wanted }: WantedPassword & { readonly formerHash?: string },
  ): Promise<boolean> {
    return this.replace(userId, await this.hash(userId, wanted), formerHash);
  }

  /** Stores the hash of a new password in the same way. */
  async replace(userId: string, passwordHash: string, formerHash?: string): Promise<boolean> {
    const { store, users, failures, knownSenders, clock } = this.#deps;
    const isSet = await store.setPassword({ userId, passwordHash, formerHash, at: clock() });
    if (!isSet) return false;
    await failures.forget(loginsOf(await users.get(userId)));
    await knownSenders.forgetDevices(userId);
    return true;
  }

  /** Returns the hash to store for a person's new password; throws `invalid-request` when it is too weak. */
  async hash(userId: string, { password, pointer }: WantedPassword): Promise<string> {
    const { users, inTurn } = this.#deps;
    const { email, username } = await users.get(userId);
    const weakness = await passwordWeakness(password, [email, username]);
    if (weakness !== undefined) throw weakPassword(pointer, weakness);
    return inTurn(() => hashPassword(password));
  }
}

/** The answer to a new password that cannot be taken. */
export function weakPassword(pointer: string, detail: string): Problem {
  return new Problem('invalid-request', 'The new password is not valid.', { errors: [{ pointer, detail }] });
}
