/** How much one person may have, so that no one takes what others need. Administrators may change it; what is there above a limit stays and works. */

import { Problem } from '../../core/shared/problem.ts';

interface PersonLimit {
  /** Until an administrator decides otherwise. */
  readonly usual: number;
  /** What is counted, for a sentence. */
  readonly things: string;
  readonly remedy: string;
}

/** Each with a number that people who trade seriously do not meet. */
export const PERSON_LIMITS = {
  accounts: { usual: 100, things: 'accounts', remedy: 'Close one first' },
  strategies: { usual: 1_000, things: 'strategies', remedy: 'Delete one first' },
  restingOrders: { usual: 2_000, things: 'orders that rest', remedy: 'Cancel some first' },
  sessions: { usual: 100, things: 'sessions', remedy: 'The one that was not used for longest ends' },
  apiKeys: { usual: 50, things: 'API keys', remedy: 'Revoke one first' },
  sockets: { usual: 20, things: 'WebSockets', remedy: 'Close one first' },
  priceSeriesMegabytes: {
    usual: 10_000,
    things: 'megabytes of stored prices',
    remedy: 'Delete a price series first',
  },
  unfinishedBacktests: {
    usual: 50,
    things: 'backtests that are not finished',
    remedy: 'Wait for one, or cancel it',
  },
} as const satisfies Record<string, PersonLimit>;

export type PersonLimitName = keyof typeof PERSON_LIMITS;
export type PersonLimits = Readonly<Record<PersonLimitName, number>>;

export const PERSON_LIMIT_NAMES = Object.keys(PERSON_LIMITS) as readonly PersonLimitName[];

/** The largest number that a limit may be. */
export const LARGEST_LIMIT = 1_000_000;

/** Limits that change: null makes one the usual again. */
export type PersonLimitChanges = { readonly [Name in PersonLimitName]?: number | null | undefined };

/** What the limits are now. */
export interface PersonLimitSource {
  mostOf(name: PersonLimitName): Promise<number>;
}

/** Returns all limits, the usual ones where `changed` has none. */
export function personLimits(changed: PersonLimitChanges): PersonLimits {
  const entries = PERSON_LIMIT_NAMES.map((name) => [name, changed[name] ?? PERSON_LIMITS[name].usual]);
  return Object.fromEntries(entries) as PersonLimits;
}

/** Throws `limit-reached` when a person who has `present` may have no more than `most`. */
export function assertBelowLimit(name: PersonLimitName, most: number, present: number): void {
  if (present < most) return;
  const { things, remedy } = PERSON_LIMITS[name];
  throw new Problem(
    'limit-reached',
    `One person may have ${most} ${things}, and you have ${present}. ${remedy}, or ask an administrator for more.`,
    { limit: name, most, present },
  );
}
