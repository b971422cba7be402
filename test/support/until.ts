/** Waiting for what a server does by itself, with an end: a test that sleeps would be too slow or too early. */
import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_EVERY_MS = 25;
/** Longer than anything takes on a machine that is busy with something else. */
const PATIENCE_MS = 60_000;

/** Looks until there is something to see and returns it. What looking throws ends the waiting; so does the deadline, with `what` it waited for. */
export async function until<Seen>(
  what: string,
  look: () => Promise<Seen | undefined | false> | Seen | undefined | false,
  deadlineMs = PATIENCE_MS,
): Promise<Seen> {
  const giveUpAt = performance.now() + deadlineMs;
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen;
    if (performance.now() > giveUpAt)
      throw new Error(`Gave up after ${deadlineMs} ms of waiting until ${what}.`);
    await sleep(LOOK_EVERY_MS);
  }
}
