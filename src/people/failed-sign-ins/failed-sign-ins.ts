/**
 * What failed sign-ins lead to: the next one has to wait, and an address from which too many came is blocked.
 *
 * Failures are counted by login for strangers, and for senders from which the person signed in before by that sender. So anyone can
 * delay strangers who try a login, and no one its owner at their own device or address.
 */

import { hash } from 'node:crypto';
import { Problem } from '../../core/shared/problem.ts';
import { AddressRanges, senderNetworkOf } from '../address-range.ts';
import { ADDRESS_BLOCKED } from '../blocked-ips.ts';
import { securityFact } from '../security-journal.ts';
import { delayAfter, FREE_FAILURES } from './sign-in-delay.ts';
import type { BlockedIps } from '../blocked-ips.ts';
import type { Client } from '../../http/client.ts';
import type { Journal } from '../security-journal.ts';
import type { Failures, FailureStore, Subject } from './failure-store.ts';
import type { Acquaintance } from './known-senders.ts';

const HOUR_MS = 3_600_000;
/** Of a login one failure is forgotten in an hour: a person's own mistakes of yesterday do not count. */
const FORGOTTEN_BY_LOGIN_MS = HOUR_MS;
/** An address may fail 30 times an hour: a company with a hundred people behind one address does not. */
const FAILURES_BEFORE_BLOCK = 30;
const FORGOTTEN_BY_ADDRESS_MS = HOUR_MS / FAILURES_BEFORE_BLOCK;
/** Blocking this machine would not stop anyone else, and would take the operator's access, or that of all behind a proxy here. */
const THIS_MACHINE = ['127.0.0.0/8', '::1'];

/** What identifies a login: an address, a name, or the id of a person who is signed in already. */
export type LoginText = `email:${string}` | `username:${string}` | `person:${string}`;

export interface FailedSignInsDependencies {
  readonly store: FailureStore;
  readonly blockedIps: BlockedIps;
  readonly journal: Journal;
  readonly clock: () => number;
  /** Addresses and ranges that stand for everyone behind them, so that they are never blocked by failures. */
  readonly proxies: readonly string[];
}

/** An attempt that failed. The person is undefined when there is none with that login. */
export interface FailedAttempt {
  readonly subject: Subject;
  readonly userId: string | undefined;
  /** Whether the sender is one from which the person signed in before: then no stranger has to wait. */
  readonly isKnown: boolean;
}

/** The failed sign-ins of the server. */
export class FailedSignIns {
  readonly #deps: FailedSignInsDependencies;
  readonly #notBlocked: AddressRanges;

  constructor(deps: FailedSignInsDependencies) {
    this.#deps = deps;
    this.#notBlocked = new AddressRanges([...THIS_MACHINE, ...deps.proxies]);
  }

  /** Throws `too-many-requests` while the subject has to wait. */
  async assertMayTry(subject: Subject): Promise<void> {
    const failures = await this.#deps.store.find(subject);
    if (!failures) return;
    const waitMs = nextAttemptAt(failures) - this.#deps.clock();
    if (waitMs <= 0) return;
    throw new Problem(
      'too-many-requests',
      'Too many failed attempts. Wait for the time in "Retry-After", or try from where you signed in before.',
      { code: 'sign-in-delayed', retryAfterSeconds: Math.ceil(waitMs / 1_000) },
    );
  }

  /** Counts a failure by its subject and by its address. */
  async add(attempt: FailedAttempt, client: Client): Promise<void> {
    await Promise.all([
      this.#addTo(attempt, client),
      client.ipAddress === undefined ? undefined : this.#addToAddress(client.ipAddress, client),
    ]);
  }

  /** Forgets the failures of who has just shown the right password, if they are known: those of strangers are not theirs. */
  async succeeded(subject: Subject, acquaintance: Acquaintance): Promise<void> {
    if (acquaintance) await this.#deps.store.forget(subject);
  }

  /** Forgets the failures of logins, wherever they came from. */
  async forget(logins: readonly LoginText[]): Promise<void> {
    await this.#deps.store.forgetLogins(logins.map(hashOf));
  }

  /** Removes what is forgotten by now, and returns how many rows. */
  removeExpired(): Promise<number> {
    return this.#deps.store.removeExpired(this.#deps.clock());
  }

  async #addTo({ subject, userId, isKnown }: FailedAttempt, client: Client): Promise<void> {
    const { store, journal, clock } = this.#deps;
    const { count } = await store.addOf({ userId, strangersWait: !isKnown }, subject, clock());
    if (count === FREE_FAILURES + 1)
      await journal.record(
        securityFact(client, {
          type: 'sign-in-delayed',
          severity: 'warning',
          userId,
          description: `After ${count} failed sign-ins the next ones have to wait.`,
        }),
      );
  }

  async #addToAddress(address: string, client: Client): Promise<void> {
    const { store, blockedIps, journal, clock } = this.#deps;
    const network = senderNetworkOf(address);
    const subject = { id: hashOf(`address:${network}`), forgottenAfterMs: FORGOTTEN_BY_ADDRESS_MS };
    const { count } = await store.add(subject, clock());
    if (count < FAILURES_BEFORE_BLOCK || this.#notBlocked.includes(address)) return;
    // Of failures at the same time, also in other copies of the server, one blocks.
    if (!(await store.forgetIf(subject, FAILURES_BEFORE_BLOCK, clock()))) return;
    const block = await blockedIps.blockAfterFailures(network, FAILURES_BEFORE_BLOCK);
    if (!block) return;
    await journal.record(
      securityFact(client, {
        type: ADDRESS_BLOCKED,
        severity: 'warning',
        userId: undefined,
        description: `Requests from ${block.ipAddress} are refused after ${FAILURES_BEFORE_BLOCK} failed sign-ins.`,
        details: { blockId: block.id, address: block.ipAddress, blockedUntil: block.blockedUntil ?? null },
      }),
    );
  }
}

/** Returns everything by which failures of a person are counted. */
export function loginsOf(person: {
  readonly id: string;
  readonly email: string;
  readonly username: string;
}): readonly LoginText[] {
  return [`email:${person.email}`, `username:${person.username}`, `person:${person.id}`];
}

/** Returns by what failures of strangers with a login are counted. */
export function strangersAt(login: LoginText): Subject {
  return { id: hashOf(`login:${login}`), loginHash: hashOf(login), forgottenAfterMs: FORGOTTEN_BY_LOGIN_MS };
}

/** Returns by what failures of a sender are counted from which the person signed in before. */
export function acquaintanceOf(userId: string, acquaintance: NonNullable<Acquaintance>): Subject {
  const sender =
    'deviceId' in acquaintance ? `device:${acquaintance.deviceId}` : `address:${acquaintance.network}`;
  return {
    id: hashOf(`known:${userId}:${sender}`),
    loginHash: hashOf(`person:${userId}`),
    forgottenAfterMs: FORGOTTEN_BY_LOGIN_MS,
  };
}

/** Returns when the next attempt may come, UTC ms. */
function nextAttemptAt({ count, lastFailedAt }: Failures): number {
  return lastFailedAt + delayAfter(count);
}

function hashOf(text: string): string {
  return hash('sha256', text);
}
