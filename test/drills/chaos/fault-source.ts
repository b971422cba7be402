/** Arms drawn faults at the simulator, one after the other. */
import { setTimeout as sleep } from 'node:timers/promises';
import { drawFault } from './drawn-faults.ts';
import type { Draw } from './draw.ts';
import type { SimulatorControl } from './simulator-control.ts';

const PAUSE_MS = { least: 100, most: 900 } as const;
/** While so many have met nothing, no more are armed: on a slow machine the server would meet nothing else. */
const MOST_WAITING = 6;

/** Arms faults until the signal. One that lasts is removed when its time is over. */
export async function armFaults(simulator: SimulatorControl, draw: Draw, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    if ((await simulator.waiting()) >= MOST_WAITING) {
      await sleep(PAUSE_MS.least);
      continue;
    }
    const { fault, lastsMs } = drawFault(draw);
    const id = await simulator.arm(fault);
    if (lastsMs !== undefined) {
      await sleep(lastsMs);
      await simulator.remove(id);
    }
    await sleep(draw.whole(PAUSE_MS.least, PAUSE_MS.most));
  }
}
