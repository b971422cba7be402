import { describe, expect, it } from 'vitest';
import { passwordWeakness } from './password-strength.ts';

const NAMES = ['jane.doe@example.org', 'janedoe77'];
const weaknessOf = (password: string) => passwordWeakness(password, NAMES);

describe('a new password', () => {
  it.each([
    'password1234!',
    'Password1234',
    'p@ssw0rd1234',
    'P4$$w0rd!!!!',
    'qwertyuiop[]',
    '1qaz2wsx3edc4rfv',
    'iloveyou12345',
    'monkeymonkey1',
    'hunter2hunter2',
    'correct horse battery staple',
    'CorrectHorseBatteryStaple',
  ])('is refused as common when it is "%s"', async (password) => {
    expect(await weaknessOf(password)).toBe('is one of the most common passwords');
  });

  it.each(['Password2024!!', 'Summer2024!!!', 'liverpool2020!', 'dragon dragon', '19801231dragon'])(
    'is refused as easy when it is "%s"',
    async (password) => {
      expect(await weaknessOf(password)).toMatch(/easy to guess|most common/);
    },
  );

  it.each(['jane.doe-secret-2026', 'JaneDoe77!autoforex', 'AutoForex-Password1', 'xx-janedoe77-2026'])(
    'is refused when it is little more than a name: "%s"',
    async (password) => {
      expect(await weaknessOf(password)).toMatch(/your e-mail address|easy to guess|most common/);
    },
  );

  it.each([
    'a long enough secret',
    'my dog ate the homework',
    'blue-otter-lamp-94',
    'x7Qa9-kLp2_zR4',
    'janedoe77 likes purple monkeys a lot',
    'ein sehr langer Satz mit Wörtern',
    '密码密码密码很长很长很长吗',
  ])('is taken when it is "%s"', async (password) => {
    expect(await weaknessOf(password)).toBeUndefined();
  });
});
