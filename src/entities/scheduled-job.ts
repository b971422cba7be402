/** The work that the server does at set times, each row once for all of its copies. */
import { defineEntity, p } from '@mikro-orm/core';
import { createdAt, instant, updatedAt } from './columns.ts';

const JOB_OUTCOMES = ['done', 'failed', 'skipped', 'interrupted'] as const;

export const ScheduledJobSchema = defineEntity({
  name: 'ScheduledJobRecord',
  tableName: 'scheduled_jobs',
  checks: [
    { name: 'scheduled_jobs_failures_check', expression: 'failures >= 0' },
    { name: 'scheduled_jobs_claim_is_leased', expression: '(claim_id is null) = (leased_until is null)' },
  ],
  properties: {
    name: p.string().length(64).primary(),
    /** In words. When a copy of the server has another one, the next turn is computed again. */
    schedule: p.string().length(64),
    /** When it is to run next: the next turn, or earlier after a failure or when someone asked for it. */
    dueAt: instant(),
    /** Someone asked for the next run. */
    requestedAt: instant().strictNullable(),
    /** Which run is under way; what writes with another claim is refused. */
    claimId: p.uuid().strictNullable(),
    /** Until then the copy that runs it counts as alive. */
    leasedUntil: instant().strictNullable(),
    /** For which turn the newest run was made. */
    turnAt: instant().strictNullable(),
    startedAt: instant().strictNullable(),
    /** Null while it runs. */
    finishedAt: instant().strictNullable(),
    outcome: p.enum(JOB_OUTCOMES).strictNullable(),
    /** What the newest run that was done said. */
    result: p.text().strictNullable(),
    /** Why the newest run failed. */
    error: p.text().strictNullable(),
    /** How many runs in a row failed. */
    failures: p.integer().default(0),
    succeededAt: instant().strictNullable(),
    /** The copy of the server that made the newest run: its machine and process. */
    copy: p.string().length(300).strictNullable(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
});

export class ScheduledJobRecord extends ScheduledJobSchema.class {}
ScheduledJobSchema.setClass(ScheduledJobRecord);
