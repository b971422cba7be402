import { describe, expect, it } from 'vitest';
import { judgeGrowth } from './growth.ts';
import type { Probed } from './probed.ts';

const MIB = 1024 * 1024;

/** Thirty looks, each a minute after the other, with the heap that is given. */
function probes(heapMib: (minute: number) => number): Probed[] {
  return Array.from({ length: 30 }, (_, minute) => ({
    time: minute * 60_000,
    p99Ms: 1,
    p999Ms: 1,
    longestMs: 1,
    rss: 300 * MIB,
    heapUsed: heapMib(minute) * MIB,
    external: 0,
    cpuMs: 0,
  }));
}

describe('the memory of a soak', () => {
  it('grows when each minute leaves something', () => {
    expect(judgeGrowth(probes((minute) => 100 + minute)).map(({ isGrowing }) => isGrowing)).toEqual([
      true,
      false,
    ]);
  });

  it('does not grow when it was more at some looks, and less at the first ones', () => {
    const heap = (minute: number): number => (minute < 8 ? 60 : 100) + (minute % 3) * 4;

    expect(judgeGrowth(probes(heap)).map(({ isGrowing }) => isGrowing)).toEqual([false, false]);
  });
});
