/** Writers of every kind at once, and readers that read all the while: no entry is skipped, delivered twice, or out of order. */
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { JournalStore } from '../../src/journal/journal-store.ts';
import { openOrm } from '../../src/persistence/orm.ts';
import { openPlainConnection } from '../../src/migrator/run/connect/plain-connection.ts';
import { queryBuilder } from '../../src/persistence/query-builder.ts';
import { createTestDatabase } from '../support/database.ts';
import { quiet } from '../support/quiet-log.ts';
import { untilJournalShowsAll } from '../support/readable-journal.ts';
import type { Orm } from '../../src/persistence/orm.ts';
import type { TestDatabase } from '../support/database.ts';

let database: TestDatabase;
let orm: Orm;
let store: JournalStore;

beforeAll(async () => {
  database = await createTestDatabase();
  orm = openOrm({ databaseUrl: database.url, log: quiet });
  store = new JournalStore(orm);
});

afterAll(async () => {
  await orm.close();
  await database.drop();
});

const insert = (count: number): string =>
  `insert into events (occurred_at, category, type, severity, description)
   select now(), 'system', 'written', 'info', '' from generate_series(1, ${count})`;

const count = fc.integer({ min: 1, max: 3 });
/** What a writer does in a transaction, statement by statement. */
const statements = fc.oneof(
  count.map((rows) => [insert(rows)]),
  fc.constant(['select pg_current_xact_id()']),
  count.map((rows) => ['savepoint place', insert(rows), 'rollback to place']),
  count.map((rows) => ['savepoint place', insert(rows), 'release place']),
  count.map((rows) => [
    'savepoint first',
    insert(1),
    'savepoint place',
    insert(rows),
    'rollback to place',
    'release first',
  ]),
);
const transaction = fc.record({
  isolation: fc.constantFrom('read committed', 'repeatable read', 'serializable'),
  work: fc.array(statements, { minLength: 1, maxLength: 4 }).map((parts) => parts.flat()),
  end: fc.constantFrom(
    'commit',
    'commit',
    'commit',
    'rollback',
    'select pg_terminate_backend(pg_backend_pid())',
  ),
});
type Transaction = typeof transaction extends fc.Arbitrary<infer T> ? T : never;

async function write(transactions: readonly Transaction[]): Promise<void> {
  for (const { isolation, work, end } of transactions) {
    const connection = openPlainConnection(database.url);
    await connection.query(`begin isolation level ${isolation}`);
    for (const sql of work) await connection.query(sql);
    // What is killed, and what cannot be serialized, was not written.
    await connection.query(end).catch(() => undefined);
    await connection.close();
  }
}

/** Reads on from a number until the writers have ended and all can be read; returns the numbers as they came. */
async function readOn(after: number, limit: number, isWritten: () => boolean): Promise<number[]> {
  const numbers: number[] = [];
  let cursor = { sequence: after };
  for (;;) {
    const isLast = isWritten();
    const page = await store.readAfter(cursor, {}, limit);
    numbers.push(...page.entries.map(({ sequence }) => sequence));
    ({ cursor } = page);
    if (isLast && page.isUpToDate && page.entries.length < limit) return numbers;
  }
}

it('gives every reader each entry once, in the order of the numbers, whatever becomes of the transactions', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(transaction, { minLength: 1, maxLength: 3 }), { minLength: 2, maxLength: 4 }),
      fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 3 }),
      async (writers, limits) => {
        await untilJournalShowsAll(orm);
        const { sequence: after } = await store.latestCursor();
        let isWritten = false;
        const reading = limits.map((limit) => readOn(after, limit, () => isWritten));
        await Promise.all(writers.map(write));
        await untilJournalShowsAll(orm);
        isWritten = true;

        const stored = await queryBuilder(orm)
          .selectFrom('events')
          .select('sequence')
          .where('sequence', '>', after)
          .orderBy('sequence')
          .execute();
        for (const numbers of await Promise.all(reading))
          expect(numbers).toEqual(stored.map(({ sequence }) => sequence));
      },
    ),
    { numRuns: 12 },
  );
});
