/** The jobs in the database: claimed by one copy of the server at a time, and what became of each run. */

import { inTransaction, queryBuilder, readBuilder } from '../persistence/query-builder.ts';
import { databaseOf } from '../persistence/orm.ts';
import { scheduleText, turnAfter, turnBefore } from './schedule.ts';
import { randomUUID } from 'node:crypto';
import type { JobDescription, JobState } from './scheduled-job.ts';
import type { Orm } from '../persistence/orm.ts';

/** A copy that has not said for so long that it still works on a job counts as dead. */
export const LEASE_MS = 60_000;
/** A turn that begins later was missed. */
const LATE_MS = 5 * 60_000;

/** A job as it is stored. Times are UTC ms. */
export interface StoredJob {
  readonly name: string;
  readonly state: JobState;
  readonly dueAt: number;
  readonly turnAt: number | undefined;
  readonly startedAt: number | undefined;
  readonly finishedAt: number | undefined;
  readonly result: string | undefined;
  readonly error: string | undefined;
  readonly failures: number;
  readonly succeededAt: number | undefined;
  readonly createdAt: number;
  readonly copy: string | undefined;
}

/** What is to be done now, and when more is. */
export interface DueJobs {
  /** The names of all jobs. */
  readonly known: ReadonlySet<string>;
  /** Of those that are due and that no living copy works on. */
  readonly names: readonly string[];
  /** When the next one is due (UTC ms); undefined when none is. */
  readonly nextAt: number | undefined;
}

/** A run that is ours. */
export interface JobClaim {
  readonly name: string;
  readonly claimId: string;
  /** UTC ms. */
  readonly claimedAt: number;
  /** How many runs before it failed, one after the other. */
  readonly failures: number;
}

/** How a run ended. */
export type JobEnd =
  | { readonly outcome: 'done'; readonly result: string; readonly dueAt: number }
  | { readonly outcome: 'failed'; readonly error: string; readonly dueAt: number }
  | { readonly outcome: 'interrupted'; readonly dueAt: number };

export class JobStore {
  readonly #orm: Orm;

  constructor(orm: Orm) {
    this.#orm = orm;
  }

  /** The time by the database's clock (UTC ms), which is one for all copies. */
  async now(): Promise<number> {
    const [row] = await databaseOf(this.#orm).query<{ now: number }>(
      'select (extract(epoch from clock_timestamp()) * 1000)::float8 as now',
    );
    return Math.floor(Number(row?.now));
  }

