/** Blocked addresses and ranges in the database. */

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

/** A block by the server itself, after failed sign-ins. */
export interface FailureBlock extends NewBlock {
  readonly failures: number;
}

/** Blocked addresses and ranges, and what they come down to. */
export interface HeldAddresses {
  readonly fingerprint: string | undefined;
  readonly addresses: readonly string[];
}

export class BlockedIpStore {
  readonly #orm: Orm;

  constructor(orm: Orm) {
    this.#orm = orm;
  }

  /** Stores a block and returns it; one that is there already for the same address takes over the new end and reason. */
  async put(block: NewBlock): Promise<BlockedIp> {
    const values = {
      reason: block.reason,
      blocked_at: new Date(block.blockedAt),
      blocked_until: block.blockedUntil === undefined ? null : new Date(block.blockedUntil),
      created_by_id: block.createdBy ?? null,
    };
    const row = await queryBuilder(this.#orm)
      .insertInto('blocked_ips')
      .values({ id: block.id, ip_address: block.ipAddress, ...values })
      .onConflict((conflict) => conflict.column('ip_address').doUpdateSet(values))
      .returning(COLUMNS)
      .executeTakeFirstOrThrow();
    return toBlockedIp(row);
  }

  /** The same after failed sign-ins, which are added up; undefined, and nothing is changed, while another block of the address holds. */
  async putIfOver(block: FailureBlock): Promise<BlockedIp | undefined> {
    const { id, ipAddress, reason, failures } = block;
    const blockedAt = new Date(block.blockedAt);
    const values = {
      reason,
      blocked_at: blockedAt,
      blocked_until: block.blockedUntil === undefined ? null : new Date(block.blockedUntil),
      created_by_id: null,
    };
    const row = await queryBuilder(this.#orm)
      .insertInto('blocked_ips')
      .values({ id, ip_address: ipAddress, failed_attempts: failures, ...values })
      .onConflict((conflict) =>
        conflict
          .column('ip_address')
          .doUpdateSet(({ eb }) => ({
            ...values,
            failed_attempts: eb('blocked_ips.failed_attempts', '+', failures),
          }))
          .where('blocked_ips.blocked_until', '<=', blockedAt),
      )
      .returning(COLUMNS)
      .executeTakeFirst();
    return row && toBlockedIp(row);
  }

  /** How many failed sign-ins led to blocks of the address or range so far. */
  async failuresOf(ipAddress: string): Promise<number> {
    const row = await queryBuilder(this.#orm)
      .selectFrom('blocked_ips')
      .select('failed_attempts')
      .where('ip_address', '=', ipAddress)
      .executeTakeFirst();
    return row?.failed_attempts ?? 0;
  }

  /** Removes blocks that ended before `at` (UTC ms), and returns how many. */
  async removeOver(at: number): Promise<number> {
    const { numDeletedRows } = await queryBuilder(this.#orm)
      .deleteFrom('blocked_ips')
      .where('blocked_until', '<', new Date(at))
      .executeTakeFirst();
    return Number(numDeletedRows);
  }

  /** Removes a block and returns it; undefined when there was none. */
  async remove(blockId: string): Promise<BlockedIp | undefined> {
    const row = await queryBuilder(this.#orm)
      .deleteFrom('blocked_ips')
      .where('id', '=', blockId)
      .returning(COLUMNS)
      .executeTakeFirst();
    return row && toBlockedIp(row);
  }

  /** What the addresses blocked at `at` come down to: it changes when one of them does. Undefined when there is none. */
  async fingerprint(at: number): Promise<string | undefined> {
    const { fingerprint } = await fingerprintOf(holding(this.#orm, at)).executeTakeFirstOrThrow();
    return fingerprint ?? undefined;
  }

  /** The addresses blocked at `at` with what they come down to, both read at the same moment. */
  async addressesHolding(at: number): Promise<HeldAddresses> {
    const { fingerprint, addresses } = await fingerprintOf(holding(this.#orm, at))
      .select(({ fn }) => fn.agg<string[] | null>('json_agg', ['ip_address']).as('addresses'))
      .executeTakeFirstOrThrow();
    return { fingerprint: fingerprint ?? undefined, addresses: addresses ?? [] };
  }

  /** The blocks that hold at `at`, newest first. */
  async listHolding(at: number): Promise<readonly BlockedIp[]> {
    const rows = await holding(this.#orm, at).select(COLUMNS).orderBy('id', 'desc').execute();
    return rows.map(toBlockedIp);
  }
}

const COLUMNS = ['id', 'ip_address', 'reason', 'blocked_at', 'blocked_until'] as const;

function holding(orm: Orm, at: number) {
  return queryBuilder(orm)
    .selectFrom('blocked_ips')
    .where(({ eb, or }) => or([eb('blocked_until', 'is', null), eb('blocked_until', '>', new Date(at))]));
}

function fingerprintOf(blocks: ReturnType<typeof holding>) {
  return blocks.select(({ fn, val }) => {
    const addresses = fn
      .agg<string>('string_agg', [fn<string>('text', ['ip_address']), val(',')])
      .orderBy('id');
    return fn<string | null>('md5', [addresses]).as('fingerprint');
  });
}

interface Row {
  readonly id: string;
  readonly ip_address: string;
  readonly reason: string;
  readonly blocked_at: Date;
  readonly blocked_until: Date | null;
}

function toBlockedIp(row: Row): BlockedIp {
  return {
    id: row.id,
    ipAddress: row.ip_address,
    reason: row.reason,
    blockedAt: row.blocked_at.getTime(),
    blockedUntil: instantFrom(row.blocked_until),
  };
}
