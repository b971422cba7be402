import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { KeyRing } from './key-ring.ts';

const TOKEN = '0123456789abcdef0123456789abcdef-fedcba9876543210fedcba9876543210';

const key = (id: string) => ({ id, bytes: randomBytes(32) });
const ringOf = (...keys: ReturnType<typeof key>[]) => new KeyRing({ keys: () => keys });

describe('a key ring', () => {
  it('seals nothing without a key', () => {
    expect(() => ringOf().seal(TOKEN, 'account 1')).toThrow(/ENCRYPTION_KEYS is not set. Nothing was stored/);
  });

  it('does not open what is bound to another place', () => {
    const ring = ringOf(key('a'));
    const sealed = ring.seal(TOKEN, 'account 1 practice');

    expect(() => ring.open(sealed, 'account 2 practice')).toThrow(/cannot be read with the key "a"/);
    expect(() => ring.open(sealed, 'account 1 live')).toThrow(/cannot be read with the key "a"/);
  });

  it('does not open what was changed or cut, wherever', () => {
    const ring = ringOf(key('a'));
    const { keyId, ciphertext } = ring.seal(TOKEN, 'account 1');
    const bytes = Buffer.from(ciphertext, 'base64');

    for (const index of bytes.keys()) {
      const changed = Buffer.from(bytes);
      changed[index] = (changed[index] ?? 0) ^ 1;
      expect(() => ring.open({ keyId, ciphertext: changed.toString('base64') }, 'account 1')).toThrow(
        /cannot be read/,
      );
      const cut = bytes.subarray(0, index).toString('base64');
      expect(() => ring.open({ keyId, ciphertext: cut }, 'account 1')).toThrow(/cannot be read/);
    }
  });

  it('names the key that it lacks, and no other key opens what that one sealed', () => {
    const sealed = ringOf(key('old')).seal(TOKEN, 'account 1');

    expect(() => ringOf(key('new')).open(sealed, 'account 1')).toThrow(/no key "old"/);
    expect(() => ringOf(key('old')).open(sealed, 'account 1')).toThrow(/the key is another one/);
  });

  it('opens with any of its keys what it was bound to, and seals with the first', () => {
    const [first, second] = [key('first'), key('second')];
    const old = ringOf(second).seal(TOKEN, 'account 1');
    const ring = ringOf(first, second);

    expect(ring.open(old, 'account 1')).toBe(TOKEN);
    expect(ring.isCurrent(old)).toBe(false);
    const fresh = ring.seal(TOKEN, 'account 1');
    expect(ring.isCurrent(fresh)).toBe(true);
    expect(ring.open(fresh, 'account 1')).toBe(TOKEN);
  });

  it('never seals to the same text twice, and shows nothing of it', () => {
    const ring = ringOf(key('a'));
    const sealed = [ring.seal(TOKEN, 'account 1'), ring.seal(TOKEN, 'account 1')];

    expect(sealed[0]?.ciphertext).not.toBe(sealed[1]?.ciphertext);
    expect(Buffer.from(sealed[0]?.ciphertext ?? '', 'base64').toString('latin1')).not.toContain('0123456789');
  });
});
