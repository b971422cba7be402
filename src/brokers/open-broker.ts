/** The only place that looks at an account's environment and names a concrete broker. */

import { AppError } from '../core/shared/app-error.ts';
import { PaperBroker } from './paper/paper-broker.ts';
import type { Environment } from '../core/domain/account.ts';
import type { Broker } from './broker.ts';
import type { PaperAccount } from './paper/paper-broker.ts';
import type { PriceSource } from './price-source.ts';

/** Returns the broker of an account; AppError `broker-not-available` for an environment that has none yet. */
export function openBroker(environment: Environment, account: PaperAccount, prices: PriceSource): Broker {
  if (environment === 'paper') return new PaperBroker(account, prices);
  throw new AppError(
    'broker-not-available',
    `Accounts in the environment "${environment}" cannot be traded yet: this version of the server trades paper accounts only.`,
  );
}
