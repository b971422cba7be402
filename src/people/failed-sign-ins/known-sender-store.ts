/** From where a person signed in before: devices, by the hash of their token, and addresses, by the sessions that were opened there. */

import { GroupedReads } from '../../persistence/grouped-reads.ts';
import { runPrepared } from '../../persistence/prepared-statement.ts';
import { queryBuilder } from '../../persistence/query-builder.ts';
import type { Orm } from '../../persistence/orm.ts';

/** A device as a request shows it. */
export interface ShownDevice {
  readonly userId: string;
  readonly tokenHash: string;
  /** Devices that were used before are not known any more; UTC ms. */
  readonly usedAfter: number;
}

/** A device that is known from now on; UTC ms. */
export interface NewDevice {
  readonly id: string;
  readonly userId: string;
  readonly tokenHash: string;
  readonly at: number;
}

/** A program without cookies is a new device at each sign-in: those that were used once go first. */
const MOST_DEVICES = 50;

/** Asked for by each sign-in that shows a device, which strangers can invent. */
const DEVICE = {
  name: 'known-device',
  text: 'select id from known_devices where token_hash = $1 and user_id = $2 and last_used_at > $3',
};

/**
 * Those of the people and networks asked for, `<id> <network>`, of which there is a session. The limit keeps PostgreSQL from reading the sessions of
 * everyone instead of those of each person.
 */
const SIGNED_IN_FROM = `
  select asked
  from unnest($1::text[]) as asked
  cross join lateral (
    select from user_sessions
    where user_id = split_part(asked, ' ', 1)::uuid and network_subeq(ip_address, split_part(asked, ' ', 2)::inet)
    limit 1
  ) as session`;

export class KnownSenderStore {
  readonly #orm: Orm;
  /** Grouped, so that strangers who guess many times a second are little work. */
  readonly #signedInFrom: GroupedReads<{ readonly asked: string }>;

  constructor(orm: Orm) {
    this.#orm = orm;
    this.#signedInFrom = new GroupedReads({
      orm,
      name: 'signed-in-from',
      select: (_db, asked) => ({ compile: () => ({ sql: SIGNED_IN_FROM, parameters: [asked] }) }),
      keyOf: ({ asked }) => asked,
    });
  }

  /** The id of a device that is known for the person. */
  async findDevice({ userId, tokenHash, usedAfter }: ShownDevice): Promise<string | undefined> {
    const [row] = await runPrepared(this.#orm, DEVICE, [tokenHash, userId, new Date(usedAfter)]);
    return row?.['id'] as string | undefined;
  }

  /** Whether a session of the person was opened from an address in the network, and is still kept. */
  async hasSignedInFrom(userId: string, network: string): Promise<boolean> {
    return (await this.#signedInFrom.find(`${userId} ${network}`)) !== undefined;
  }

  /** Stores a device, and forgets the person's devices beyond the most. */
  async add({ id, userId, tokenHash, at }: NewDevice): Promise<void> {
    const now = new Date(at);
    const db = queryBuilder(this.#orm);
    await db
      .insertInto('known_devices')
      .values({ id, user_id: userId, token_hash: tokenHash, last_used_at: now, created_at: now })
      .execute();
    await db
      .deleteFrom('known_devices')
      .where('id', 'in', (eb) =>
        eb
          .selectFrom('known_devices')
          .select('id')
          .where('user_id', '=', userId)
          .where('id', '!=', id)
          .orderBy(({ eb: order, ref }) => order('last_used_at', '>', ref('created_at')), 'desc')
          .orderBy('last_used_at', 'desc')
          .offset(MOST_DEVICES - 1),
      )
      .execute();
  }

  /** Forgets all devices of a person. */
  async forgetDevices(userId: string): Promise<void> {
    await queryBuilder(this.#orm).deleteFrom('known_devices').where('user_id', '=', userId).execute();
  }

  async touch(deviceId: string, at: number): Promise<void> {
    await queryBuilder(this.#orm)
      .updateTable('known_devices')
      .set({ last_used_at: new Date(at) })
      .where('id', '=', deviceId)
      .execute();
  }

  /** Removes devices that were last used at `usedAt` (UTC ms) or before, and returns how many. */
  async removeUnused(usedAt: number): Promise<number> {
    const { numDeletedRows } = await queryBuilder(this.#orm)
      .deleteFrom('known_devices')
      .where('last_used_at', '<=', new Date(usedAt))
      .executeTakeFirst();
    return Number(numDeletedRows);
  }
}
