/** Why a server that has started should get no requests at the moment. */

import { Problem } from '../core/shared/problem.ts';

export interface ObstacleParts {
  readonly database: { readonly isAway: boolean };
  readonly supervisor: { readonly reconciling: number };
}

/** Accounts are looked at every two seconds. */
const RETRY_SECONDS = 2;

/** Returns the problem that `/readyz` answers with, `database-unavailable` or `not-ready`; undefined when there is none. */
export function findObstacle({ database, supervisor }: ObstacleParts): Problem | undefined {
  const retryAfterSeconds = RETRY_SECONDS;
  if (database.isAway)
    return new Problem('database-unavailable', 'The database does not answer.', { retryAfterSeconds });
  const accounts = supervisor.reconciling;
  if (accounts === 0) return undefined;
  const what = accounts === 1 ? 'An account is' : `${accounts} accounts are`;
  return new Problem(
    'not-ready',
    `${what} being rebuilt from the broker's log and compared with the broker.`,
    {
      code: 'accounts-reconciling',
      accounts,
      retryAfterSeconds,
    },
  );
}
