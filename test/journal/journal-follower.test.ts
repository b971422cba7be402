/** Following the journal from a number on: the moments at which entries could be lost or reported twice. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UserRecord } from '../../src/entities/index.ts';
import { JournalStore } from '../../src/journal/journal-store.ts';
import { openOrm } from '../../src/persistence/orm.ts';
import { Journal } from '../../src/journal/journal.ts';
import { JournalFollower } from '../../src/journal/journal-follower.ts';
import { createTestDatabase } from '../support/database.ts';
import { quiet } from '../support/quiet-log.ts';
import type { JournalFilter } from '../../src/journal/entry-query-store.ts';
import type { JournalCursor } from '../../src/journal/journal-store.ts';
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

/** Records an entry and waits until the journal has reported it to its listeners. */
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

/** Who takes what is delivered: how many entries at once, and when there is room for another page. */
interface Receiver {
  readonly takes: () => number;
  readonly room: () => Promise<boolean>;
}

/** Follows from the beginning, with something to happen right after the first page was read. */
function follow(userId: string, afterFirstPage: () => Promise<void>, receiver: Partial<Receiver> = {}) {
  const behind: number[] = [];
  let pages = 0;
  const delivered: string[] = [];
  let delivery = Promise.withResolvers<void>();
  const failure = Promise.withResolvers<never>();
  failure.promise.catch(() => undefined);
  const follower = new JournalFollower({
    journal: {
      subscribe: (listener) => journal.subscribe(listener),
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
      const taken = entries.slice(0, receiver.takes?.());
      delivered.push(...taken.map(({ type }) => type));
      delivery.resolve();
      delivery = Promise.withResolvers<void>();
      return taken.length;
    },
    room: receiver.room ?? (() => Promise.resolve(true)),
    onBehind: (count) => behind.push(count),
    onFailure: (error) => failure.reject(error),
  });
  /** Resolves when an entry of this type was delivered; rejects when the journal cannot be read. */
  const untilDelivered = async (type: string): Promise<void> => {
    while (!delivered.includes(type)) await Promise.race([delivery.promise, failure.promise]);
  };
  return { delivered, behind, untilDelivered, follower };
}

describe('a follower', () => {
  it('loses nothing that is reported between its reading and what it makes of it', async () => {
    const userId = await addUser();
    await recordAndHear(userId, 'first');

    const { delivered, untilDelivered, follower } = follow(userId, () => recordAndHear(userId, 'between'));
    // Recorded before that, it could come before it.
    await untilDelivered('between');
    await recordAndHear(userId, 'last');
    await untilDelivered('last');

    expect(delivered).toEqual(['first', 'between', 'last']);
    follower.stop();
  });

  it('reads again what its receiver had no room for, and says how many entries are behind', async () => {
    const userId = await addUser();
    await recordAndHear(userId, 'first');
    const room = Promise.withResolvers<boolean>();
    let isFull = false;
    const { delivered, behind, untilDelivered, follower } = follow(userId, () => Promise.resolve(), {
      takes: () => (isFull ? 0 : 2),
      room: () => (isFull ? room.promise : Promise.resolve(true)),
    });
    await untilDelivered('first');

    isFull = true;
    for (const type of ['second', 'third', 'fourth']) await recordAndHear(userId, type);
    expect(delivered).toEqual(['first']);
    expect(behind).toEqual([1, 2, 3]);
    isFull = false;
    room.resolve(true);
    await untilDelivered('fourth');
    expect(delivered).toEqual(['first', 'second', 'third', 'fourth']);
    await expect.poll(() => behind.at(-1)).toBe(0);
    follower.stop();
  });

  it('delivers nothing after its stop, not even what it was reading', async () => {
    const userId = await addUser();
    await recordAndHear(userId, 'first');
    const reading = Promise.withResolvers<void>();
    const stopped = Promise.withResolvers<void>();

    const { delivered, follower } = follow(userId, () => {
      reading.resolve();
      return stopped.promise;
    });
    await reading.promise;
    follower.stop();
    stopped.resolve();
    await recordAndHear(userId, 'last');

    expect(delivered).toEqual([]);
  });

  it('says when the journal cannot be read', async () => {
    const userId = await addUser();

    const { untilDelivered } = follow(userId, () => Promise.reject(new Error('the database went away')));

    await expect(untilDelivered('first')).rejects.toThrow('the database went away');
  });
});
