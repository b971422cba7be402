/** How a person proves over the wire that it is them: by password, and by a code where they have a second factor. */

import { Type } from 'typebox';
import { PASSWORD_LENGTH } from './password-strength.ts';
import { namedObject } from '../http/schemas.ts';

export const Password = Type.String({ maxLength: PASSWORD_LENGTH.maximum });

export const Code = Type.String({
  maxLength: 32,
  description: 'A code of the authenticator app, or a recovery code. Each opens once.',
});

export const ProofBody = namedObject(
  'PasswordProof',
  {
    password: Password,
    code: Type.Optional(Code),
  },
  { additionalProperties: false, examples: [{ password: 'a long enough secret' }] },
);

/** The problems of routes that ask for a proof. */
export const PROOF_PROBLEMS = ['password-wrong', 'second-factor-needed', 'second-factor-wrong'] as const;
