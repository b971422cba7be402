/** Row ids that are pure functions of what they name, so that a projection made twice gives the same rows. */

import { hashText } from '../shared/prng.ts';

/** Returns `value` in base 16 with exactly `digits` digits (the lowest ones). */
function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0').slice(-digits);
}

/**
 * Returns a UUID of version 8 (RFC 9562: custom) for the thing `kind` number `brokerId` of an account, whose first 48 bits are
 * the time `at` (UTC ms), so that ids sort by time like the version 7 ids we make ourselves.
 */
export function derivedId(accountId: string, kind: string, brokerId: number, at: number): string {
  const name = `${accountId}:${kind}:${brokerId}`;
  const first = hashText(name);
  const second = hashText(name, first ^ 0x9e3779b9);
  const third = hashText(name, second ^ 0x85ebca6b);
  const time = hex(at, 12);
  const variant = hex(0x8000 | (second & 0x3fff), 4);
  return `${time.slice(0, 8)}-${time.slice(8)}-8${hex(first, 3)}-${variant}-${hex(second >>> 14, 4)}${hex(third, 8)}`;
}
