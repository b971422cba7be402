/** Clients that do not read: they cost little, hear only the newest prices, and lose no journal entry. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { appendToJournal } from '../../src/journal/journal-store.ts';
import { inTransaction } from '../../src/persistence/query-builder.ts';
import { openStreamServer, TestClient } from '../support/stream-server.ts';
import { NOON } from '../support/test-server.ts';
import type { JournalEntry } from '../../src/core/domain/journal-entry.ts';
import type { StreamServer } from '../support/stream-server.ts';

/** Kernels keep some megabytes for a client that does not read; this is more. */
const MANY_BYTES = 16 * 1024 * 1024;

let server: StreamServer;

beforeAll(async () => {
  server = await openStreamServer({ limits: { highWaterBytes: 64 * 1024, waitingFrames: 5_000 } });
});

afterAll(() => server.close());

function facts(userId: string, count: number, bytes: number): JournalEntry[] {
  return Array.from({ length: count }, (_, index) => ({
    category: 'trading',
    type: `fact-${index}`,
    severity: 'info',
    description: 'x'.repeat(bytes),
    userId,
  }));
}

/** Records entries and waits until the journal has delivered the last of them to all who follow it. */
async function record(entries: readonly JournalEntry[]): Promise<void> {
  const last = entries.at(-1);
  const delivered = new Promise<void>((resolve) => {
    const leave = server.journal.subscribe((some) => {
      if (!some.some(({ type, userId }) => type === last?.type && userId === last.userId)) return;
      leave();
      resolve();
    });
  });
  for (let from = 0; from < entries.length; from += 500) {
    await inTransaction(server.orm, (db) => appendToJournal(db, entries.slice(from, from + 500)));
  }
  server.journal.wake();
  await delivered;
}

async function arrive() {
  const user = await server.addUser();
  const account = await server.addAccount(user.id);
  await server.supervisor.adopt(account);
  const client = await TestClient.signedIn(server, user);
  // Entries of the account's first deposit come now, and not among those of the test.
  await client.subscribe('events', { after: 0 });
  const { data } = await client.next(({ data: entry }) => entry?.type === 'funds-transferred');
  client.send({ type: 'unsubscribe', channel: 'events' });
  await client.next(({ type }) => type === 'unsubscribed');
  // What comes by itself may be behind what was read: a client that wants no entry twice names the last one.
  return { user, accountId: account.id, client, last: data.sequence };
}

describe('a client that does not read', () => {
  it('gets only the newest quotes when it reads again, after every journal entry', async () => {
    const { user, accountId, client, last } = await arrive();
    const before = client.dataOf('events').length;
    await client.subscribe('events', { after: last });
    await client.subscribe('quotes', { accountId, instruments: ['EUR_USD', 'USD_JPY'] });
    // It reads: when it has a quote, the slow one was offered it too.
    const quick = await arrive();
    await quick.client.subscribe('quotes', { accountId: quick.accountId, instruments: ['EUR_USD'] });
    const entries = facts(user.id, 2_000, MANY_BYTES / 2_000);

    client.socket.pause();
    await record(entries);
    for (let step = 1; step <= 500; step += 1) {
      server.hub.publishQuote({
        instrument: 'EUR_USD',
        at: NOON + step,
        bid: 108_000 + step,
        ask: 108_010 + step,
      });
      server.hub.publishQuote({
        instrument: 'USD_JPY',
        at: NOON + step,
        bid: 150_000 + step,
        ask: 150_010 + step,
      });
      const bid = (1.08 + step / 100_000).toFixed(5);
      if (step % 50 === 0) await quick.client.next(({ data }) => data?.quotes?.[0]?.bid === bid);
    }
    client.socket.resume();

    await client.next(({ data }) => data?.type === 'fact-1999');
    await client.next(({ channel }) => channel === 'quotes' && true, client.frames.length - 1);
    const quotes = client.dataOf('quotes').flatMap(({ data }) => data.quotes);
    expect(quotes.map(({ instrument, bid }) => `${instrument} ${bid}`).sort()).toEqual([
      'EUR_USD 1.08500',
      'USD_JPY 150.500',
    ]);
    const received = client.dataOf('events').slice(before);
    expect(received.map(({ data }) => data.type)).toEqual(entries.map(({ type }) => type));
    client.socket.close();
    quick.client.socket.close();
  });

  it('is closed when it misses too many journal entries, and continues from where it was', async () => {
    const { user, client } = await arrive();
    await client.subscribe('events');
    await record(facts(user.id, 10, 10));
    await client.next(({ data }) => data?.type === 'fact-9');
    const before = client.dataOf('events').length;
    const entries = facts(user.id, 12_000, MANY_BYTES / 6_000);

    client.socket.pause();
    const recorded = record(entries);
    // A client that does not answer to its close is cut off soon, and would not see why.
    await expect.poll(() => server.gateway.size).toBe(0);
    client.socket.resume();

    expect(await client.closed).toEqual({ code: 4429, reason: 'frames were not read' });
    await recorded;
    const first = client.dataOf('events').slice(before);
    const again = await TestClient.signedIn(server, user);
    await again.subscribe('events', { after: client.dataOf('events').at(-1)?.['sequence'] });
    await again.next(({ data }) => data?.type === 'fact-11999');
    const types = [...first, ...again.dataOf('events')].map(({ data }) => data.type);
    expect(first.length).toBeLessThan(entries.length);
    expect(types).toEqual(entries.map(({ type }) => type));
    again.socket.close();
  });

  it('is closed when it acknowledges and then does so no more', async () => {
    const { user, client } = await arrive();
    await client.subscribe('events');
    await record(facts(user.id, 1, 10));
    const { sequence } = await client.next((frame) => frame['type'] === 'data');

    client.send({ type: 'acknowledge', sequence });
    await client.subscribe('strategies');
    await record(facts(user.id, 10_001, 10));

    expect(await client.closed).toEqual({ code: 4429, reason: 'events were not acknowledged' });
  });

  it('is sent what it missed at the speed of its acknowledgements', async () => {
    const { user, client } = await arrive();
    await record(facts(user.id, 12_000, 10));
    await client.subscribe('events', { after: 0 });
    client.send({ type: 'acknowledge', sequence: 0 });

    // Never more than half of what ends a socket is on its way.
    let acknowledged = 0;
    for (let count = 4_000; count <= 12_000; count += 4_000) {
      await client.next(({ data }) => data?.type === `fact-${count - 1}`);
      const received = client.dataOf('events');
      expect(received.length - acknowledged).toBeLessThanOrEqual(9_000);
      acknowledged = received.length;
      client.send({ type: 'acknowledge', sequence: received.at(-1)?.['sequence'] });
    }

    await client.next(({ data }) => data?.type === 'fact-11999');
    expect(client.socket.readyState).toBe(client.socket.OPEN);
    client.socket.close();
  });
});
