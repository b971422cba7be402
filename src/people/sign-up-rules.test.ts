import { describe, expect, it } from 'vitest';
import { checkSignUp, normalizeSignUp } from './sign-up-rules.ts';

const good = { email: 'trader@example.org', username: 'trader', password: 'correct horse battery' };

function errorsOf(changes: Partial<typeof good>): readonly string[] {
  return checkSignUp(normalizeSignUp({ ...good, ...changes })).map(({ pointer }) => pointer);
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
  ])('is refused with the address %j', (email) => {
    expect(errorsOf({ email })).toEqual(['/email']);
  });

  it.each([
    'Trader@Example.ORG',
    'first.last+tag@mail.example.co.uk',
    "o'neill@example.org",
    '用户@example.org',
  ])('is taken with the address %j', (email) => {
    expect(errorsOf({ email })).toEqual([]);
  });

  it.each(['ab', 'a'.repeat(33), '.hidden', 'a@b', 'with space', 'ａｄｍｉｎ'])(
    'is refused with the username %j',
    (username) => {
      expect(errorsOf({ username })).toEqual(['/username']);
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
  ])('is refused with the password %j', (password) => {
    expect(errorsOf({ password })).toEqual(['/password']);
  });

  it.each([
    'correct horse battery',
    'ein sehr langer Satz mit Wörtern',
    '            spaces',
    'x1'.repeat(5) + 'another end',
    '密码密码密码很长很长很长吗',
  ])('is taken with the password %j', (password) => {
    expect(errorsOf({ password })).toEqual([]);
  });

  it('keeps the password as it was typed, and nothing else', () => {
    expect(normalizeSignUp({ email: 'A@B.org', username: 'Name', password: ' Secret ' })).toEqual({
      email: 'a@b.org',
      username: 'name',
      password: ' Secret ',
    });
  });
});
