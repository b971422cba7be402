/** Encryption keys of a test. */
import { randomBytes } from 'node:crypto';
import { KeyRing } from '../../src/encryption/key-ring.ts';

export function testKeys(): KeyRing {
  const key = { id: 'test', bytes: randomBytes(32) };
  return new KeyRing({ keys: () => [key] });
}
