/** Why OANDA does not let us in, as problems of the catalogue. */

import Type from 'typebox';
import { Value } from 'typebox/value';
import { Problem } from '../../../core/shared/problem.ts';

const ErrorBody = Type.Object({ errorMessage: Type.String(), errorCode: Type.Optional(Type.String()) });

/**
 * So often OANDA must refuse access before that is believed: single false 401s are reported, and accounts that were not found for a
 * moment. Source: OANDA v20, incidents of July 2026.
 */
export const REFUSALS_BELIEVED = 3;

/** Returns whether an answer of this status refuses access, which may be false when it comes once. */
export function mayBeFalse(status: number): boolean {
  return status === 401 || status === 403 || status === 404;
}

/** Returns the problem of an answer that another try would not change, or undefined. Source: OANDA v20, error responses. */
export function accessProblem(status: number, body: unknown): Problem | undefined {
  const message = Value.Check(ErrorBody, body) ? body.errorMessage : '';
  if (status === 401)
    return new Problem(
      'broker-token-refused',
      'OANDA does not accept the token: it is wrong, was revoked, or is of the other environment.',
    );
  if (status === 403)
    return new Problem('broker-account-forbidden', 'OANDA does not open this account to the token.');
  if (status === 404 || (status === 400 && message.includes("'accountID'")))
    return new Problem('broker-account-unknown', 'OANDA does not know this account.');
  // Only the log is asked for by a number. It is too high for a log that lags behind, or that is another one.
  if (status === 416) return new Problem('broker-log-behind', "OANDA's log of the account ends before ours.");
  // Anything else of this kind is a request that this server should not have made.
  if (status >= 400 && status < 500 && status !== 429)
    return new Problem('internal-error', `OANDA refused a request of this server (${status}): ${message}`);
  return undefined;
}

/** Returns the problem of a broker that does not answer, or not in a way that can be used. */
export function unreachable(why: string): Problem {
  return new Problem('broker-unreachable', `OANDA cannot be reached: ${why}.`);
}
