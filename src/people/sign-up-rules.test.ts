import { describe, expect, it } from 'vitest';
import { checkSignUp, normalizeSignUp } from './sign-up-rules.ts';

const good = { email: 'trader@example.org', username: 'trader', password: 'correct horse battery' };

async function errorsOf(changes: Partial<typeof good>): Promise<readonly string[]> {
  const errors = await checkSignUp(normalizeSignUp({ ...good, ...changes }));
  return errors.map(({ pointer }) => pointer);
}

describe('a sign-up', () => {
  it.each([
    'a',
    'a@b',
    'a b@example.org',
    '@example.org',
    'a@',
    'a@example..org',
    'a@-example.org',
    'a@b@example.org',
    `${'a'.repeat(65)}@example.org`,
    `a@${'b.'.repeat(130)}org`,
    'a\n@example.org',
  ])('is refused with the address %j', async (email) => {
    expect(await errorsOf({ email })).toEqual(['/email']);
  });

  it.each([
    'Trader@Example.ORG',
    'first.last+tag@mail.example.co.uk',
    "o'neill@example.org",
    '用户@example.org',
  ])('is taken with the address %j', async (email) => {
    expect(await errorsOf({ email })).toEqual([]);
  });

  it.each(['ab', 'a'.repeat(33), '.hidden', 'a@b', 'with space', 'ａｄｍｉｎ'])(
    'is refused with the username %j',
    async (username) => {
      expect(await errorsOf({ username })).toEqual(['/username']);
    },
  );

  it.each([
    'short',
    'x'.repeat(129),
    'aaaaaaaaaaaa',
    'abababababab',
    '123412341234',
    'PASSWORD1234',
    'trader@example.org',
    '😀'.repeat(11),
  ])('is refused with the password %j', async (password) => {
    expect(await errorsOf({ password })).toEqual(['/password']);
  });

  it.each([
    'correct horse battery',
    'ein sehr langer Satz mit Wörtern',
    '            spaces count too',
    'x1'.repeat(5) + 'another end',
    '密码密码密码很长很长很长吗',
  ])('is taken with the password %j', async (password) => {
    expect(await errorsOf({ password })).toEqual([]);
  });

  it('keeps the password as it was typed, and nothing else', () => {
    expect(normalizeSignUp({ email: 'A@B.org', username: 'Name', password: ' Secret ' })).toEqual({
      email: 'a@b.org',
      username: 'name',
      password: ' Secret ',
    });
  });
});
