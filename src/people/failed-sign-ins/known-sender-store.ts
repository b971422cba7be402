/** From where a person signed in before: devices, by the hash of their token, and addresses, by the sessions that were opened there. */

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

/** Asked for at each sign-in, and by strangers who guess many times a second. */
const SESSION_FROM = {
  name: 'session-from',
  text: 'select id from user_sessions where user_id = $1 and network_subeq(ip_address, $2) limit 1',
};

export class KnownSenderStore {
  readonly #orm: Orm;

  constructor(orm: Orm) {
    this.#orm = orm;
  }

  /** The id of a device that is known for the person. */
  async findDevice({ userId, tokenHash, usedAfter }: ShownDevice): Promise<string | undefined> {
    const row = await queryBuilder(this.#orm)
      .selectFrom('known_devices')
      .select('id')
      .where('token_hash', '=', tokenHash)
      .where('user_id', '=', userId)
      .where('last_used_at', '>', new Date(usedAfter))
      .executeTakeFirst();
    return row?.id;
  }

  /** Whether a session of the person was opened from an address in the network, and is still kept. */
  async hasSignedInFrom(userId: string, network: string): Promise<boolean> {
    return (await runPrepared(this.#orm, SESSION_FROM, [userId, network])).length > 0;
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
