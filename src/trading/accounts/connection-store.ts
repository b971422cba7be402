/** Accounts at a broker: each connected once, its token stored sealed. */

import { OandaAccountRecord } from '../../entities/index.ts';
import { unlessTaken } from '../../persistence/unless-taken.ts';
import { queryBuilder } from '../../persistence/query-builder.ts';
import { assertRoomForAccount } from './account-room-store.ts';
import { limitColumns } from './account-store.ts';
import type { BrokerEnvironment, Environment, LiveRail } from '../../core/domain/account.ts';
import type { AccountCurrency } from '../../core/domain/instrument.ts';
import type { SealedSecret } from '../../encryption/key-ring.ts';
import type { Orm } from '../../persistence/orm.ts';
import type { LimitChanges } from './account-store.ts';

/** An account at a broker that is to be connected; its token is sealed. */
export interface NewConnection {
  readonly id: string;
  readonly userId: string;
  readonly name: string;
  readonly environment: BrokerEnvironment;
  readonly brokerAccountId: string;
  readonly currency: AccountCurrency;
  readonly hedging: boolean;
  readonly token: SealedSecret;
  readonly limits: LimitChanges;
  readonly waivedLimits: readonly LiveRail[];
}

/** A token, and the account that it is bound to. */
export interface StoredToken {
  readonly accountId: string;
  readonly environment: Environment;
  readonly sealed: SealedSecret;
}

export class ConnectionStore {
  readonly #orm: Orm;

  constructor(orm: Orm) {
    this.#orm = orm;
  }

  /** Stores an account at a broker; false when it is connected already, no matter whose it is. `limit-reached` when its owner has `most` accounts. */
  async connect(account: NewConnection, most: number): Promise<boolean> {
    return unlessTaken(() =>
      this.#orm.em.fork().transactional(async (em) => {
        await assertRoomForAccount(em.getKysely(), account.userId, most);
        em.create(OandaAccountRecord, {
          id: account.id,
          user: account.userId,
          name: account.name,
          environment: account.environment,
          brokerAccountId: account.brokerAccountId,
          connectedAs: connectionName(account),
          currency: account.currency,
          hedging: account.hedging,
          tokenCiphertext: account.token.ciphertext,
          tokenKeyId: account.token.keyId,
          waivedLimits: [...account.waivedLimits],
          ...limitColumns(account.limits),
        });
      }),
    );
  }

  /** Whose account is connected to this one at a broker, and its id; undefined when none is. */
  async findConnection(
    environment: BrokerEnvironment,
    brokerAccountId: string,
  ): Promise<{ readonly id: string; readonly userId: string } | undefined> {
    const row = await queryBuilder(this.#orm)
      .selectFrom('oanda_accounts')
      .select(['id', 'user_id'])
      .where('connected_as', '=', connectionName({ environment, brokerAccountId }))
      .executeTakeFirst();
    return row && { id: row.id, userId: row.user_id };
  }

  /** The token of an account; undefined for a paper account, which has none. */
  async findToken(accountId: string): Promise<StoredToken | undefined> {
    const [token] = await this.#select((query) => query.where('id', '=', accountId));
    return token;
  }

  /** Every token, those of closed accounts too, by account. */
  tokens(): Promise<readonly StoredToken[]> {
    return this.#select((query) => query.orderBy('id'));
  }

  /** Stores another token. */
  async setToken(accountId: string, sealed: SealedSecret): Promise<void> {
    await this.#update(sealed).where('id', '=', accountId).execute();
  }

  /** Stores a token in the place of the one that was found there; false when another one has come meanwhile. */
  async replaceToken({ accountId, sealed: found }: StoredToken, sealed: SealedSecret): Promise<boolean> {
    const updated = await this.#update(sealed)
      .where('id', '=', accountId)
      .where('token_ciphertext', '=', found.ciphertext)
      .executeTakeFirst();
    return updated.numUpdatedRows === 1n;
  }

  #update({ ciphertext, keyId }: SealedSecret) {
    return queryBuilder(this.#orm)
      .updateTable('oanda_accounts')
      .set({ token_ciphertext: ciphertext, token_key_id: keyId, updated_at: new Date() });
  }

  async #select(narrow: (query: TokenQuery) => TokenQuery): Promise<readonly StoredToken[]> {
    const rows = await narrow(selectTokens(this.#orm)).execute();
    return rows.flatMap(({ id, environment, token_ciphertext: ciphertext, token_key_id: keyId }) =>
      ciphertext === null || keyId === null
        ? []
        : [{ accountId: id, environment, sealed: { ciphertext, keyId } }],
    );
  }
}

type TokenQuery = ReturnType<typeof selectTokens>;

function selectTokens(orm: Orm) {
  return queryBuilder(orm)
    .selectFrom('oanda_accounts')
    .select(['id', 'environment', 'token_ciphertext', 'token_key_id']);
}

function connectionName({
  environment,
  brokerAccountId,
}: Pick<NewConnection, 'environment' | 'brokerAccountId'>): string {
  return `${environment} ${brokerAccountId}`;
}
