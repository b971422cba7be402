/** When a message is due: after those that come with it, outside quiet hours, or with the daily digest. Times are UTC ms. */

import type { NotificationSettings } from '../channels/notification-settings-store.ts';

const MINUTE_MS = 60_000;
const DAY_MINUTES = 1_440;

/** What a person and a channel of theirs want. */
export interface DueWish extends Pick<NotificationSettings, 'quietHours' | 'digestAt' | 'groupSeconds'> {
  readonly timezone: string;
  readonly isDigest: boolean;
}

/** Returns when a message that is not urgent, begun at `now`, is due. */
export function dueAt(
  now: number,
  { timezone, isDigest, digestAt, quietHours, groupSeconds }: DueWish,
): number {
  if (isDigest) return nextMinuteOfDay(now, digestAt, timezone);
  const at = now + groupSeconds * 1_000;
  if (!quietHours) return at;
  const { from, until } = quietHours;
  const minute = minuteOfDay(at, timezone);
  // A range may go over midnight; from a time until the same time is no range.
  const isQuiet = from <= until ? minute >= from && minute < until : minute >= from || minute < until;
  return isQuiet ? nextMinuteOfDay(at, until, timezone) : at;
}

/** Returns the next instant at which clocks in the zone show this minute of the day; where they skip it, some time after. */
function nextMinuteOfDay(now: number, minute: number, timezone: string): number {
  const startOfMinute = now - (now % MINUTE_MS);
  const ahead = (minute - minuteOfDay(now, timezone) + DAY_MINUTES) % DAY_MINUTES || DAY_MINUTES;
  const at = startOfMinute + ahead * MINUTE_MS;
  // Clocks may have been changed in between.
  const off = minute - minuteOfDay(at, timezone);
  const nearest =
    off > DAY_MINUTES / 2 ? off - DAY_MINUTES : off < -DAY_MINUTES / 2 ? off + DAY_MINUTES : off;
  const shown = at + nearest * MINUTE_MS;
  return shown > now && minuteOfDay(shown, timezone) === minute ? shown : at;
}

function minuteOfDay(at: number, timezone: string): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone: timezone,
    hour: 'numeric',
    minute: 'numeric',
    hourCycle: 'h23',
  }).formatToParts(at);
  const of = (type: 'hour' | 'minute') => Number(parts.find((part) => part.type === type)?.value ?? 0);
  return of('hour') * 60 + of('minute');
}
