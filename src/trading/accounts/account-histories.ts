/** The history of prices that the brokers of accounts keep, opened for imports. */

import { BROKER_ENVIRONMENTS } from '../../core/domain/account.ts';
import { present } from '../../core/shared/assert.ts';
import { Problem } from '../../core/shared/problem.ts';
import type { Instruments } from '../../core/domain/instruments.ts';
import type { BrokerHistories, OpenHistory } from '../../prices/import/broker-history.ts';
import type { AccountInstrumentsStore } from './account-instruments-store.ts';
import type { AccountStore } from './account-store.ts';
import type { BrokerAccessDependencies } from './broker-access.ts';
import type { BrokerTokens } from './broker-tokens.ts';

export interface AccountHistoriesDependencies {
  readonly accounts: Pick<AccountStore, 'find' | 'findOf'>;
  readonly accountInstruments: AccountInstrumentsStore;
  readonly tokens: Pick<BrokerTokens, 'tokenOf'>;
  readonly openOnce: BrokerAccessDependencies['openOnce'];
}

export class AccountHistories implements BrokerHistories {
  readonly #dependencies: AccountHistoriesDependencies;

  constructor(dependencies: AccountHistoriesDependencies) {
    this.#dependencies = dependencies;
  }

  async ownerOf(accountId: string): Promise<string> {
    const account = await this.#dependencies.accounts.find(accountId);
    if (!account) throw new Problem('not-found', `There is no account ${accountId}.`);
    return account.userId;
  }

  /** What can be traded on the person's account. A paper market keeps no history. */
  async instrumentsOf(userId: string, accountId: string): Promise<Instruments> {
    const { accounts, accountInstruments, tokens } = this.#dependencies;
    if (!(await accounts.findOf(userId, accountId)))
      throw new Problem('not-found', 'You have no account with this id.');
    if ((await tokens.tokenOf(accountId)) === undefined) {
      const detail = 'must be an account at OANDA that is connected; a paper market keeps no history';
      throw new Problem('invalid-request', 'The import is not valid.', {
        errors: [{ pointer: '/accountId', detail }],
      });
    }
    return accountInstruments.find(accountId);
  }

  /** Opens the account's broker beside the one that trades. Nothing is sent through it. */
  async open(accountId: string): Promise<OpenHistory> {
    const { accounts, tokens, openOnce } = this.#dependencies;
    const { environment, brokerAccountId } = present(await accounts.find(accountId), `account ${accountId}`);
    return openOnce({
      environment: present(
        BROKER_ENVIRONMENTS.find((known) => known === environment),
        'an account at a broker',
      ),
      token: present(await tokens.tokenOf(accountId), `the token of account ${accountId}`),
      brokerAccountId,
    });
  }
}
