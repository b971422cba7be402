/** What memory and event loop came to over time, and whether memory grows. */

import type { Probed } from './probed.ts';

const MIB = 1024 * 1024;
const MINUTE_MS = 60_000;
/** What Node compiles and what fills up to its limit, such as caches and pools, is not growth. */
const WARM_UP_SHARE = 1 / 3;
/** Noise: the same memory is a little more or less at each look, and a share of all, in MiB. */
const NOISE = { heap: { mib: 8, share: 0.1 }, rss: { mib: 48, share: 0.15 } } as const;

/** A line through values over time: how much it rises from the first to the last, and their mean. */
function lineThrough(points: readonly { readonly at: number; readonly value: number }[]) {
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
  const [meanAt, meanValue] = [mean(points.map(({ at }) => at)), mean(points.map(({ value }) => value))];
  const spread = mean(points.map(({ at }) => (at - meanAt) ** 2));
  const together = mean(points.map(({ at, value }) => (at - meanAt) * (value - meanValue)));
  const slope = spread === 0 ? 0 : together / spread;
  return { rise: slope * ((points.at(-1)?.at ?? 0) - (points[0]?.at ?? 0)), slope, mean: meanValue };
}

/** The table of what was probed, one line a look. */
export function tableOf(probes: readonly Probed[]): string {
  const [first] = probes;
  const rows = probes.map((probe, index) => {
    const before = probes[index - 1] ?? probe;
    const processor = (100 * (probe.cpuMs - before.cpuMs)) / Math.max(1, probe.time - before.time);
    return [
      ((probe.time - (first?.time ?? 0)) / MINUTE_MS).toFixed(1),
      ...[probe.rss, probe.heapUsed, probe.external].map((bytes) => (bytes / MIB).toFixed(1)),
      ...[probe.p99Ms, probe.p999Ms, probe.longestMs].map((ms) => ms.toFixed(1)),
      processor.toFixed(0),
    ];
  });
  const headings = ['minute', 'RSS MiB', 'heap MiB', 'external', 'loop p99 ms', 'p99.9', 'longest', 'CPU %'];
  return [headings, ...rows]
    .map((row) => row.map((cell, column) => cell.padStart(headings[column]?.length ?? 0)).join('  '))
    .join('\n');
}

/** Returns what memory says, and which of it grows beyond noise. */
export function judgeGrowth(probes: readonly Probed[]) {
  const settled = probes.slice(Math.floor(probes.length * WARM_UP_SHARE));
  const judge = (
    name: string,
    { mib, share }: { mib: number; share: number },
    of: (probe: Probed) => number,
  ) => {
    const line = lineThrough(settled.map((probe) => ({ at: probe.time, value: of(probe) / MIB })));
    const noise = Math.max(mib, share * line.mean);
    const perMinute = line.slope * MINUTE_MS;
    return {
      text: `${name}: ${line.mean.toFixed(0)} MiB, ${perMinute.toFixed(2)} MiB a minute after the first third, which is ${line.rise.toFixed(1)} MiB (noise: ${noise.toFixed(0)}).`,
      isGrowing: line.rise > noise,
    };
  };
  return [
    judge('Heap after garbage collection', NOISE.heap, ({ heapUsed, external }) => heapUsed + external),
    judge('RSS', NOISE.rss, ({ rss }) => rss),
  ];
}
