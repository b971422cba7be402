/** How the process stops on signals: the first one stops it in order, the second at once. */

/** A stop that takes longer than this has hung; a supervisor would kill the process soon after. */
const STOP_DEADLINE_MS = 50_000;

/** Returns a signal that aborts at the first SIGTERM or SIGINT; at the second the process ends at once. */
export function stopSignal(): AbortSignal {
  const stopping = new AbortController();
  const onSignal = (): void => {
    if (stopping.signal.aborted) process.exit(1);
    stopping.abort();
    setTimeout(() => process.exit(1), STOP_DEADLINE_MS).unref();
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  return stopping.signal;
}

/** Resolves when the signal aborts. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
