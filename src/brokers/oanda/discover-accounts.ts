/** Which accounts a token opens. */

import Type from 'typebox';
import { Value } from 'typebox/value';
import { Problem } from '../../core/shared/problem.ts';
import { unreachable } from './http/access-problem.ts';
import type { OandaAccess, OandaConnections } from './oanda-connections.ts';

/** An account that a token opens. */
export interface DiscoveredAccount {
  readonly brokerAccountId: string;
  /** Whether it is traded with MetaTrader 4: OANDA wants no client extensions on it, which this server needs. */
  readonly isMetaTrader: boolean;
}

const AccountsAnswer = Type.Object({
  accounts: Type.Array(
    Type.Object({
      id: Type.String({ minLength: 1 }),
      mt4AccountID: Type.Optional(Type.Unknown()),
      tags: Type.Optional(Type.Unknown()),
    }),
  ),
});

/**
 * Returns the accounts that a token opens, as OANDA lists them. Rejects with the Problem `broker-token-refused`,
 * `broker-token-elsewhere` when the other environment accepts the token, or `broker-unreachable`.
 */
export async function discoverAccounts(
  access: OandaAccess,
  connections: OandaConnections,
): Promise<readonly DiscoveredAccount[]> {
  try {
    return await accountsOf(access, connections);
  } catch (error) {
    const isRefused = error instanceof Problem && error.type === 'broker-token-refused';
    if (!isRefused || !connections.canAskOther || !(await isOfOther(access, connections))) throw error;
    throw new Problem(
      'broker-token-elsewhere',
      `OANDA does not accept the token for ${access.environment} accounts; it was made for ${otherThan(access)} accounts.`,
    );
  }
}

async function accountsOf(
  access: OandaAccess,
  connections: OandaConnections,
): Promise<readonly DiscoveredAccount[]> {
  const { client, release } = connections.borrow(access);
  try {
    const answer = await client.read('/v3/accounts');
    if (!Value.Check(AccountsAnswer, answer)) throw unreachable('its list of accounts cannot be read');
    return answer.accounts.map(({ id, mt4AccountID, tags }) => ({
      brokerAccountId: id,
      isMetaTrader: (mt4AccountID ?? null) !== null || (Array.isArray(tags) && tags.includes('MT4')),
    }));
  } finally {
    await release();
  }
}

async function isOfOther(access: OandaAccess, connections: OandaConnections): Promise<boolean> {
  try {
    await accountsOf({ environment: otherThan(access), token: access.token }, connections);
    return true;
  } catch {
    // Whatever the other environment says, this one has refused the token: that is reported.
    return false;
  }
}

function otherThan({ environment }: OandaAccess): OandaAccess['environment'] {
  return environment === 'practice' ? 'live' : 'practice';
}
