/** Runs the jobs that are due and that no other copy of the server runs. */

import { LEASE_MS } from './job-store.ts';
import { turnAfter } from './schedule.ts';
import { Periodic } from '../process/periodic.ts';
import type { DueJobs, JobClaim, JobEnd, JobStore } from './job-store.ts';
import type { ScheduledJob } from './scheduled-job.ts';
import type { Log } from '../process/log.ts';

/** How soon a copy sees what another one was asked for; leases are renewed as often. */
const LOOK_EVERY_MS = 5_000;
/** A job that failed is tried again after this, then after twice as long, and so on, and at its next turn at the latest. */
const FIRST_RETRY_MS = 60_000;
/** More would be another power of two than a date can hold. */
const MOST_DOUBLINGS = 10;

export interface JobRunnerParts {
  readonly store: JobStore;
  readonly jobs: readonly ScheduledJob[];
  /** This copy of the server: its machine and process. */
  readonly copy: string;
  readonly log: Pick<Log, 'info' | 'warn'>;
  /** Whether this copy may act now. */
  readonly mayAct: () => boolean;
  /** Called when the first run in a row failed. */
  readonly onFailed: (job: ScheduledJob, error: string) => Promise<void>;
  /** Called when one is done after some that failed. */
  readonly onRecovered: (job: ScheduledJob, failures: number) => Promise<void>;
  /** The time for all copies (UTC ms); the database's when left out. */
  readonly clock?: () => Promise<number>;
}

interface Run {
  readonly claim: JobClaim;
  readonly stopping: AbortController;
  readonly ended: Promise<void>;
}

export class JobRunner {
  readonly #parts: JobRunnerParts;
  readonly #clock: () => Promise<number>;
  readonly #looking: Periodic;
  readonly #runsByName = new Map<string, Run>();
  #isRegistered = false;

  constructor(parts: JobRunnerParts) {
    this.#parts = parts;
    this.#clock = parts.clock ?? (() => parts.store.now());
    this.#looking = new Periodic({
      everyMs: LOOK_EVERY_MS,
      work: () => this.look(),
      onFailure: (error) => parts.log.warn({ err: error }, 'scheduled jobs could not be looked at'),
    });
  }

  start(): void {
    this.#looking.start();
    this.#looking.wake();
  }

  /** Someone asked for a job here: looks at once. */
  wake(): void {
    this.#looking.wake();
  }

  /** Asks what runs to end, and resolves when it has. What did not come to its end is due again at once, for another copy or the next start. */
  async stop(): Promise<void> {
    await this.#looking.stop();
    for (const { stopping } of this.#runsByName.values()) stopping.abort();
    await this.settled();
  }

  /** Resolves when everything that runs has ended. */
  async settled(): Promise<void> {
    await Promise.all([...this.#runsByName.values()].map(({ ended }) => ended));
  }

  /** Starts what is due; returns how long nothing else is. */
  async look(): Promise<number> {
    const { jobs, mayAct } = this.#parts;
    const at = await this.#clock();
    await this.#renew(at);
    if (!mayAct()) return LOOK_EVERY_MS;
    const { names, nextAt = Infinity } = await this.#due(at);
    for (const job of jobs) if (names.includes(job.name)) await this.#begin(job, at);
    return Math.min(LOOK_EVERY_MS, nextAt - at);
  }

  /** Jobs are there from the first look on, and again after someone removed their rows. */
  async #due(at: number): Promise<DueJobs> {
    const { store, jobs } = this.#parts;
    const due = await store.due(at);
    if (this.#isRegistered && jobs.every(({ name }) => due.known.has(name))) return due;
    await store.register(jobs, at);
    this.#isRegistered = true;
    return store.due(at);
  }

  async #renew(at: number): Promise<void> {
    const runs = [...this.#runsByName.values()];
    const lost = await this.#parts.store.renew(
      runs.map(({ claim }) => claim),
      at,
    );
    for (const { claim, stopping } of runs) if (lost.includes(claim)) stopping.abort();
  }

  async #begin(job: ScheduledJob, at: number): Promise<void> {
    // One whose lease ended because the database was away for long may still be at work here.
    if (this.#runsByName.has(job.name)) return;
    const { store, copy } = this.#parts;
    const claim = await store.claim(job, { at, copy });
    if (claim === undefined || claim === 'skipped') return;
    const stopping = new AbortController();
    const ended = this.#run(job, claim, stopping.signal)
      .catch((error: unknown) =>
        this.#parts.log.warn(
          { err: error, job: job.name },
          `the end of a job was not recorded; it counts as interrupted after ${LEASE_MS / 1_000} s`,
        ),
      )
      .finally(() => this.#runsByName.delete(job.name));
    this.#runsByName.set(job.name, { claim, stopping, ended });
  }

  async #run(job: ScheduledJob, claim: JobClaim, signal: AbortSignal): Promise<void> {
    const end = await this.#work(job, claim, signal);
    const isOurs = await this.#parts.store.finish(claim, end, await this.#clock());
    if (isOurs) await this.#report(job, claim, end);
  }

  async #work(job: ScheduledJob, { claimedAt, failures }: JobClaim, signal: AbortSignal): Promise<JobEnd> {
    try {
      const result = await job.work(signal);
      return { outcome: 'done', result, dueAt: turnAfter(job.schedule, claimedAt) };
    } catch (error) {
      const now = await this.#clock();
      if (signal.aborted)
        return {
          outcome: 'interrupted',
          dueAt: job.missed === 'catch-up' ? now : turnAfter(job.schedule, now),
        };
      const retryAt = now + FIRST_RETRY_MS * 2 ** Math.min(failures, MOST_DOUBLINGS);
      const message = error instanceof Error ? error.message : String(error);
      return { outcome: 'failed', error: message, dueAt: Math.min(retryAt, turnAfter(job.schedule, now)) };
    }
  }

  /** One line and one report when it begins to fail, and one when it works again. */
  async #report(job: ScheduledJob, { failures }: JobClaim, end: JobEnd): Promise<void> {
    const { log, onFailed, onRecovered } = this.#parts;
    const { name } = job;
    if (end.outcome === 'failed' && failures === 0) {
      log.warn({ job: name, reason: end.error }, 'a scheduled job failed; it is tried again');
      await onFailed(job, end.error);
    }
    if (end.outcome === 'done' && failures > 0) {
      log.info({ job: name, failures }, 'a scheduled job that failed is done');
      await onRecovered(job, failures);
    }
  }
}
