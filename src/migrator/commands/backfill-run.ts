/** Carries backfills out in this process, or watches the worker that has one, until they are done. */
import { setTimeout as sleep } from 'node:timers/promises';
import { runBackfill } from '../upkeep/backfills/run-backfill.ts';
import { MigratorFailure } from '../failure.ts';
import { ProgressBar } from '../../commands/progress-bar.ts';
import { rowsText } from './backfill-text.ts';
import { spanText } from './operator-context.ts';
import type { BackfillStore } from '../upkeep/backfills/backfill-store.ts';
import type { BackfillEnd, BackfillProgress } from '../upkeep/backfills/backfill-worker.ts';
import type { CommandIo } from '../../commands/command.ts';

/** Somebody waits for it, so it rests less than in a server. */
const REST_SHARE = 0.1;
const LOOK_EVERY_MS = 500;
/** Where nobody draws a bar, a log wants a line now and then. */
const LINE_EVERY_MS = 10_000;

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
  const line = new ProgressLine(io, name);
  const startedAt = performance.now();
  for (;;) {
    const end: BackfillEnd = signal.aborted
      ? { type: 'stopped' }
      : await runBackfill({
          databaseUrl,
          name,
          signal,
          restShare: REST_SHARE,
          onProgress: (progress) => line.tell(progress),
        });
    line.clear();
    if (end.type === 'stopped') return 'was stopped; it goes on where it was';
    const found = await store.find(name);
    if (found === undefined) return 'was taken back';
    const { state, error } = found;
    if (state === 'done') {
      io.stdout.write(`${name}: done, ${rowsText(found)} rows, ${spanText(performance.now() - startedAt)}\n`);
      return undefined;
    }
    if (state === 'failed') return `failed: ${error ?? 'nobody knows why'}`;
    if (state === 'paused') return 'is paused; manage db:backfill resume lets it go on';
    // Another worker has it: a server, most likely. Should that end, the next round takes it.
    line.tell({ ...found, waitsFor: 'another worker has it' });
    await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** How far it is: a bar on a terminal, elsewhere a line now and then. */
class ProgressLine {
  readonly #io: CommandIo;
  readonly #name: string;
  readonly #bar: ProgressBar;
  #toldAt = performance.now();

  constructor(io: CommandIo, name: string) {
    this.#io = io;
    this.#name = name;
    this.#bar = new ProgressBar(io.stdout, name);
  }

  tell(progress: BackfillProgress): void {
    const { rowsDone, rowsEstimate, waitsFor } = progress;
    const note = `${rowsText(progress)} rows${waitsFor === undefined ? '' : ` (${waitsFor})`}`;
    this.#bar.update(rowsEstimate === null || rowsEstimate === 0 ? 0 : rowsDone / rowsEstimate, note);
    const now = performance.now();
    if (this.#io.stdout.isTTY === true || now - this.#toldAt < LINE_EVERY_MS) return;
    this.#toldAt = now;
    this.#io.stdout.write(`${this.#name}: ${note}\n`);
  }

  clear(): void {
    this.#bar.clear();
  }
}
