/** Time-based one-time passwords (RFC 6238) as authenticator apps make them: HMAC-SHA-1, six digits, steps of 30 seconds. */

import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

const STEP_MS = 30_000;
const DIGITS = 6;
/** 160 bits, as long as the hash (RFC 4226, section 4). */
const SECRET_BYTES = 20;
/** One step of clock error in each direction, and no more (RFC 6238, section 5.2). */
const STEPS_OFF = [0, -1, 1] as const;
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const BITS_OF_CHARACTER = 5;

/** Returns a new secret in base32, as people type it into an app. */
export function newSecret(): string {
  return base32(randomBytes(SECRET_BYTES));
}

/** Returns the address that an authenticator app reads from a QR code. */
export function otpauthUri(
  secret: string,
  { issuer, name }: { readonly issuer: string; readonly name: string },
): string {
  const label = `${encodeURIComponent(issuer)}:${encodeURIComponent(name)}`;
  return `otpauth://totp/${label}?secret=${secret}&issuer=${encodeURIComponent(issuer)}`;
}

/** Returns the step whose code this is at an instant (UTC ms), or at one step before or after it; undefined when it is of none. */
export function stepOfCode(secret: string, code: string, at: number): number | undefined {
  const now = Math.floor(at / STEP_MS);
  return STEPS_OFF.map((off) => now + off).find((step) => isSame(codeOfStep(secret, step), code));
}

/** Returns the code of the step that an instant (UTC ms) is in. */
export function codeAt(secret: string, at: number): string {
  return codeOfStep(secret, Math.floor(at / STEP_MS));
}

/** RFC 4226, section 5.3. */
function codeOfStep(secret: string, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const digest = createHmac('sha1', fromBase32(secret)).update(counter).digest();
  const offset = digest.readUInt8(digest.length - 1) & 0xf;
  const number = digest.readUInt32BE(offset) & 0x7fff_ffff;
  return String(number % 10 ** DIGITS).padStart(DIGITS, '0');
}

function isSame(expected: string, code: string): boolean {
  const [wanted, found] = [Buffer.from(expected), Buffer.from(code)];
  return wanted.length === found.length && timingSafeEqual(wanted, found);
}

/** Returns bytes in base32 (RFC 4648) without padding. */
export function base32(bytes: Buffer): string {
  const bits = Array.from(bytes, (byte) => byte.toString(2).padStart(8, '0')).join('');
  const groups = bits.match(/.{1,5}/g) ?? [];
  return groups.map((group) => ALPHABET[Number.parseInt(group.padEnd(BITS_OF_CHARACTER, '0'), 2)]).join('');
}

function fromBase32(text: string): Buffer {
  const bits = Array.from(text, (character) =>
    ALPHABET.indexOf(character).toString(2).padStart(BITS_OF_CHARACTER, '0'),
  ).join('');
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
}
