/** The account that a request's path names. */

import type { FastifyRequest } from 'fastify';
import { isAccountId } from './account-id.ts';
import { forbidden, invalidValue } from './v20-error.ts';
import type { Simulator } from './simulator.ts';
import type { SimulatorAccount } from './simulator-account.ts';

/** Returns the account after all that was due by now; refuses an id of another form, and one that is not the token's. */
export function requestedAccount(simulator: Simulator, request: FastifyRequest): SimulatorAccount {
  const id = pathText(request, 'accountID');
  if (!isAccountId(id)) throw invalidValue('accountID');
  const account = simulator.account(id);
  if (!account) throw forbidden();
  account.onClock(simulator.now());
  return account;
}

/** Returns a parameter of the path. */
export function pathText(request: FastifyRequest, name: string): string {
  return String((request.params as Readonly<Record<string, unknown>>)[name]);
}
