/** Which encryption keys the stored secrets need: brokers' tokens and second factors. */

import { queryBuilder } from '../../persistence/query-builder.ts';
import type { Orm } from '../../persistence/orm.ts';

/** How many secrets are sealed with one key. */
export interface SecretsOfKey {
  readonly keyId: string;
  readonly tokens: number;
  readonly secondFactors: number;
}

/** Returns the keys that stored secrets need, in order of their names; empty when nothing is stored. */
export async function secretsByKey(orm: Orm): Promise<readonly SecretsOfKey[]> {
  const [tokens, factors] = await Promise.all([countTokens(orm), countFactors(orm)]);
  const keyIds = [...new Set([...tokens.keys(), ...factors.keys()])].toSorted();
  return keyIds.map((keyId) => ({
    keyId,
    tokens: tokens.get(keyId) ?? 0,
    secondFactors: factors.get(keyId) ?? 0,
  }));
}

async function countTokens(orm: Orm): Promise<ReadonlyMap<string, number>> {
  const rows = await queryBuilder(orm)
    .selectFrom('oanda_accounts')
    .select(({ fn, ref }) => [ref('token_key_id').as('key_id'), fn.countAll<string>().as('count')])
    .where('token_ciphertext', 'is not', null)
    .groupBy('token_key_id')
    .execute();
  return new Map(rows.flatMap(({ key_id, count }) => (key_id === null ? [] : [[key_id, Number(count)]])));
}

async function countFactors(orm: Orm): Promise<ReadonlyMap<string, number>> {
  const rows = await queryBuilder(orm)
    .selectFrom('second_factors')
    .select(({ fn, ref }) => [ref('secret_key_id').as('key_id'), fn.countAll<string>().as('count')])
    .groupBy('secret_key_id')
    .execute();
  return new Map(rows.map(({ key_id, count }) => [key_id, Number(count)]));
}
