/** Waiting for what a server does by itself, with an end: a test that sleeps would be too slow or too early. */
import { setTimeout as sleep } from 'node:timers/promises';

const FIRST_LOOKS_EVERY_MS = 25;
/** Looking is work for the server too, which long waits must not keep from its own: they are a tenth longer at most. */
const LATER_LOOKS_EVERY_MS = 250;
/** Longer than anything takes on a machine that is busy with something else. */
const PATIENCE_MS = 180_000;

/** Looks until there is something to see and returns it. What looking throws ends the waiting; so does the deadline, with `what` it waited for. */
export async function until<Seen>(
  what: string,
  look: () => Promise<Seen | undefined | false> | Seen | undefined | false,
  deadlineMs = PATIENCE_MS,
): Promise<Seen> {
  const startedAt = performance.now();
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen;
    const waitedMs = performance.now() - startedAt;
    if (waitedMs > deadlineMs) throw new Error(`Gave up after ${deadlineMs} ms of waiting until ${what}.`);
    await sleep(Math.min(Math.max(waitedMs / 10, FIRST_LOOKS_EVERY_MS), LATER_LOOKS_EVERY_MS));
  }
}
