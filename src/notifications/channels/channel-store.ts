/** Channels in the database: where people want to be notified. What opens them is sealed. */

import { CHANNEL_KINDS } from '../../entities/notification-channel.ts';
import { inTransaction, queryBuilder } from '../../persistence/query-builder.ts';
import { appendToJournal } from '../../journal/journal-store.ts';
import type { JournalEntry, Severity } from '../../core/domain/journal-entry.ts';
import type { SealedSecret } from '../../encryption/key-ring.ts';
import type { Orm } from '../../persistence/orm.ts';
import type { QueryBuilder } from '../../persistence/query-builder.ts';
import type { Precondition } from '../../http/preconditions.ts';

export { CHANNEL_KINDS };
export type ChannelKind = (typeof CHANNEL_KINDS)[number];

/** What a person chooses about a channel. */
export interface ChannelChoices {
  readonly name: string;
  readonly minSeverity: Severity;
  readonly mutedTypes: readonly string[];
  readonly isDigest: boolean;
  /** Whether critical notifications that are not read are sent here again. */
  readonly isEscalation: boolean;
  readonly isOn: boolean;
}

export interface NewChannel extends ChannelChoices {
  readonly id: string;
  readonly userId: string;
  readonly kind: ChannelKind;
  readonly target: string | undefined;
  readonly secret: SealedSecret | undefined;
}

/** A channel as stored; `createdAt` is UTC ms. */
export interface StoredChannel extends NewChannel {
  /** Why the server turned it off. */
  readonly offReason: string | undefined;
  readonly createdAt: number;
}

export class ChannelStore {
  readonly #orm: Orm;

  constructor(orm: Orm) {
    this.#orm = orm;
  }

