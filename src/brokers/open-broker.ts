/** The only place that looks at an account's environment and names a concrete broker. */

import { present } from '../core/shared/assert.ts';
import { discoverAccounts } from './oanda/discover-accounts.ts';
import { OandaConnections } from './oanda/oanda-connections.ts';
import { openOandaBroker } from './oanda/oanda-broker.ts';
import { PaperBroker } from './paper/paper-broker.ts';
import type { Environment } from '../core/domain/account.ts';
import type { Currency } from '../core/domain/instrument.ts';
import type { Transaction } from '../core/domain/transaction.ts';
import type { OandaTimes } from './oanda/oanda-times.ts';
import type { OandaAccess } from './oanda/oanda-connections.ts';
import type { OandaFence } from './oanda/oanda-broker.ts';
import type { Json } from '../core/shared/json.ts';
import type { Broker } from './broker.ts';
import type { PriceSource } from './price-source.ts';

export { OandaConnections };
export type { OandaTimes };

/** An account, its log so far, and what its broker asked to be given back; undefined the first time. */
export interface BrokerAccount {
  readonly environment: Environment;
  /** The number or name that the broker has for it. */
  readonly brokerAccountId: string;
  readonly currency: Currency;
  readonly hedging: boolean;
  /** The first deposit in ten-thousandths; only paper accounts have one. */
  readonly initialBalance: number | undefined;
  /** The least margin rate that a new paper account starts with; 0 leaves the instruments their own. */
  readonly marginRate: number;
  /** What opens it, if it is at a broker. */
  readonly token: string | undefined;
  readonly log: readonly Transaction[];
  readonly state: Json | undefined;
  readonly fence?: OandaFence | undefined;
}

/** Where brokers get their prices from, and how OANDA is reached. */
export interface BrokerSources {
  readonly paperPrices: PriceSource;
  readonly connections: OandaConnections;
}

/** Returns the broker of an account; rejects with a Problem, see the broker port, when it does not open it. */
export async function openBroker(
  account: BrokerAccount,
  { paperPrices, connections }: BrokerSources,
): Promise<Broker> {
  const { environment, initialBalance } = account;
  if (environment === 'paper') {
    const deposit = present(initialBalance, 'the initial balance of a paper account');
    return new PaperBroker({ ...account, initialBalance: deposit }, paperPrices);
  }
  const token = present(account.token, 'the token of an account at a broker');
  return openOandaBroker({ ...account, environment, token }, connections);
}

const NOTHING_KNOWN = {
  currency: '',
  hedging: false,
  initialBalance: undefined,
  marginRate: 0,
  log: [],
  state: undefined,
} as const;

/**
 * Returns the ways to accounts that are not stored yet: whether there is room for one more, which a token opens, and one of them, of which
 * its broker says what it is.
 */
export function brokerAccess(sources: BrokerSources) {
  return {
    assertRoom: (environment: OandaAccess['environment']) => sources.connections.assertRoom(environment),
    listAccounts: (access: OandaAccess) => discoverAccounts(access, sources.connections),
    openOnce: (access: OandaAccess & { readonly brokerAccountId: string }) =>
      openBroker({ ...NOTHING_KNOWN, ...access }, sources),
  };
}
