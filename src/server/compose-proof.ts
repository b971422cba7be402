/** How people prove who they are by a password, and what comes of failures. */

import { BlockedIps } from '../people/blocked-ips.ts';
import { FailedSignIns } from '../people/failed-sign-ins/failed-sign-ins.ts';
import { KnownSenders } from '../people/failed-sign-ins/known-senders.ts';
import { NewPasswords } from '../people/new-passwords.ts';
import { PasswordProof } from '../people/password-proof.ts';
import type { ServerSettings } from '../people/administration/server-settings.ts';
import type { SecondFactorCheck } from '../people/second-factor/second-factor-check.ts';
import type { Journal } from '../people/security-journal.ts';
import type { Users } from '../people/users.ts';
import type { Stores } from './compose-stores.ts';

/** What these services are made of. */
export interface ProofParts {
  readonly stores: Stores;
  readonly users: Users;
  readonly check: SecondFactorCheck;
  readonly journal: Journal;
  readonly clock: () => number;
  readonly trustedProxies: readonly string[];
  readonly limits: ServerSettings;
}

/** Makes these services. */
export function makePasswordProof({
  stores,
  users,
  check,
  journal,
  clock,
  trustedProxies,
  limits,
}: ProofParts) {
  const store = stores.users;
  const blockedIps = new BlockedIps({ store: stores.blockedIps, clock });
  const failures = new FailedSignIns({
    store: stores.signInFailures,
    blockedIps,
    journal,
    clock,
    proxies: trustedProxies,
  });
  const knownSenders = new KnownSenders({ store: stores.knownSenders, clock });
  const proof = new PasswordProof({
    store,
    secondFactors: check,
    failures,
    knownSenders,
    rules: limits,
    journal,
    clock,
  });
  const newPasswords = new NewPasswords({
    store,
    users,
    inTurn: (work) => proof.inTurn({ isKnown: true }, work),
    failures,
    knownSenders,
    clock,
  });
  return { blockedIps, failures, knownSenders, proof, newPasswords };
}
