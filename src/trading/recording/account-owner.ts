/** Who may write what an account did: the process that runs it, by its number. */

import { Problem } from '../../core/shared/problem.ts';

/** The account, and the fencing number of the process that runs it: a former owner's writes are refused. */
export interface AccountOwner {
  readonly accountId: string;
  readonly epoch: number;
}

/** What a statement does about accounts that another transaction has locked. */
export type LockedAccounts = 'awaited' | 'left-out';

/** The problem of a process that writes for an account that it does not run any more. */
export function lostAccount(owner: AccountOwner): Problem {
  return new Problem('account-not-trading', 'Another copy of the server took the account over.', {
    ...owner,
  });
}
