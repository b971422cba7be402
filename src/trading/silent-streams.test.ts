import { expect, it } from 'vitest';
import { SilentStreams } from './silent-streams.ts';
import type { StreamState } from '../brokers/broker.ts';
import type { JournalEntry } from '../core/domain/journal-entry.ts';

/** A database of one account. */
function open(silentSince?: number) {
  const stored = { silentSince };
  const entries: JournalEntry[] = [];
  const clock = { now: 1_000_000 };
  const streams = new SilentStreams({
    store: {
      begin: async (_id, at, entry) => {
        if (stored.silentSince !== undefined) return false;
        stored.silentSince = at;
        entries.push(entry);
        return true;
      },
      end: async (_id, entryOf) => {
        if (stored.silentSince === undefined) return false;
        entries.push(entryOf(stored.silentSince));
        stored.silentSince = undefined;
        return true;
      },
    },
    committed: () => undefined,
    clock: () => clock.now,
  });
  return {
    types: () => entries.map(({ type }) => type),
    entries,
    stored,
    look: (afterMs: number, ...states: StreamState[]) => {
      clock.now += afterMs;
      return streams.look([{ accountId: 'a', userId: 'u', streams: states }]);
    },
  };
}

const prices = (silentMs: number): StreamState => ({ stream: 'prices', silentMs });
const transactions = (silentMs: number): StreamState => ({ stream: 'transactions', silentMs });

it('says nothing of a stream that is opened again soon', async () => {
  const { look, types } = open();

  for (const silentMs of [0, 10_000, 30_000, 0, 29_000]) await look(10_000, prices(silentMs));

  expect(types()).toEqual([]);
});

it('records once that streams are silent, and once that all are heard again', async () => {
  const { look, entries } = open();
  await look(0, prices(0), transactions(0));
  await look(40_000, prices(40_000), transactions(0));
  await look(10_000, prices(50_000), transactions(31_000));
  await look(1_000, prices(0), transactions(0));
  await look(29_000, prices(0), transactions(0));
  expect(entries).toHaveLength(1);
  await look(1_000, prices(0), transactions(0));
  await look(60_000, prices(0), transactions(0));

  expect(entries).toMatchObject([
    {
      type: 'streams-silent',
      severity: 'error',
      accountId: 'a',
      userId: 'u',
      details: { streams: ['prices'] },
    },
    { type: 'streams-heard', severity: 'info', details: { seconds: 51 } },
  ]);
});

it('takes a stream that comes and goes for one outage', async () => {
  const { look, types } = open();

  for (let turn = 0; turn < 5; turn += 1) {
    await look(31_000, prices(31_000));
    await look(1_000, prices(0));
  }

  expect(types()).toEqual(['streams-silent']);
});

it('records the end also when the server was started again meanwhile, and another begin at once', async () => {
  const over = open(900_000);
  await over.look(0, prices(0));
  await over.look(30_000, prices(0));
  const still = open(900_000);
  await still.look(0, prices(40_000));
  await still.look(1_000, prices(0));
  await still.look(30_000, prices(0));
  const begins = open();
  await begins.look(0, prices(0));
  await begins.look(1_000, prices(31_000));

  expect([over.types(), still.types(), begins.types()]).toEqual([
    ['streams-heard'],
    ['streams-heard'],
    ['streams-silent'],
  ]);
});

it('tries again what could not be recorded', async () => {
  const { look, types, stored } = open();
  await look(0, prices(0));
  Object.defineProperty(stored, 'silentSince', {
    configurable: true,
    get: () => {
      throw new Error('the database is away');
    },
  });
  await expect(look(31_000, prices(31_000))).rejects.toThrow('away');
  Object.defineProperty(stored, 'silentSince', { configurable: true, writable: true, value: undefined });
  await look(1_000, prices(32_000));

  expect(types()).toEqual(['streams-silent']);
});
