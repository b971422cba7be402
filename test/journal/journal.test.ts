/** The journal's reader: nothing lost, nothing twice, one order for all. */
import * as fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { UserRecord } from '../../src/entities/index.ts';
import { appendToJournal, isAfter, JournalStore } from '../../src/journal/journal-store.ts';
import { openOrm } from '../../src/persistence/orm.ts';
import { openPlainConnection } from '../../src/migrator/run/connect/plain-connection.ts';
import { inTransaction, queryBuilder } from '../../src/persistence/query-builder.ts';
import { Journal } from '../../src/journal/journal.ts';
import { createTestDatabase } from '../support/database.ts';
import { quiet } from '../support/quiet-log.ts';
import { until } from '../support/until.ts';
import type { JournalEntry } from '../../src/core/domain/journal-entry.ts';
import type { StoredJournalEntry } from '../../src/journal/journal-store.ts';
import type { Orm } from '../../src/persistence/orm.ts';
import type { TestDatabase } from '../support/database.ts';

let database: TestDatabase;
let orm: Orm;
let store: JournalStore;
const opened: Journal[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  orm = openOrm({ databaseUrl: database.url, log: quiet });
  store = new JournalStore(orm);
});

afterEach(async () => {
  await Promise.all(opened.splice(0).map((journal) => journal.stop()));
});

afterAll(async () => {
  await orm.close();
  await database.drop();
});

function fact(type: string): JournalEntry {
  return { category: 'system', type, severity: 'info', description: 'Something happened.' };
}

async function startJournal(): Promise<Journal> {
  const journal = new Journal({ store, log: quiet });
  opened.push(journal);
  await journal.start();
  return journal;
}

/** Collects what a journal delivers, and resolves when the wanted number is there. */
function collect(journal: Journal, wanted: number) {
  const entries: StoredJournalEntry[] = [];
  const all = new Promise<readonly StoredJournalEntry[]>((resolve) => {
    journal.subscribe((delivered) => {
      entries.push(...delivered);
      if (entries.length >= wanted) resolve(entries);
    });
  });
  return { entries, all };
}

const typesOf = (entries: readonly StoredJournalEntry[]) => entries.map(({ type }) => type);

/** Another test's transaction on the same server may hold entries back for a moment. */
const allReadable = () =>
  until(
    'everything recorded can be read',
    async () => (await store.readAfter(await store.latestCursor(), {}, 1)).isUpToDate,
  );

