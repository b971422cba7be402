/** The clocks of a time zone, as candle alignments need them. */

import { HOUR_MS, MINUTE_MS } from '../../../core/domain/trading-calendar.ts';

/** Clocks change at a quarter of an hour of UTC at the earliest, so an offset holds for as long. */
const OFFSET_HOLDS_MS = 15 * MINUTE_MS;

/** Returns how far a zone's clocks are ahead of UTC at an instant, both in milliseconds. */
export type TimeZone = (at: number) => number;

/** Returns the zone with an IANA name such as `Europe/London`, or undefined when there is none. */
export function timeZoneNamed(name: string): TimeZone | undefined {
  const format = offsetFormat(name);
  if (!format) return undefined;
  let [knownFrom, known] = [NaN, 0];
  return (at) => {
    const from = Math.floor(at / OFFSET_HOLDS_MS) * OFFSET_HOLDS_MS;
    if (from !== knownFrom) [knownFrom, known] = [from, offsetOf(format.format(from))];
    return known;
  };
}

function offsetFormat(timeZone: string): Intl.DateTimeFormat | undefined {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Reads the end of `1/6/2026, GMT-05:00`; `GMT` alone is no offset. */
function offsetOf(text: string): number {
  const [, sign = '', hours = '0', minutes = '0', seconds = '0'] =
    /GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/.exec(text) ?? [];
  const ms = Number(hours) * HOUR_MS + Number(minutes) * MINUTE_MS + Number(seconds) * 1_000;
  return sign === '-' ? -ms : ms;
}