  /**
   * Stores a channel unless the person has `most`; returns whether it is stored. Those who add at once wait for each other. One of theirs that
   * has this id gets the new secret in place of its own.
   */
  add(channel: NewChannel, most: number): Promise<false | 'added' | 'replaced'> {
    return inTransaction(this.#orm, async (db) => {
      await db.selectFrom('users').select('id').where('id', '=', channel.userId).forNoKeyUpdate().execute();
      const existing = await db
        .selectFrom('notification_channels')
        .select('id')
        .where('user_id', '=', channel.userId)
        .execute();
      const { id, userId, kind, name, target, secret, minSeverity, mutedTypes } = channel;
      if (existing.some((one) => one.id === id)) {
        const { ciphertext = null, keyId = null } = secret ?? {};
        await db
          .updateTable('notification_channels')
          .set({ secret_ciphertext: ciphertext, secret_key_id: keyId, updated_at: new Date() })
          .where('id', '=', id)
          .execute();
        return 'replaced';
      }
      if (existing.length >= most) return false;
      const { isDigest, isEscalation, isOn } = channel;
      await db
        .insertInto('notification_channels')
        .values({
          id,
          user_id: userId,
          kind,
          name,
          target: target ?? null,
          secret_ciphertext: secret?.ciphertext ?? null,
          secret_key_id: secret?.keyId ?? null,
          min_severity: minSeverity,
          muted_types: [...mutedTypes],
          is_digest: isDigest,
          is_escalation: isEscalation,
          is_on: isOn,
        })
        .execute();
      return 'added';
    });
  }

  /** A person's channels, oldest first. */
  async listOf(userId: string): Promise<readonly StoredChannel[]> {
    return this.listOfAll([userId]);
  }

  /** The channels of several people. */
  async listOfAll(userIds: readonly string[]): Promise<readonly StoredChannel[]> {
    if (userIds.length === 0) return [];
    const rows = await select(queryBuilder(this.#orm))
      .where('user_id', 'in', userIds)
      .orderBy('id')
      .execute();
    return rows.map(toChannel);
  }

  async find(userId: string, id: string): Promise<StoredChannel | undefined> {
    const row = await select(queryBuilder(this.#orm))
      .where('user_id', '=', userId)
      .where('id', '=', id)
      .executeTakeFirst();
    return row && toChannel(row);
  }

  /**
   * Changes what is given, if the channel is as `precondition` wants it; false when there is no such channel of theirs. One that is turned
   * on has no reason to be off.
   */
  change(
    userId: string,
    id: string,
    changes: Partial<ChannelChoices>,
    precondition?: Precondition<StoredChannel>,
  ): Promise<boolean> {
    const { name, minSeverity, mutedTypes, isDigest, isEscalation, isOn } = changes;
    return inTransaction(this.#orm, async (db) => {
      const query = select(db).where('user_id', '=', userId).where('id', '=', id);
      const before = await query.forUpdate().executeTakeFirst();
      if (!before) return false;
      precondition?.(toChannel(before));
      await db
        .updateTable('notification_channels')
        .set({
          ...(name !== undefined && { name }),
          ...(minSeverity !== undefined && { min_severity: minSeverity }),
          ...(mutedTypes !== undefined && { muted_types: [...mutedTypes] }),
          ...(isDigest !== undefined && { is_digest: isDigest }),
          ...(isEscalation !== undefined && { is_escalation: isEscalation }),
          ...(isOn !== undefined && { is_on: isOn, off_reason: null }),
          updated_at: new Date(),
        })
        .where('id', '=', id)
        .execute();
      return true;
    });
  }

  /** Turns a channel off, and says why; false when it was off. */
  async turnOff(id: string, reason: string, entry: JournalEntry): Promise<boolean> {
    return inTransaction(this.#orm, async (db) => {
      const { numUpdatedRows } = await db
        .updateTable('notification_channels')
        .set({ is_on: false, off_reason: reason.slice(0, 300), updated_at: new Date() })
        .where('id', '=', id)
        .where('is_on', '=', true)
        .executeTakeFirst();
      if (numUpdatedRows > 0n) await appendToJournal(db, [entry]);
      return numUpdatedRows > 0n;
    });
  }

  /** Removes a channel with what waits for it; false when there is no such channel of theirs. */
  async remove(userId: string, id: string): Promise<boolean> {
    const removed = await queryBuilder(this.#orm)
      .deleteFrom('notification_channels')
      .where('user_id', '=', userId)
      .where('id', '=', id)
      .executeTakeFirst();
    return removed.numDeletedRows > 0n;
  }

  /** Every channel with a secret, for a change of the encryption key. */
  async sealed(): Promise<readonly { readonly id: string; readonly secret: SealedSecret }[]> {
    const rows = await queryBuilder(this.#orm)
      .selectFrom('notification_channels')
      .select(['id', 'secret_ciphertext', 'secret_key_id'])
      .orderBy('id')
      .execute();
    return rows.flatMap(({ id, secret_ciphertext: ciphertext, secret_key_id: keyId }) =>
      ciphertext === null || keyId === null ? [] : [{ id, secret: { ciphertext, keyId } }],
    );
  }

  /** Stores the same secret sealed with another key; false when the channel was removed meanwhile. */
  async replaceSecret(id: string, sealed: SealedSecret): Promise<boolean> {
    const updated = await queryBuilder(this.#orm)
      .updateTable('notification_channels')
      .set({ secret_ciphertext: sealed.ciphertext, secret_key_id: sealed.keyId })
      .where('id', '=', id)
      .executeTakeFirst();
    return updated.numUpdatedRows > 0n;
  }
}

function select(db: QueryBuilder) {
  return db.selectFrom('notification_channels').selectAll();
}

type Row = Awaited<ReturnType<ReturnType<typeof select>['execute']>>[number];

function toChannel(row: Row): StoredChannel {
  const { secret_ciphertext: ciphertext, secret_key_id: keyId } = row;
  return {
    id: row.id,
    userId: row.user_id,
    kind: row.kind,
    name: row.name,
    target: row.target ?? undefined,
    secret: ciphertext === null || keyId === null ? undefined : { ciphertext, keyId },
    minSeverity: row.min_severity,
    mutedTypes: row.muted_types,
    isDigest: row.is_digest,
    isEscalation: row.is_escalation,
    isOn: row.is_on,
    offReason: row.off_reason ?? undefined,
    createdAt: row.created_at.getTime(),
  };
}
