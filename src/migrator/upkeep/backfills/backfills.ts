/** Carries out backfills in the background for as long as the server runs. */
import { setTimeout as sleep } from 'node:timers/promises';
import { runBackfill } from './run-backfill.ts';
import type { BackfillStore } from './backfill-store.ts';
import type { BackfillEnd, BackfillProgress } from './backfill-worker.ts';

/** A copy that died leaves its backfill to the others for so long at most. */
const LOOK_EVERY_MS = 10_000;
/** Copies that were started together do not look together. */
const JITTER_MS = 2_000;
/** It works two thirds of the time and leaves the rest to requests. */
const REST_SHARE = 0.5;
const TELL_EVERY_MS = 10_000;

interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface BackfillsParts {
  readonly store: Pick<BackfillStore, 'unfinished'>;
  readonly databaseUrl: string;
  readonly log: Log;
  /** How often it looks for work; less often than tests have time for. */
  readonly lookEveryMs?: number;
}

/** One backfill at a time; several copies of the server share them out. */
export class Backfills implements AsyncDisposable {
  readonly #parts: BackfillsParts;
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;
  #isLogged = false;

  constructor(parts: BackfillsParts) {
    this.#parts = parts;
  }

  /** Looks for work now and from now on. */
  start(): void {
    this.#running ??= this.#lookForWork();
  }

  /** Cancels the batch that runs and looks for no more; within a second while the database answers. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #lookForWork(): Promise<void> {
    const { signal } = this.#stopping;
    const { store, log, lookEveryMs = LOOK_EVERY_MS } = this.#parts;
    while (!signal.aborted) {
      try {
        for (const name of await store.unfinished()) {
          if (!signal.aborted) await this.#run(name);
        }
        this.#isLogged = false;
      } catch (error) {
        // The database cannot be reached, or is not migrated yet; logged once, and tried again.
        if (!this.#isLogged) log.warn({ err: error }, 'backfills cannot be worked on; trying again');
        this.#isLogged = true;
      }
      await sleep(lookEveryMs + Math.random() * JITTER_MS, undefined, { signal, ref: false }).catch(
        () => undefined,
      );
    }
  }

  async #run(name: string): Promise<void> {
    const { databaseUrl, log } = this.#parts;
    const startedAt = performance.now();
    let reportedAt: number | undefined;
    let last: Partial<BackfillProgress> = {};
    const end = await runBackfill({
      databaseUrl,
      name,
      signal: this.#stopping.signal,
      restShare: REST_SHARE,
      onProgress: (progress) => {
        last = progress;
        const now = performance.now();
        if (reportedAt !== undefined && now - reportedAt < TELL_EVERY_MS) return;
        const message = reportedAt === undefined ? 'backfill started' : 'backfill continues';
        reportedAt = now;
        log.info({ backfill: name, ...progress }, message);
      },
    });
    this.#logEnd(end, { backfill: name, durationMs: Math.round(performance.now() - startedAt), ...last });
  }

  #logEnd(end: BackfillEnd, fields: object): void {
    const { log } = this.#parts;
    switch (end.type) {
      case 'taken':
        return;
      case 'done':
        return log.info(fields, 'backfill done');
      case 'failed':
        return log.error({ ...fields, reason: end.reason }, 'backfill failed; see manage db backfill status');
      case 'lost':
        return log.warn(fields, 'backfill lost its connection; it continues soon');
      case 'paused':
      case 'removed':
      case 'stopped':
        return log.info({ ...fields, end: end.type }, 'backfill not worked on any more');
    }
  }
}
