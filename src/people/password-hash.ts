/** Password hashes: argon2id with the parameters that OWASP names for servers (19 MiB, two passes, one lane). */

import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

const PARAMETERS = { memory: 19_456, passes: 2, parallelism: 1, tagLength: 32 } as const;
const SALT_BYTES = 16;
/** The head of a hash in the PHC string format: other parameters would be another head. */
const HEAD = `$argon2id$v=19$m=${PARAMETERS.memory},t=${PARAMETERS.passes},p=${PARAMETERS.parallelism}$`;

/**
 * The hash of random bytes that were not kept. Checking a password against it takes as long as against a real one, so that the
 * time of an answer does not show whether a person exists.
 */
const NOBODYS_HASH = `${HEAD}8afWq+kmAGuUTPellTCeJw$IdlSBrasuEXMUFJObmDU4MM28HVme7pv7PrrzlzRCtI`;

const deriveKey = promisify(argon2);

/** Returns the hash to store for a password, in the PHC string format. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  return `${HEAD}${encode(salt)}$${encode(await digest(password, salt))}`;
}

/** What is stored instead of a hash for a person whom no password lets in. */
export const NO_PASSWORD = '-';

/** Returns whether the password belongs to the hash; false, after the same time, when there is no hash, or {@link NO_PASSWORD}. */
export async function isPasswordOf(passwordHash: string | undefined, password: string): Promise<boolean> {
  const stored = passwordHash === NO_PASSWORD ? NOBODYS_HASH : (passwordHash ?? NOBODYS_HASH);
  const [salt = '', expected = ''] = stored.slice(HEAD.length).split('$');
  const found = await digest(password, Buffer.from(salt, 'base64'));
  const wanted = Buffer.from(expected, 'base64');
  const matches = stored.startsWith(HEAD) && wanted.length === found.length && timingSafeEqual(wanted, found);
  return matches && stored === passwordHash;
}

function digest(password: string, nonce: Buffer): Promise<Buffer> {
  return deriveKey('argon2id', { ...PARAMETERS, message: password, nonce });
}

function encode(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('=', '');
}
