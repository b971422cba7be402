/** Following the journal from a number on: the moments at which entries could be lost or told twice. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UserRecord } from '../../src/entities/index.ts';
import { JournalStore } from '../../src/journal/journal-store.ts';
import { openOrm } from '../../src/persistence/orm.ts';
import { Journal } from '../../src/journal/journal.ts';
import { JournalFollower } from '../../src/journal/journal-follower.ts';
import { createTestDatabase } from '../support/database.ts';
import { quiet } from '../support/quiet-log.ts';
import type { JournalCursor, JournalFilter } from '../../src/journal/journal-store.ts';
import type { Orm } from '../../src/persistence/orm.ts';
import type { TestDatabase } from '../support/database.ts';

let database: TestDatabase;
let orm: Orm;
let journal: Journal;
let people = 0;

beforeAll(async () => {
  database = await createTestDatabase();
  orm = openOrm({ databaseUrl: database.url, log: quiet });
  journal = new Journal({ store: new JournalStore(orm), log: quiet });
  await journal.start();
});

afterAll(async () => {
  await journal.stop();
  await orm.close();
  await database.drop();
});

async function addUser(): Promise<string> {
  people += 1;
  const em = orm.em.fork();
  const user = em.create(UserRecord, {
    email: `p${people}@example.org`,
    username: `p${people}`,
    passwordHash: 'hash',
  });
  await em.flush();
  return user.id;
}

/** Records an entry and waits until the journal has told it to its listeners. */
async function recordAndHear(userId: string, type: string): Promise<void> {
  const heard = new Promise<void>((resolve) => {
    const leave = journal.subscribe((entries) => {
      if (!entries.some((entry) => entry.type === type)) return;
      leave();
      resolve();
    });
  });
  await journal.record({ category: 'system', type, severity: 'info', description: '', userId });
  await heard;
}

/** Follows from the beginning, with something to happen right after the first page was read. */
function follow(userId: string, afterFirstPage: () => Promise<void>) {
  let pages = 0;
  const told: string[] = [];
  const all = Promise.withResolvers<void>();
  const follower = new JournalFollower({
    journal: {
      subscribe: (listener) => journal.subscribe(listener),
      placeOf: (sequence) => journal.placeOf(sequence),
      pageAfter: async (place: JournalCursor, filter: JournalFilter, limit: number) => {
        const page = await journal.pageAfter(place, filter, limit);
        pages += 1;
        if (pages === 1) await afterFirstPage();
        return page;
      },
    },
    userId,
    after: 0,
    deliver: (entries) => {
      told.push(...entries.map(({ type }) => type));
      if (told.includes('last')) all.resolve();
    },
    room: () => Promise.resolve(true),
    onFailure: (error) => all.reject(error),
  });
  return { told, all: all.promise, follower };
}

describe('a follower', () => {
  it('loses nothing that is told between its reading and what it makes of it', async () => {
    const userId = await addUser();
    await recordAndHear(userId, 'first');

    const { told, all, follower } = follow(userId, () => recordAndHear(userId, 'between'));
    await recordAndHear(userId, 'last');
    await all;

    expect(told).toEqual(['first', 'between', 'last']);
    follower.stop();
  });

  it('tells nothing after its stop, even what it was reading', async () => {
    const userId = await addUser();
    await recordAndHear(userId, 'first');
    const reading = Promise.withResolvers<void>();
    const stopped = Promise.withResolvers<void>();

    const { told, follower } = follow(userId, () => {
      reading.resolve();
      return stopped.promise;
    });
    await reading.promise;
    follower.stop();
    stopped.resolve();
    await recordAndHear(userId, 'last');

    expect(told).toEqual([]);
  });

  it('says when the journal cannot be read', async () => {
    const userId = await addUser();

    const { all } = follow(userId, () => Promise.reject(new Error('the database went away')));

    await expect(all).rejects.toThrow('the database went away');
  });
});
