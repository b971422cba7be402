/**
 * Keeps apart two things that must not overlap: a contract that looks which copies of the server live and then takes away
 * what old ones use, and an old copy that begins to serve in between.
 */
import { MIGRATION_LOCK } from './migration-lock.ts';
import { pause } from '../connect/pause.ts';

/** Beside the migration lock, in the same class. */
const FENCE = `${MIGRATION_LOCK.classId}, 2`;
/** Polled, like the migration lock, so that no waiting statement makes a concurrent index fail. */
const POLL_MS = 200;

type Ask = <Row extends object>(sql: string) => Promise<Row[]>;

/** Shuts copies out that want to begin serving, until the session that asks gives its locks back; waits for those just beginning. */
export async function closeFence(ask: Ask, signal?: AbortSignal): Promise<void> {
  for (;;) {
    const [row] = await ask<{ is_closed: boolean }>(`select pg_try_advisory_lock(${FENCE}) as is_closed`);
    if (row?.is_closed === true) return;
    await pause(POLL_MS, signal);
  }
}

/** Whether no contract runs; until the end of the transaction that asks, none begins. */
export async function passFence(ask: Ask): Promise<boolean> {
  const [row] = await ask<{ is_open: boolean }>(
    `select pg_try_advisory_xact_lock_shared(${FENCE}) as is_open`,
  );
  return row?.is_open === true;
}
