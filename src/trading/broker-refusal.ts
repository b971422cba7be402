/** A broker that does not let us in: asking again does not help, a person must act. */

import { Problem } from '../core/shared/problem.ts';
import type { ProblemName } from '../core/shared/problem.ts';

const REFUSALS: readonly ProblemName[] = [
  'broker-token-refused',
  'broker-token-elsewhere',
  'broker-account-forbidden',
  'broker-account-unknown',
  'broker-account-not-supported',
];

export function isBrokerRefusal(error: unknown): error is Problem {
  return error instanceof Problem && REFUSALS.includes(error.type);
}
