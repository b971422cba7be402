/** When the turns of a job are: every so often, counted in UTC, so that no day has a turn too many or too few. */

import { assert } from '../core/shared/assert.ts';

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
const MINUTE_MS = 60_000;

/** Turns are at every multiple of `everyMs`, `offsetMs` later. */
export interface Schedule {
  readonly everyMs: number;
  readonly offsetMs: number;
}

/** Each hour at this minute. */
export function hourly(minute: number): Schedule {
  return { everyMs: HOUR_MS, offsetMs: minute * MINUTE_MS };
}

/** Each day at this time of day, such as 03:00. */
export function daily(timeOfDay: string): Schedule {
  const [, hours = '', minutes = ''] = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(timeOfDay) ?? [];
  assert(hours !== '', `a time of day was expected, was ${timeOfDay}`);
  return { everyMs: DAY_MS, offsetMs: Number(hours) * HOUR_MS + Number(minutes) * MINUTE_MS };
}

/** Returns the last turn that is not after an instant (UTC ms). */
export function turnBefore({ everyMs, offsetMs }: Schedule, at: number): number {
  return Math.floor((at - offsetMs) / everyMs) * everyMs + offsetMs;
}

/** Returns the first turn after an instant (UTC ms). */
export function turnAfter(schedule: Schedule, at: number): number {
  return turnBefore(schedule, at) + schedule.everyMs;
}

/** Returns a schedule in words: each hour at :07, each day at 03:00 UTC. */
export function scheduleText({ everyMs, offsetMs }: Schedule): string {
  const [hours, minutes] = [Math.floor(offsetMs / HOUR_MS), Math.floor((offsetMs % HOUR_MS) / MINUTE_MS)];
  return everyMs === DAY_MS
    ? `each day at ${twoDigits(hours)}:${twoDigits(minutes)} UTC`
    : `each hour at :${twoDigits(minutes)}`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
