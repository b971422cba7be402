/** How much waits in the database: queues and migrations, for all copies of the server. */

import { readBuilder } from '../../persistence/query-builder.ts';
import type { Orm } from '../../persistence/orm.ts';

export interface QueueDepths {
  readonly backtests: { readonly waiting: number; readonly running: number };
  readonly priceImports: { readonly running: number };
  readonly mails: { readonly waiting: number };
  /** Migrations that this version has and the database has not. */
  readonly pendingMigrations: number;
}

export interface QueueDepthStoreParts {
  readonly orm: Orm;
  /** The names of this version's migrations. */
  readonly migrations: () => Promise<readonly string[]>;
}

export class QueueDepthStore {
  readonly #parts: QueueDepthStoreParts;

  constructor(parts: QueueDepthStoreParts) {
    this.#parts = parts;
  }

  async read(): Promise<QueueDepths> {
    const { orm, migrations } = this.#parts;
    const db = readBuilder(orm);
    const [backtests, imports, mails, applied, names] = await Promise.all([
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
      pendingMigrations: names.filter((name) => !isApplied.has(name)).length,
    };
  }
}