  /** Adds the jobs that are not there yet: what catches up is due at once. A job with another schedule is due at its next turn by that. */
  async register(jobs: readonly JobDescription[], at: number): Promise<void> {
    if (jobs.length === 0) return;
    const rows = jobs.map(({ name, schedule, missed }) => ({
      name,
      schedule: scheduleText(schedule),
      due_at: new Date(missed === 'catch-up' ? at : turnAfter(schedule, at)),
    }));
    const db = queryBuilder(this.#orm);
    await db
      .insertInto('scheduled_jobs')
      .values(rows)
      .onConflict((conflict) => conflict.column('name').doNothing())
      .execute();
    for (const { name, schedule } of jobs)
      await db
        .updateTable('scheduled_jobs')
        .set({ schedule: scheduleText(schedule), due_at: new Date(turnAfter(schedule, at)) })
        .where('name', '=', name)
        .where('schedule', '<>', scheduleText(schedule))
        .where('claim_id', 'is', null)
        .execute();
  }

  /** Returns all jobs by name. */
  async list(at: number): Promise<readonly StoredJob[]> {
    const rows = await readBuilder(this.#orm)
      .selectFrom('scheduled_jobs')
      .selectAll()
      .orderBy('name')
      .execute();
    return rows.map((row) => ({
      name: row.name,
      state: stateOf(row, at),
      dueAt: row.due_at.getTime(),
      turnAt: row.turn_at?.getTime(),
      startedAt: row.started_at?.getTime(),
      finishedAt: row.finished_at?.getTime(),
      result: row.result ?? undefined,
      error: row.error ?? undefined,
      failures: row.failures,
      succeededAt: row.succeeded_at?.getTime(),
      createdAt: row.created_at.getTime(),
      copy: row.copy ?? undefined,
    }));
  }

  async due(at: number): Promise<DueJobs> {
    const rows = await queryBuilder(this.#orm)
      .selectFrom('scheduled_jobs')
      .select(['name', 'due_at', 'leased_until'])
      .execute();
    const free = rows.filter(({ leased_until: until }) => !until || until.getTime() <= at);
    const isDue = (row: { readonly due_at: Date }): boolean => row.due_at.getTime() <= at;
    const later = free.filter((row) => !isDue(row)).map((row) => row.due_at.getTime());
    return {
      known: new Set(rows.map(({ name }) => name)),
      names: free.filter(isDue).map(({ name }) => name),
      nextAt: later.length === 0 ? undefined : Math.min(...later),
    };
  }

  /** Claims a job that is due; `skipped` when its turn was missed and is not made; undefined when another copy has it, or it is not due. */
  claim(
    { name, schedule, missed }: JobDescription,
    { at, copy }: { readonly at: number; readonly copy: string },
  ): Promise<JobClaim | 'skipped' | undefined> {
    return inTransaction(this.#orm, async (db) => {
      const now = new Date(at);
      const row = await db
        .selectFrom('scheduled_jobs')
        .select(['due_at', 'requested_at', 'claim_id', 'failures'])
        .where('name', '=', name)
        .where('due_at', '<=', now)
        .where(({ eb, or }) => or([eb('leased_until', 'is', null), eb('leased_until', '<=', now)]))
        .forUpdate()
        .skipLocked()
        .executeTakeFirst();
      if (!row) return undefined;
      const turn = row.requested_at ? row.requested_at.getTime() : turnBefore(schedule, at);
      const isMissed = row.claim_id !== null || at - row.due_at.getTime() > LATE_MS;
      const isSkipped = missed === 'skip' && isMissed && !row.requested_at;
      const claimId = randomUUID();
      await db
        .updateTable('scheduled_jobs')
        .set({
          turn_at: new Date(turn),
          started_at: now,
          copy,
          requested_at: null,
          updated_at: now,
          ...(isSkipped
            ? {
                due_at: new Date(turnAfter(schedule, at)),
                claim_id: null,
                leased_until: null,
                outcome: 'skipped',
                finished_at: now,
              }
            : {
                claim_id: claimId,
                leased_until: new Date(at + LEASE_MS),
                finished_at: null,
                outcome: null,
              }),
        })
        .where('name', '=', name)
        .execute();
      return isSkipped ? 'skipped' : { name, claimId, claimedAt: at, failures: row.failures };
    });
  }

  /** Says that these runs are still under way; returns those that are no longer ours. */
  async renew(claims: readonly JobClaim[], at: number): Promise<readonly JobClaim[]> {
    if (claims.length === 0) return [];
    const rows = await queryBuilder(this.#orm)
      .updateTable('scheduled_jobs')
      .set({ leased_until: new Date(at + LEASE_MS) })
      .where(
        'claim_id',
        'in',
        claims.map(({ claimId }) => claimId),
      )
      .returning('claim_id')
      .execute();
    const held = new Set(rows.map((row) => row.claim_id));
    return claims.filter(({ claimId }) => !held.has(claimId));
  }

  /** Records how a run ended. Returns false when another copy has taken the job over since. */
  async finish({ name, claimId, failures }: JobClaim, end: JobEnd, at: number): Promise<boolean> {
    const now = new Date(at);
    const ended = await queryBuilder(this.#orm)
      .updateTable('scheduled_jobs')
      .set(({ ref, fn, val }) => ({
        claim_id: null,
        leased_until: null,
        finished_at: now,
        updated_at: now,
        outcome: end.outcome,
        // Someone may have asked for it meanwhile.
        due_at: fn.coalesce(ref('requested_at'), val(new Date(end.dueAt))),
        ...(end.outcome === 'done' && { result: end.result, error: null, failures: 0, succeeded_at: now }),
        ...(end.outcome === 'failed' && { error: end.error, failures: failures + 1 }),
      }))
      .where('name', '=', name)
      .where('claim_id', '=', claimId)
      .executeTakeFirst();
    return ended.numUpdatedRows > 0n;
  }

  /** Makes a job due now. Returns false while a copy runs it. */
  async request(name: string, at: number): Promise<boolean> {
    const now = new Date(at);
    const asked = await queryBuilder(this.#orm)
      .updateTable('scheduled_jobs')
      .set({ due_at: now, requested_at: now, updated_at: now })
      .where('name', '=', name)
      .where(({ eb, or }) => or([eb('leased_until', 'is', null), eb('leased_until', '<=', now)]))
      .executeTakeFirst();
    return asked.numUpdatedRows > 0n;
  }
}

function stateOf(
  {
    leased_until: leasedUntil,
    outcome,
  }: { readonly leased_until: Date | null; readonly outcome: JobState | null },
  at: number,
): JobState {
  // A lease that ended without an outcome is that of a copy that died.
  if (leasedUntil) return leasedUntil.getTime() > at ? 'running' : 'interrupted';
  return outcome ?? 'waiting';
}
