/** What an e-mail address, a username and a password must look like, for everything that creates users. */

import type { FieldError } from '../core/shared/problem.ts';

/** What a person wants to sign up with, as typed. */
export interface SignUp {
  readonly email: string;
  readonly username: string;
  readonly password: string;
}

export const USERNAME_LENGTH = { minimum: 3, maximum: 32 } as const;
/** Long enough not to be guessed, short enough that hashing it cannot be used to load the server. */
export const PASSWORD_LENGTH = { minimum: 12, maximum: 128 } as const;
/** The longest address that mail can be sent to (RFC 5321). */
export const EMAIL_LENGTH = 254;

// Only what every mail server agrees on: something that is seen as it is, an @, a domain with a dot. The proof is a mail that arrives.
const EMAIL =
  /^[^\s@\p{Cc}\p{Cf}]{1,64}@[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+$/u;
// No @, so that a name can never be taken for an address.
const USERNAME = /^[a-z0-9][a-z0-9._-]*$/;

/** The passwords of twelve and more characters that lists of leaked passwords open with. */
const COMMON_PASSWORDS: ReadonlySet<string> = new Set([
  '0987654321qwerty',
  '1111222233334444',
  '123456789012',
  '1234567890123',
  '12345678910111213',
  '1234567890qwerty',
  '123456789abc',
  '123456789qwerty',
  '123qweasdzxc',
  '1q2w3e4r5t6y',
  '1q2w3e4r5t6y7u8i',
  '1qaz2wsx3edc',
  '1qaz2wsx3edc4rfv',
  'abcdefghijkl',
  'abcdefghijklmnop',
  'administrator',
  'adminadminadmin',
  'asdfghjkl123',
  'asdfghjklqwertyuiop',
  'changeme1234',
  'changemenow1',
  'correcthorsebatterystaple',
  'correct horse battery staple',
  'football1234',
  'iloveyou1234',
  'letmein12345',
  'letmeinplease',
  'liverpoolfc1',
  'manchesterunited',
  'masterpassword',
  'monkey123456',
  'mypassword123',
  'p@ssw0rd1234',
  'passw0rd1234',
  'password1234',
  'password12345',
  'password123456',
  'passwordpassword',
  'princess1234',
  'qazwsxedcrfv',
  'qwerty123456',
  'qwerty12345678',
  'qwertyqwerty',
  'qwertyuiop12',
  'qwertyuiop123',
  'qwertyuiop[]',
  'qwertyuiopasdf',
  'sunshine1234',
  'superman1234',
  'thisisapassword',
  'trustno1trustno1',
  'welcome12345',
  'welcometohell',
  'zaq12wsxcde3',
  'zxcvbnm12345',
]);

/** Returns address and name as they are stored and compared: in lower case. */
export function normalizeSignUp({ email, username, password }: SignUp): SignUp {
  return { email: email.toLowerCase(), username: username.toLowerCase(), password };
}

/** Whether a text in lower case is an e-mail address. */
export function isEmail(text: string): boolean {
  return text.length <= EMAIL_LENGTH && EMAIL.test(text);
}

/** Returns everything that is wrong with a normalized sign-up; nothing when it may be stored. */
export function checkSignUp({ email, username, password }: SignUp): FieldError[] {
  const errors: FieldError[] = [];
  if (!isEmail(email)) {
    errors.push({ pointer: '/email', detail: 'must be an e-mail address' });
  }
  const { minimum, maximum } = USERNAME_LENGTH;
  if (username.length < minimum || username.length > maximum || !USERNAME.test(username)) {
    errors.push({
      pointer: '/username',
      detail: `must be ${minimum} to ${maximum} letters, digits, dots, dashes or underscores, and begin with a letter or digit`,
    });
  }
  const weakness = passwordWeakness(password, [email, username]);
  if (weakness !== undefined) errors.push({ pointer: '/password', detail: weakness });
  return errors;
}

/** No rules about kinds of characters: they make passwords worse. Length, and none of those that are tried first. */
export function passwordWeakness(password: string, about: readonly string[]): string | undefined {
  const { minimum, maximum } = PASSWORD_LENGTH;
  const { length } = Array.from(password);
  if (length < minimum || length > maximum) return `must have ${minimum} to ${maximum} characters`;
  const plain = password.toLowerCase();
  if (about.includes(plain)) return 'must not be the e-mail address or the username';
  if (COMMON_PASSWORDS.has(plain)) return 'is one of the most common passwords';
  if (isRepetition(plain)) return 'must not repeat the same few characters';
  return undefined;
}

/** Returns whether the text is one to four characters over and over. */
function isRepetition(text: string): boolean {
  return [1, 2, 3, 4].some(
    (length) =>
      text ===
      text
        .slice(0, length)
        .repeat(Math.ceil(text.length / length))
        .slice(0, text.length),
  );
}
