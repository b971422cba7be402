/** What routes about e-mails share. */

import { Type } from 'typebox';
import { EMAIL_LENGTH } from '../sign-up-rules.ts';
import { namedObject } from '../../http/schemas.ts';

export const EmailBody = namedObject(
  'EmailAddress',
  { email: Type.String({ minLength: 3, maxLength: EMAIL_LENGTH, examples: ['trader@example.org'] }) },
  { additionalProperties: false, examples: [{ email: 'me@example.com' }] },
);

export const TokenText = Type.String({
  minLength: 1,
  maxLength: 64,
  description: 'The code from the e-mail.',
});

export const MailOnItsWay = Type.Unsafe<undefined>({
  type: 'null',
  description: 'An e-mail is sent if there is someone to send it to; the answer has no body.',
});
