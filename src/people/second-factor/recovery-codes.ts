/** Codes that take the place of the authenticator app when it is lost, each once. */

import { randomBytes } from 'node:crypto';
import { hashOfToken } from '../remembered-tokens.ts';
import { base32 } from './totp.ts';

const CODES = 10;
/** 80 bits: too many to guess, so that a plain hash keeps them safe. */
const CODE_BYTES = 10;

/** Returns new codes as they are shown, such as `ABCD-EFGH-IJKL-MNOP`. */
export function newRecoveryCodes(): readonly string[] {
  return Array.from({ length: CODES }, () =>
    (base32(randomBytes(CODE_BYTES)).match(/.{4}/g) ?? []).join('-'),
  );
}

/** Returns the hash by which a code is stored and found; case, spaces and dashes do not matter. */
export function hashOfRecoveryCode(code: string): string {
  return hashOfToken(code.toUpperCase().replaceAll(/[\s-]/g, ''));
}
