import { expect, it } from 'vitest';
import { hashPassword, isPasswordOf, NO_PASSWORD } from './password-hash.ts';

/** As it is stored, at the cost of production. */
const HASH =
  '$argon2id$v=19$m=19456,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$sZPEeO49W1gT3AZnM3BQAAvs/jQpH/5j6pM/0aRQdq8';

it('knows the password of a hash, and no other', async () => {
  expect(await isPasswordOf(HASH, 'a long enough secret')).toBe(true);
  expect(await isPasswordOf(HASH, 'a long enough secreT')).toBe(false);
  expect(await isPasswordOf(undefined, 'a long enough secret')).toBe(false);
  expect(await isPasswordOf(NO_PASSWORD, 'a long enough secret')).toBe(false);
  expect(await isPasswordOf(NO_PASSWORD, NO_PASSWORD)).toBe(false);
});

it('hashes in the same form, with a salt of its own each time', async () => {
  const hashes = await Promise.all([1, 2].map(() => hashPassword('a long enough secret')));

  expect(hashes[0]).not.toBe(hashes[1]);
  for (const hash of hashes) {
    expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    expect(await isPasswordOf(hash, 'a long enough secret')).toBe(true);
  }
});

it('is not fooled by a hash of lower cost', async () => {
  expect(await isPasswordOf(HASH.replace('m=19456', 'm=8'), 'a long enough secret')).toBe(false);
});
