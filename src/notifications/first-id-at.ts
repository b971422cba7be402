/** Ids in the order of time. */

const TIME_DIGITS = 12;

/** Returns the lowest UUIDv7 of an instant (UTC ms): its first 48 bits are the time (RFC 9562, section 5.7). */
export function firstIdAt(at: number): string {
  const time = Math.trunc(at).toString(16).padStart(TIME_DIGITS, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-000000000000`;
}
