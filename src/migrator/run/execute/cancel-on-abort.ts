/** Cancels the statement that a backend runs, when a signal aborts. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { SideConnection } from '../session/side-connection.ts';

/** A request that meets no statement is lost, so it is made again until the work ends. */
const AGAIN_EVERY_MS = 250;

/** Does the work; when the signal is aborted, the backend's statement is cancelled, and the work rejects by itself. */
export async function cancelOnAbort<Result>(
  {
    side,
    pid,
    signal,
  }: { readonly side: SideConnection; readonly pid: number; readonly signal: AbortSignal | undefined },
  work: () => Promise<Result>,
): Promise<Result> {
  if (signal === undefined) return work();
  // An already aborted signal fires no event.
  signal.throwIfAborted();
  const ended = new AbortController();
  let cancelling: Promise<void> | undefined;
  const cancel = (): void => void (cancelling = cancelUntil(ended.signal, side, pid));
  signal.addEventListener('abort', cancel, { once: true });
  try {
    return await work();
  } finally {
    signal.removeEventListener('abort', cancel);
    ended.abort();
    // A request under way must not meet whatever the backend does next.
    await cancelling;
  }
}

async function cancelUntil(ended: AbortSignal, side: SideConnection, pid: number): Promise<void> {
  while (!ended.aborted) {
    await side.query(`select pg_cancel_backend(${pid})`);
    await sleep(AGAIN_EVERY_MS, undefined, { signal: ended }).catch(() => undefined);
  }
}
