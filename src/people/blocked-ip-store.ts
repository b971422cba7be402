/** Blocked addresses and ranges in the database. */

import { BlockedIpRecord } from '../entities/index.ts';
import { instantFrom } from '../persistence/column-values.ts';
import { queryBuilder } from '../persistence/query-builder.ts';
import type { Orm } from '../persistence/orm.ts';

/** A blocked address (`192.0.2.1`) or range (`192.0.2.0/24`). No `blockedUntil` means for ever. Times are UTC ms. */
export interface BlockedIp {
  readonly id: string;
  readonly ipAddress: string;
  readonly reason: string;
  readonly blockedAt: number;
  readonly blockedUntil: number | undefined;
}

/** What a new block needs. No `createdBy` means the server itself. */
export interface NewBlock {
  readonly id: string;
  readonly ipAddress: string;
  readonly reason: string;
  readonly blockedAt: number;
  readonly blockedUntil?: number | undefined;
  readonly createdBy?: string | undefined;
}

export class BlockedIpStore {
  readonly #orm: Orm;

  constructor(orm: Orm) {
    this.#orm = orm;
  }

  /** Stores a block; one that is there already for the same address takes over the new end and reason. */
  async put(block: NewBlock): Promise<void> {
    await this.#orm.em.fork().upsert(
      BlockedIpRecord,
      {
        id: block.id,
        ipAddress: block.ipAddress,
        reason: block.reason,
        blockedAt: new Date(block.blockedAt),
        blockedUntil: block.blockedUntil === undefined ? null : new Date(block.blockedUntil),
        createdBy: block.createdBy ?? null,
      },
      { onConflictFields: ['ipAddress'], onConflictExcludeFields: ['id'] },
    );
  }

  /** Removes a block and returns whether there was one. */
  async remove(blockId: string): Promise<boolean> {
    return (await this.#orm.em.fork().nativeDelete(BlockedIpRecord, { id: blockId })) > 0;
  }

  /** The blocks that hold at `at`, newest first. */
  async listHolding(at: number): Promise<readonly BlockedIp[]> {
    const rows = await queryBuilder(this.#orm)
      .selectFrom('blocked_ips')
      .select(['id', 'ip_address', 'reason', 'blocked_at', 'blocked_until'])
      .where(({ eb, or }) => or([eb('blocked_until', 'is', null), eb('blocked_until', '>', new Date(at))]))
      .orderBy('id', 'desc')
      .execute();
    return rows.map((row) => ({
      id: row.id,
      ipAddress: row.ip_address,
      reason: row.reason,
      blockedAt: row.blocked_at.getTime(),
      blockedUntil: instantFrom(row.blocked_until),
    }));
  }
}
