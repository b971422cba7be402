/** The server stays away for so long that leases end at the broker, and what is waiting there lapses. */
import { setTimeout as sleep } from 'node:timers/promises';
import { MINUTE_MS } from '../../../src/core/domain/trading-calendar.ts';
import { LAPSED } from './broker-record.ts';
import { MARKET_SPEED } from './pace.ts';
import { LEASE_MINUTES } from './simulator-control.ts';
import type { Draw } from './draw.ts';
import type { ChaosOptions } from './options.ts';
import type { SimulatorControl } from './simulator-control.ts';

const LEASE_MS = (LEASE_MINUTES * MINUTE_MS) / MARKET_SPEED;
/** Two thirds of a lease are left when it is renewed: after the shortest absence some entries have lapsed, after the longest all. */
const AWAY_MS = { least: LEASE_MS * 0.7, most: LEASE_MS * 1.1 } as const;

/** Whether the server stays away after this kill. Absences are spread over the run. */
export function isAbsence(
  kill: number,
  { kills, absences }: Pick<ChaosOptions, 'kills' | 'absences'>,
): boolean {
  const before = (count: number): number => Math.floor((count * absences) / kills);
  return before(kill) > before(kill - 1);
}

/** Lets the time of an absence pass, and returns how many entries have lapsed in it. */
export async function stayAway(simulator: SimulatorControl, draw: Draw): Promise<number> {
  const before = await lapsesAt(simulator);
  await sleep(draw.whole(AWAY_MS.least, AWAY_MS.most));
  return (await lapsesAt(simulator)) - before;
}

async function lapsesAt(simulator: SimulatorControl): Promise<number> {
  return (await simulator.logs()).filter(({ reason }) => reason === LAPSED).length;
}
