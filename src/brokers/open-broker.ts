/** The only place that looks at an account's environment and names a concrete broker. */

import { Problem } from '../core/shared/problem.ts';
import { present } from '../core/shared/assert.ts';
import { discoverAccounts } from './oanda/discover-accounts.ts';
import { OandaConnections } from './oanda/oanda-connections.ts';
import { PaperBroker } from './paper/paper-broker.ts';
import type { Environment } from '../core/domain/account.ts';
import type { Currency } from '../core/domain/instrument.ts';
import type { Transaction } from '../core/domain/transaction.ts';
import type { Json } from '../core/shared/json.ts';
import type { Broker } from './broker.ts';
import type { PriceSource } from './price-source.ts';

export { discoverAccounts, OandaConnections };

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
  readonly log: readonly Transaction[];
  readonly state: Json | undefined;
}

/** Returns the broker of an account; rejects with Problem `broker-not-available` for an environment that has none yet. */
export async function openBroker(account: BrokerAccount, paperPrices: PriceSource): Promise<Broker> {
  const { environment, initialBalance } = account;
  if (environment === 'paper') {
    const deposit = present(initialBalance, 'the initial balance of a paper account');
    return new PaperBroker({ ...account, initialBalance: deposit }, paperPrices);
  }
  throw new Problem(
    'broker-not-available',
    `Accounts in the environment "${environment}" cannot be traded yet: this version of the server trades paper accounts only.`,
  );
}
