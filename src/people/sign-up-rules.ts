/** What an e-mail address, a username and a password must look like, for everything that creates users. */

import { passwordWeakness } from './password-strength.ts';
import type { FieldError } from '../core/shared/problem.ts';

/** What a person wants to sign up with, as typed. */
export interface SignUp {
  readonly email: string;
  readonly username: string;
  readonly password: string;
}

export const USERNAME_LENGTH = { minimum: 3, maximum: 32 } as const;
/** The longest address that mail can be sent to (RFC 5321). */
export const EMAIL_LENGTH = 254;

// Only what every mail server agrees on: something that is seen as it is, an @, a domain with a dot. The proof is a mail that arrives.
const EMAIL =
  /^[^\s@\p{Cc}\p{Cf}]{1,64}@[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+$/u;
// No @, so that a name can never be taken for an address.
const USERNAME = /^[a-z0-9][a-z0-9._-]*$/;

/** Returns address and name as they are stored and compared: in lower case. */
export function normalizeSignUp({ email, username, password }: SignUp): SignUp {
  return { email: email.toLowerCase(), username: username.toLowerCase(), password };
}

/** Whether a text in lower case is an e-mail address. */
export function isEmail(text: string): boolean {
  return text.length <= EMAIL_LENGTH && EMAIL.test(text);
}

/** Returns everything that is wrong with a normalized sign-up; nothing when it may be stored. */
export async function checkSignUp({ email, username, password }: SignUp): Promise<FieldError[]> {
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
  const weakness = await passwordWeakness(password, [email, username]);
  if (weakness !== undefined) errors.push({ pointer: '/password', detail: weakness });
  return errors;
}
