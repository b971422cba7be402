/** The numbers of which the id of an account consists. */

import { present } from '../../core/shared/assert.ts';

export interface AccountId {
  readonly siteID: number;
  readonly divisionID: number;
  readonly accountUserID: number;
  readonly accountNumber: number;
}

const ACCOUNT_ID = /^(\d{3})-(\d{3})-(\d{1,15})-(\d{3})$/;

/** Returns whether the text has the form of an account's id. */
export function isAccountId(text: string): boolean {
  return ACCOUNT_ID.test(text);
}

/** Returns the parts of an id; InvariantError when it has another form: look with `isAccountId` first. */
export function parseAccountId(text: string): AccountId {
  const parts = present(ACCOUNT_ID.exec(text) ?? undefined, `an account id, was ${text}`).slice(1);
  const [siteID = 0, divisionID = 0, accountUserID = 0, accountNumber = 0] = parts.map(Number);
  return { siteID, divisionID, accountUserID, accountNumber };
}
