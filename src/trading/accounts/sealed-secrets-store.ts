/** Which encryption keys the stored secrets need: brokers' tokens, second factors, and what opens channels of notifications. */

import { queryBuilder } from '../../persistence/query-builder.ts';
import type { Orm } from '../../persistence/orm.ts';

/** How many secrets are sealed with one key. */
export interface SecretsOfKey {
  readonly keyId: string;
  readonly tokens: number;
  readonly secondFactors: number;
  readonly channels: number;
}

/** Returns the keys that stored secrets need, in order of their names; empty when nothing is stored. */
export async function secretsByKey(orm: Orm): Promise<readonly SecretsOfKey[]> {
  const counts = [countTokens(orm), countFactors(orm), countChannels(orm)] as const;
  const [tokens, factors, channels] = await Promise.all(counts);
  const keyIds = [...new Set([...tokens.keys(), ...factors.keys(), ...channels.keys()])].toSorted();
  return keyIds.map((keyId) => ({
    keyId,
    tokens: tokens.get(keyId) ?? 0,
    secondFactors: factors.get(keyId) ?? 0,
    channels: channels.get(keyId) ?? 0,
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

async function countChannels(orm: Orm): Promise<ReadonlyMap<string, number>> {
  const db = queryBuilder(orm);
  const secrets = db
    .selectFrom('notification_channels')
    .select('secret_key_id')
    .where('secret_ciphertext', 'is not', null)
    .unionAll(db.selectFrom('push_keys').select('secret_key_id'));
  const rows = await db
    .selectFrom(secrets.as('secrets'))
    .select(({ fn }) => ['secret_key_id as key_id', fn.countAll<string>().as('count')])
    .groupBy('secret_key_id')
    .execute();
  return new Map(rows.flatMap(({ key_id, count }) => (key_id === null ? [] : [[key_id, Number(count)]])));
}
