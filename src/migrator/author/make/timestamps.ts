/** The moment in a migration's name, by which migrations are ordered. */

/** Returns the fourteen digits in a migration's name; undefined for a name that has none. */
export function timestampOf(name: string): string | undefined {
  return /^Migration(\d{14})(?:_|$)/.exec(name)?.[1];
}

/** Returns so many timestamps, a second apart: from `nowAt` on, and after the last of `names`. */
export function nextTimestamps(names: readonly string[], count: number, nowAt: number): string[] {
  const last = names.map((name) => timestampOf(name) ?? '').reduce((a, b) => (a > b ? a : b), '');
  const first = Math.max(Math.floor(nowAt / 1_000), last === '' ? 0 : secondsOf(last) + 1);
  return Array.from({ length: count }, (_, index) => textOf(first + index));
}

/** Returns the first second after one timestamp and before another that no name has; undefined when there is none. */
export function freeTimestamp(
  names: readonly string[],
  { after, before }: { readonly after: string; readonly before: string | undefined },
): string | undefined {
  const taken = new Set(names.map(timestampOf));
  const end = before === undefined ? Infinity : secondsOf(before);
  for (let second = secondsOf(after) + 1; second < end; second += 1) {
    const text = textOf(second);
    if (!taken.has(text)) return text;
  }
  return undefined;
}

function secondsOf(timestamp: string): number {
  const iso = timestamp.replace(/^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/, '$1-$2-$3T$4:$5:$6Z');
  return Math.floor(Date.parse(iso) / 1_000);
}

function textOf(seconds: number): string {
  return new Date(seconds * 1_000).toISOString().replaceAll(/[-T:]|\.\d{3}Z$/g, '');
}
