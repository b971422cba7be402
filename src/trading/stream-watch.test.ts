import { expect, it } from 'vitest';
import { StreamWatch } from './stream-watch.ts';
import type { StreamState } from '../brokers/broker.ts';

it('writes one line when streams fall silent and one when all are heard again, however many and however often it looks', async () => {
  const said: [string, object, string][] = [];
  const note = (level: string) => (fields: object, message: string) =>
    void said.push([level, fields, message]);
  let accounts: { accountId: string; userId: string; streams: StreamState[] }[] = [];
  const watch = new StreamWatch({
    running: () => accounts,
    silentStreams: { look: async () => undefined },
    log: { info: note('info'), warn: note('warn') },
  });
  const account = (prices: number, transactions: number) => ({
    accountId: 'a',
    userId: 'u',
    streams: [
      { stream: 'prices' as const, silentMs: prices },
      { stream: 'transactions' as const, silentMs: transactions },
    ],
  });

  accounts = [account(30_000, 5_000), { accountId: 'b', userId: 'u', streams: [] }];
  await watch.look();
  expect(said).toEqual([]);

  accounts = [account(30_001, 5_000), account(40_000, 31_000), account(0, 0)];
  await watch.look();
  accounts = [account(0, 0), account(60_000, 0), account(0, 0)];
  await watch.look();
  expect(said).toEqual([
    ['warn', { accounts: 2, streams: ['prices', 'transactions'] }, 'streams of brokers are silent'],
  ]);

  accounts = [account(0, 0), account(0, 0)];
  await watch.look();
  await watch.look();
  expect(said.slice(1)).toEqual([
    ['info', { seconds: expect.any(Number) }, 'all streams of brokers are heard again'],
  ]);
});
