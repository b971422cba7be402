/** Changes of many rows that migrations ask for and the server carries out in small batches while it runs. */
import { defineEntity, p } from '@mikro-orm/core';
import { createdAt, instant, updatedAt, wholeNumber } from './columns.ts';

export const BACKFILL_STATES = ['pending', 'running', 'paused', 'done', 'failed'] as const;

export const BackfillJobSchema = defineEntity({
  name: 'BackfillJobRecord',
  tableName: 'backfill_jobs',
  checks: [
    { name: 'backfill_jobs_batch_size_check', expression: 'batch_size > 0' },
    { name: 'backfill_jobs_rows_done_check', expression: 'rows_done >= 0' },
    { name: 'backfill_jobs_done_is_completed', expression: `(state = 'done') = (completed_at is not null)` },
  ],
  properties: {
    name: p.string().length(128).primary(),
    tableName: p.string().length(128),
    /** The column that batches go along: unique, never null, in an order of its own. */
    keyColumn: p.string().length(128).default('id'),
    /** The SQL after `set`. */
    assignment: p.text(),
    /** The SQL after `where`: the rows that still need it. A row that was done does not meet it, so a batch may run twice. */
    condition: p.text(),
    state: p.enum(BACKFILL_STATES).default('pending'),
    /** The last key of the last finished batch, as text. */
    cursor: p.text().strictNullable(),
    batchSize: p.integer().default(1_000),
    rowsDone: wholeNumber().default(0),
    rowsEstimate: wholeNumber().strictNullable(),
    error: p.text().strictNullable(),
    heartbeatAt: instant().strictNullable(),
    startedAt: instant().strictNullable(),
    completedAt: instant().strictNullable(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
});

export class BackfillJobRecord extends BackfillJobSchema.class {}
BackfillJobSchema.setClass(BackfillJobRecord);
