/** Runs one backfill until it is done or stopped. */
import { openBackfillConnection } from './backfill-connection.ts';
import { judgeFailure } from './backfill-failure.ts';
import { describeBackfillTable } from './backfill-table.ts';
import { claimBackfill, note, NOTES, releaseBackfills } from './claim-backfill.ts';
import { BackfillWorker } from './backfill-worker.ts';
import type { BackfillConnection } from './backfill-connection.ts';
import type { ClaimedBackfill } from './claim-backfill.ts';
import type { BackfillEnd, BackfillRun } from './backfill-worker.ts';

/** Runs it; throws when the database cannot be reached. Its place is kept in the database, so the next worker continues. */
export async function runBackfill(run: BackfillRun): Promise<BackfillEnd> {
  const connection = openBackfillConnection(run.databaseUrl);
  try {
    const claim = await claimBackfill(connection, run.name);
    if (claim === undefined) return { type: 'taken' };
    const end = await work(connection, claim, run);
    // What cannot be recorded any more is found by the next worker: the lock is free, the place is kept.
    if (end.type === 'stopped') await note(connection, claim, NOTES.givenBack()).catch(() => false);
    return end;
  } finally {
    // The end of the connection does it too, if a moment later.
    await releaseBackfills(connection).catch(() => undefined);
    await connection[Symbol.asyncDispose]();
  }
}

async function work(
  connection: BackfillConnection,
  claim: ClaimedBackfill,
  run: BackfillRun,
): Promise<BackfillEnd> {
  let cancelling: Promise<void> | undefined;
  // A batch that is broken off is rolled back; its end is not awaited.
  const cancel = (): void => {
    cancelling = connection.cancel(claim.backendPid).catch(() => undefined);
  };
  run.signal.addEventListener('abort', cancel, { once: true });
  try {
    const table = await describeBackfillTable(connection.query, claim);
    await note(connection, claim, NOTES.rows(table.rowsEstimate));
    return await new BackfillWorker(connection, { ...claim, ...table }, run).work();
  } catch (error) {
    if (run.signal.aborted) return { type: 'stopped' };
    const failure = judgeFailure(error);
    if (failure.type !== 'fail') throw error;
    await note(connection, claim, NOTES.failed(failure.reason));
    return { type: 'failed', reason: failure.reason };
  } finally {
    run.signal.removeEventListener('abort', cancel);
    await cancelling;
  }
}