describe('the journal', () => {
  it('delivers what is recorded after its start, once, with its number and time', async () => {
    await store.append(fact('before'));
    await allReadable();
    const journal = await startJournal();
    const { entries, all } = collect(journal, 2);

    await journal.record(fact('first'));
    await journal.record({ ...fact('second'), severity: 'warning', details: { answer: 42 } });

    expect(typesOf(await all)).toEqual(['first', 'second']);
    expect(entries[1]).toMatchObject({
      severity: 'warning',
      details: { answer: 42 },
      sequence: expect.any(Number),
    });
    expect(entries[1]?.sequence).toBeGreaterThan(entries[0]?.sequence ?? Infinity);
  });

  it('delivers what another process wrote, without being woken', async () => {
    const journal = await startJournal();
    const { all } = collect(journal, 1);
    const other = openPlainConnection(database.url);

    await other.query(
      `insert into events (occurred_at, category, type, severity, description) values (now(), 'system', 'elsewhere', 'info', '')`,
    );
    await other.close();

    expect(typesOf(await all)).toEqual(['elsewhere']);
  });

  it('waits for an older transaction that is still open, and then delivers both in order', async () => {
    const journal = await startJournal();
    const { entries, all } = collect(journal, 3);
    const late = openPlainConnection(database.url);
    await late.query('begin');
    await late.query(
      `insert into events (occurred_at, category, type, severity, description) values (now(), 'system', 'late', 'info', '')`,
    );

    await journal.record(fact('early'));
    await journal.record(fact('later'));
    const readable = await journal.readAfter(undefined, {}, 1_000);

    expect(typesOf(readable)).not.toContain('early');
    expect(entries).toEqual([]);
    await late.query('commit');
    // This commit is not announced: the journal polls by itself.
    expect(typesOf(await all)).toEqual(['late', 'early', 'later']);
    await late.close();
  });

  it('is held back by no transaction that writes no entry, be it in this database or in another one', async () => {
    const elsewhere = await createTestDatabase();
    const idle = [openPlainConnection(database.url), openPlainConnection(elsewhere.url)];
    for (const connection of idle) {
      await connection.query('begin');
      // A transaction that has written anything has an id, and is older than every later transaction.
      await connection.query('select pg_current_xact_id()');
    }
    const journal = await startJournal();
    const { all } = collect(journal, 1);

    await journal.record(fact('in spite of them'));

    expect(typesOf(await all)).toEqual(['in spite of them']);
    expect(typesOf(await journal.readAfter(undefined, {}, 1_000))).toContain('in spite of them');
    for (const connection of idle) await connection.close();
    await elsewhere.drop();
  });

  it('waits for a number of a transaction that began earlier and writes its entry later', async () => {
    const journal = await startJournal();
    const { entries, all } = collect(journal, 3);
    const early = openPlainConnection(database.url);
    await early.query('begin');
    await early.query('select pg_current_xact_id()');

    await journal.record(fact('first'));
    await until('the first entry is delivered', () => entries.length === 1);
    await early.query(
      `insert into events (occurred_at, category, type, severity, description) values (now(), 'system', 'second', 'info', '')`,
    );
    await journal.record(fact('third'));
    await early.query('commit');

    expect(typesOf(await all)).toEqual(['first', 'second', 'third']);
    await early.close();
  });

  it('continues without the entries of a transaction that was rolled back', async () => {
    const journal = await startJournal();
    const { all } = collect(journal, 1);

    const failing = inTransaction(orm, async (db) => {
      await appendToJournal(db, [fact('never happened')]);
      throw new Error('the fact was not one');
    });

    await expect(failing).rejects.toThrow('the fact was not one');
    await journal.record(fact('happened'));
    expect(typesOf(await all)).toEqual(['happened']);
  });

  it('skips no entry whose number was drawn before and not written: PostgreSQL draws it again after a crash', async () => {
    await store.append(fact('written'));
    await allReadable();
    const before = await store.latestCursor();
    const lost = inTransaction(orm, async (db) => {
      await appendToJournal(db, [fact('lost')]);
      throw new Error('rolled back');
    });
    await expect(lost).rejects.toThrow('rolled back');
    await allReadable();
    const following = await store.readAfter(before, {}, 10);
    const starting = await store.latestCursor();

    await queryBuilder(orm)
      .selectNoFrom((is) =>
        is
          .fn('setval', [
            is.fn('pg_get_serial_sequence', [is.val('events'), is.val('sequence')]),
            is.val(before.sequence),
          ])
          .as('number'),
      )
      .execute();
    await store.append(fact('after the crash'));

    expect(following.entries).toEqual([]);
    for (const cursor of [following.cursor, starting])
      expect(typesOf((await store.readAfter(cursor, {}, 10)).entries)).toEqual(['after the crash']);
  });

  it('delivers nothing to a listener after it left, and nothing at all after its stop', async () => {
    const journal = await startJournal();
    const delivered: string[] = [];
    const leave = journal.subscribe((entries) => delivered.push(...typesOf(entries)));
    const { all } = collect(journal, 1);

    leave();
    await journal.record(fact('after leaving'));
    await all;
    await journal.stop();
    await journal.record(fact('after the stop'));

    expect(delivered).toEqual([]);
  });

  it('loses nothing and delivers nothing twice while several write at once, in the order in which it is read again', async () => {
    // A journal that starts while another database still holds its readers back delivers what was written before.
    await allReadable();
    const journal = await startJournal();
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 6 }), {
          minLength: 2,
          maxLength: 4,
        }),
        async (writers) => {
          const expected = writers.flatMap((transactions, writer) =>
            transactions.flatMap((size, index) =>
              Array.from({ length: size }, (_, place) => `w${writer}-t${index}-${place}`),
            ),
          );
          await allReadable();
          const last = (await journal.readAfter(undefined, {}, 100_000)).at(-1);
          const { entries, all } = collect(journal, expected.length);

          await Promise.all(
            writers.map(async (transactions, writer) => {
              for (const [index, size] of transactions.entries()) {
                await inTransaction(orm, async (db) => {
                  for (let place = 0; place < size; place += 1)
                    await appendToJournal(db, [fact(`w${writer}-t${index}-${place}`)]);
                });
                journal.wake();
              }
            }),
          );
          await all;

          expect(typesOf(entries).sort()).toEqual([...expected].sort());
          for (const [index, entry] of entries.entries()) {
            const previous = entries[index - 1];
            expect(previous === undefined || isAfter(entry, previous)).toBe(true);
          }
          const readAgain = await journal.readAfter(last?.sequence, {}, 100_000);
          expect(typesOf(readAgain)).toEqual(typesOf(entries));
        },
      ),
      { numRuns: 15 },
    );
  });

  it('delivers more than one page in order', async () => {
    const journal = await startJournal();
    const { all } = collect(journal, 2_500);
    const types = Array.from({ length: 2_500 }, (_, index) => `fact-${index}`);

    await inTransaction(orm, (db) => appendToJournal(db, types.map(fact)));
    journal.wake();

    expect(typesOf(await all)).toEqual(types);
  });
});

describe('reading the journal', () => {
  it('reads on from a number, for one person, and stops at the limit', async () => {
    const em = orm.em.fork();
    const [mine, theirs] = ['mine', 'theirs'].map((name) =>
      em.create(UserRecord, { email: `${name}@example.org`, username: name, passwordHash: 'hash' }),
    );
    await em.flush();
    const journal = await startJournal();
    for (const type of ['one', 'two', 'three']) {
      await journal.record({ ...fact(type), userId: mine?.id });
      await journal.record({ ...fact(type), userId: theirs?.id });
    }
    const { sequence } = await queryBuilder(orm)
      .selectFrom('events')
      .select('sequence')
      .where('user_id', '=', mine?.id ?? '')
      .where('type', '=', 'one')
      .executeTakeFirstOrThrow();

    await allReadable();
    const all = await journal.readAfter(undefined, { userId: mine?.id }, 10);
    const afterFirst = await journal.readAfter(sequence, { userId: mine?.id }, 1);

    expect(typesOf(all)).toEqual(['one', 'two', 'three']);
    expect(typesOf(afterFirst)).toEqual(['two']);
  });
});
