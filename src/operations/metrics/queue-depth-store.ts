/** How much waits in the database: queues and migrations, for all copies of the server. */

import { inFront } from '../../notifications/delivery/delivery-store.ts';
import { readBuilder } from '../../persistence/query-builder.ts';
import type { QueryBuilder } from '../../persistence/query-builder.ts';
import type { Orm } from '../../persistence/orm.ts';

export interface QueueDepths {
  readonly backtests: { readonly waiting: number; readonly running: number };
  readonly priceImports: { readonly running: number };
  readonly mails: { readonly waiting: number };
  /** Messages to channels that wait or were given up in the last day, by their kinds. */
  readonly messages: readonly { readonly kind: string; readonly waiting: number; readonly dead: number }[];
  /** For how long the message that waits for longest is due. */
  readonly overdueSeconds: number;
  /** Migrations that this version has and the database has not. */
  readonly pendingMigrations: number;
}

export interface QueueDepthStoreParts {
  readonly orm: Orm;
  /** The names of this version's migrations. */
  readonly migrations: () => Promise<readonly string[]>;
  /** UTC ms. */
  readonly clock: () => number;
}

export class QueueDepthStore {
  readonly #parts: QueueDepthStoreParts;

  constructor(parts: QueueDepthStoreParts) {
    this.#parts = parts;
  }

  async read(): Promise<QueueDepths> {
    const { orm, migrations, clock } = this.#parts;
    const now = clock();
    const db = readBuilder(orm);
    const [backtests, imports, mails, messages, overdue, applied, names] = await Promise.all([
      db
        .selectFrom('backtests')
        .select(({ fn }) => ['status', fn.countAll<string>().as('count')])
        .where('status', 'in', ['queued', 'running'])
        .groupBy('status')
        .execute(),
      db
        .selectFrom('price_imports')
        .select(({ fn }) => fn.countAll<string>().as('count'))
        .where('status', '=', 'running')
        .executeTakeFirstOrThrow(),
      db
        .selectFrom('outgoing_mails')
        .select(({ fn }) => fn.countAll<string>().as('count'))
        .where('sent_at', 'is', null)
        .executeTakeFirstOrThrow(),
      messagesByKind(db, now),
      overdueSeconds(db, now),
      orm.em.fork().execute<{ name: string }[]>('select name from mikro_orm_migrations'),
      migrations(),
    ]);
    const countOf = (status: string): number =>
      Number(backtests.find((row) => row.status === status)?.count ?? 0);
    const isApplied = new Set(applied.map(({ name }) => name));
    return {
      backtests: { waiting: countOf('queued'), running: countOf('running') },
      priceImports: { running: Number(imports.count) },
      mails: { waiting: Number(mails.count) },
      messages,
      overdueSeconds: overdue,
      pendingMigrations: names.filter((name) => !isApplied.has(name)).length,
    };
  }
}

const DAY_MS = 86_400_000;

/** Those that wait, and those that were given up in the last day: two small parts of the table, each with an index. */
async function messagesByKind(db: QueryBuilder, now: number): Promise<QueueDepths['messages']> {
  const waiting = await db
    .selectFrom('notification_deliveries')
    .select(({ fn }) => ['kind', fn.countAll<string>().as('count')])
    .where('sent_at', 'is', null)
    .where('dead_at', 'is', null)
    .groupBy('kind')
    .execute();
  const dead = await db
    .selectFrom('notification_deliveries')
    .select(({ fn }) => ['kind', fn.countAll<string>().as('count')])
    .where('dead_at', '>', new Date(now - DAY_MS))
    .groupBy('kind')
    .execute();
  const countOf = (rows: typeof dead, kind: string): number =>
    Number(rows.find((row) => row.kind === kind)?.count ?? 0);
  const kinds = [...new Set([...waiting, ...dead].map(({ kind }) => kind))];
  return kinds.map((kind) => ({ kind, waiting: countOf(waiting, kind), dead: countOf(dead, kind) }));
}

/** Those behind one that is tried again wait for that: a receiver that is down is no delay of ours. */
async function overdueSeconds(db: QueryBuilder, now: number): Promise<number> {
  const oldest = await inFront(db)
    .select('due.next_attempt_at')
    .orderBy('due.next_attempt_at')
    .limit(1)
    .executeTakeFirst();
  return oldest ? Math.max(0, (now - oldest.next_attempt_at.getTime()) / 1_000) : 0;
}
