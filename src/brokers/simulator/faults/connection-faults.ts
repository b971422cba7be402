/** Refuses connections as armed faults say. */

import type { Server } from 'node:http';
import type { FaultPlan } from './fault-plan.ts';

const SECOND_MS = 1_000;

/** Watches the connections of a server. OANDA takes two new ones a second and refuses the rest. */
export function refuseConnections(server: Server, faults: FaultPlan): void {
  let taken: readonly number[] = [];
  server.on('connection', (socket) => {
    const at = performance.now();
    taken = taken.filter((takenAt) => at - takenAt < SECOND_MS);
    const limit = faults.find(['connections-limited']);
    const isRefused =
      faults.take(['connections-refused']) !== undefined ||
      (limit !== undefined &&
        taken.length >= limit.fault.perSecond &&
        faults.take(['connections-limited']) !== undefined);
    if (isRefused) socket.destroy();
    else taken = [...taken, at];
  });
}
