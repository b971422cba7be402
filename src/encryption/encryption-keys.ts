/** Encryption keys as they are written: `id:base64`, several separated by commas. */

import { randomBytes } from 'node:crypto';

/** 256 bits, for AES-256. */
const KEY_BYTES = 32;
/** Random bytes have about thirty different values; text and repeated bytes have few. */
const LEAST_DIFFERENT_BYTES = 12;

const KEY_ID = /^[A-Za-z0-9._-]{1,64}$/;
const KEY_TEXT = /^[A-Za-z0-9+/]{43}=$/;

/** One key and the name under which stored secrets refer to it. */
export interface EncryptionKey {
  readonly id: string;
  readonly bytes: Buffer;
}

/**
 * Returns the keys of a text, the current one first, or the sentence that says what is wrong with it. It repeats no key. One that can be
 * guessed may stand behind a good one, so that what it sealed can be sealed with the good one.
 */
export function parseKeys(text: string): readonly EncryptionKey[] | string {
  const keys: EncryptionKey[] = [];
  for (const [index, entry] of text.split(',').entries()) {
    const key = parseKey(entry.trim());
    if (typeof key === 'string') return `entry ${index + 1} ${key}`;
    if (keys.some(({ id }) => id === key.id)) return `two keys are named "${key.id}"`;
    keys.push(key);
  }
  const [current] = keys;
  if (current && isPredictable(current.bytes))
    return `entry 1 ("${current.id}") is not random, so that anyone may guess it: put one in front of it that openssl rand -base64 ${KEY_BYTES} makes`;
  return keys;
}

function parseKey(entry: string): EncryptionKey | string {
  const colon = entry.indexOf(':');
  const id = entry.slice(0, Math.max(0, colon));
  if (!KEY_ID.test(id)) return 'is not id:base64 with an id of 1 to 64 letters, digits or . _ -';
  const encoded = entry.slice(colon + 1);
  const bytes = Buffer.from(encoded, 'base64');
  if (!KEY_TEXT.test(encoded) || bytes.length !== KEY_BYTES)
    return `("${id}") is not ${KEY_BYTES} bytes in base64: openssl rand -base64 ${KEY_BYTES} makes them`;
  return { id, bytes };
}

/** Whether it is few values, text, or a count such as 0, 1, 2: what stands in examples, and what people type. */
function isPredictable(bytes: Buffer): boolean {
  const steps = new Set(
    [...bytes].map((byte, index) => (byte - (bytes[index - 1] ?? 0) + 256) % 256).slice(1),
  );
  return (
    new Set(bytes).size < LEAST_DIFFERENT_BYTES ||
    steps.size === 1 ||
    bytes.every((byte) => byte >= 0x20 && byte < 0x7f)
  );
}

/** Returns a new random key under a name that no other has, as text. */
export function newKeyText(): string {
  return `own-${randomBytes(4).toString('hex')}:${randomBytes(KEY_BYTES).toString('base64')}`;
}
