import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { BrokerCalls } from './broker-calls.ts';
import { LogReader } from './log-reader.ts';
import type { LogRead } from './log-reader.ts';
import type { Transaction } from '../core/domain/transaction.ts';

const entry = (id: number): Transaction => ({ id, batchId: id, at: 1, type: 'other', brokerType: 'X' });

/** A reader of a log that fails as often as it is made to. */
function reading({ failures = 0 } = {}) {
  const seen = { failures, reads: 0, recorded: [] as number[], retries: 0, late: [] as LogRead[] };
  const held: (() => void)[] = [];
  const line = { isSlow: false };
  const reader = new LogReader({
    broker: {
      transactionsSince: async () => {
        seen.reads += 1;
        const read = seen.reads;
        if (line.isSlow) await new Promise<void>((resolve) => held.push(resolve));
        if (seen.failures-- > 0) throw new Error('the log is away');
        return [entry(read)];
      },
    },
    calls: new BrokerCalls(),
    known: () => 0,
    record: async (transactions) => {
      seen.recorded.push(...transactions.map(({ id }) => id));
      return [];
    },
    onRead: (read) => void seen.late.push(read),
    onRetry: () => {
      seen.retries += 1;
    },
  });
  return { reader, seen, line, answer: () => held.shift()?.() };
}

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

describe('a log that cannot be read', () => {
  it('is read again until it can, and those who wait for it wait', async () => {
    const { reader, seen } = reading({ failures: 3 });
    const read = await reader.read();
    for (let attempt = 0; attempt < 3; attempt += 1) {
      expect(seen.recorded).toEqual([]);
      await vi.advanceTimersByTimeAsync(10_000);
      await reader.retry();
    }

    expect(seen).toMatchObject({ reads: 4, retries: 3, recorded: [4] });
    if ('handled' in read) await read.handled;
    expect('handled' in read).toBe(true);
  });

  it('fails the account after the sixth time', async () => {
    const { reader, seen } = reading({ failures: 6 });
    await reader.read();
    for (let attempt = 2; attempt < 6; attempt += 1) await reader.retry();

    await expect(reader.retry()).rejects.toThrow('the log is away');
    expect(seen.reads).toBe(6);
  });

  it('counts failures in a row only', async () => {
    const { reader, seen } = reading();
    for (let time = 0; time < 4; time += 1) {
      seen.failures = 4;
      await reader.read();
      for (let attempt = 0; attempt < 4; attempt += 1) await reader.retry();
    }

    expect(seen.recorded).toEqual([5, 10, 15, 20]);
  });

  it('is not tried again once the account has ended', async () => {
    const { reader, seen } = reading({ failures: 1 });
    await reader.read();
    reader.end();
    await vi.advanceTimersByTimeAsync(60_000);

    expect(seen.retries).toBe(0);
  });
});

describe('a read that is wanted while another is under way', () => {
  it('begins after it, once for all who want it', async () => {
    const { reader, seen, line, answer } = reading();
    line.isSlow = true;
    await reader.read();
    const second = await reader.read();
    const third = await reader.read();
    expect(third).toBe(second);
    answer();
    await expect.poll(() => seen.late).toHaveLength(1);
    line.isSlow = false;

    await Promise.all(seen.late.map((read) => reader.finish(read)));

    expect(seen).toMatchObject({ reads: 2, recorded: [1, 2] });
    if ('handled' in second) await second.handled;
  });
});
