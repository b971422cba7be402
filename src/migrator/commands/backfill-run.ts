/** Carries backfills out in this process, or watches the worker that has one, until they are done. */
import { setTimeout as sleep } from 'node:timers/promises';
import { runBackfill } from '../upkeep/backfills/run-backfill.ts';
import { MigratorFailure } from '../failure.ts';
import { rowsText } from './backfill-text.ts';
import { spanText } from './text.ts';
import type { BackfillStore } from '../upkeep/backfills/backfill-store.ts';
import type { BackfillEnd, BackfillProgress } from '../upkeep/backfills/backfill-worker.ts';
import type { CommandIo } from './io.ts';

/** Somebody waits for it, so it rests less than in a server. */
const REST_SHARE = 0.1;
const LOOK_EVERY_MS = 500;
/** Where the line cannot change, a log wants one now and then. */
const LINE_EVERY_MS = 10_000;
const REDRAW_EVERY_MS = 100;
/** Back to the start of the line, and clear it. */
const CLEAR_LINE = '\r\u001b[2K';

export interface BackfillsRun {
  readonly io: CommandIo;
  readonly store: BackfillStore;
  readonly databaseUrl: string;
  readonly names: readonly string[];
}

/** Runs one after another; MigratorFailure `conflict` naming those that were not done. */
export async function runBackfills(run: BackfillsRun): Promise<void> {
  const { io, names } = run;
  if (names.length === 0) io.stdout.write('No backfill waits.\n');
  const stopping = new AbortController();
  const stop = (): void => stopping.abort();
  // Once: the second signal ends the process at once, and loses nothing either.
  process.once('SIGINT', stop).once('SIGTERM', stop);
  const undone: string[] = [];
  try {
    for (const name of names) {
      const reason = await runOne(run, name, stopping.signal);
      if (reason !== undefined) undone.push(`${name} ${reason}`);
    }
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
  if (undone.length > 0) throw new MigratorFailure('conflict', `Not done: ${undone.join('; ')}.`);
}

/** Returns why it was not done, if it was not. */
async function runOne(run: BackfillsRun, name: string, signal: AbortSignal): Promise<string | undefined> {
  const { io, store, databaseUrl } = run;
  const line = progressLine(io, name);
  const startedAt = performance.now();
  for (;;) {
    const end: BackfillEnd = signal.aborted
      ? { type: 'stopped' }
      : await runBackfill({
          databaseUrl,
          name,
          signal,
          restShare: REST_SHARE,
          onProgress: line.tell,
        });
    line.clear();
    if (end.type === 'stopped') return 'was stopped; it continues where it was';
    const found = await store.find(name);
    if (found === undefined) return 'was taken back';
    const { state, error } = found;
    if (state === 'done') {
      io.stdout.write(`${name}: done, ${rowsText(found)} rows, ${spanText(performance.now() - startedAt)}\n`);
      return undefined;
    }
    if (state === 'failed') return `failed: ${error ?? 'nobody knows why'}`;
    if (state === 'paused') return 'is paused; manage db backfill resume lets it continue';
    // Another worker has it: a server, most likely. Should that end, the next round takes it.
    line.tell({ ...found, waitsFor: 'another worker has it' });
    await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** Returns what tells how far it is: one line that changes on a terminal, elsewhere a line now and then. */
function progressLine({ stdout }: CommandIo, name: string) {
  const isTerminal = stdout.isTTY === true;
  let writtenAt = performance.now();
  return {
    tell: (progress: BackfillProgress): void => {
      const now = performance.now();
      if (now - writtenAt < (isTerminal ? REDRAW_EVERY_MS : LINE_EVERY_MS)) return;
      writtenAt = now;
      const { waitsFor } = progress;
      const text = `${name}: ${rowsText(progress)} rows${waitsFor === undefined ? '' : ` (${waitsFor})`}`;
      stdout.write(isTerminal ? `${CLEAR_LINE}${text}` : `${text}\n`);
    },
    clear: (): void => {
      if (isTerminal) stdout.write(CLEAR_LINE);
    },
  };
}
