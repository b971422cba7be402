/** What a server in production does not start with: a password that everyone knows, and stored secrets without any key. */

import { StartFailure } from '../core/shared/start-failure.ts';
import { secretsByKey } from '../trading/accounts/sealed-secrets-store.ts';
import type { KeyRing } from '../encryption/key-ring.ts';
import type { Orm } from '../persistence/orm.ts';
import type { Log } from '../process/log.ts';
import type { Config } from './config.ts';

/** What stands in examples, images and tutorials, these here included. */
const KNOWN_PASSWORDS = new Set(
  (
    'admin auto-forex auto_forex autoforex changeit changeme change-me default example forex mysecretpassword pass ' +
    'password postgres postgresql root secret test 1234 12345 123456 12345678 qwerty'
  ).split(' '),
);

const ADDRESSES = ['DATABASE_URL', 'MIGRATION_DATABASE_URL'] as const;

/** Throws `configuration-invalid` when the database's password is one that everyone knows, and this is production. It repeats no password. */
export function refuseKnownPasswords(config: Pick<Config, 'NODE_ENV' | (typeof ADDRESSES)[number]>): void {
  if (config.NODE_ENV !== 'production') return;
  for (const pointer of ADDRESSES) {
    if (!hasKnownPassword(config[pointer])) continue;
    const detail =
      'has a password that anyone may guess: give the role another one (alter role … password) and set it';
    const message = `The settings are not valid: ${pointer} ${detail}.`;
    throw new StartFailure('configuration-invalid', message, { errors: [{ pointer, detail }] });
  }
}

/** An address without a password is for a server that asks for none, such as over a socket. */
function hasKnownPassword(address: string | undefined): boolean {
  const url = address === undefined ? null : URL.parse(address);
  if (!url) return false;
  const password = decoded(url.password || (url.searchParams.get('password') ?? '')).toLowerCase();
  return (
    KNOWN_PASSWORDS.has(password) || (password !== '' && password === decoded(url.username).toLowerCase())
  );
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A lone % is itself.
    return text;
  }
}

export interface SecretKeyParts {
  readonly config: Pick<Config, 'NODE_ENV' | 'ENCRYPTION_KEYS'>;
  readonly keys: KeyRing;
  readonly orm: Orm;
  readonly log: Log;
}

/**
 * Throws `configuration-invalid` when this is production, secrets are stored, and no key is set. A key that is one of several and is
 * lacking is only logged: when it is lost, the server must still start, so that people enter those secrets again.
 */
export async function refuseMissingKeys({ config, keys, orm, log }: SecretKeyParts): Promise<void> {
  const lacking = (await secretsByKey(orm)).filter(({ keyId }) => !keys.has(keyId));
  if (lacking.length === 0) return;
  if (config.NODE_ENV === 'production' && config.ENCRYPTION_KEYS === undefined) {
    const names = lacking.map(({ keyId }) => `"${keyId}"`).join(', ');
    const detail = `is not set, and stored tokens, second factors or channels need the key ${names}: set it, or a new one when it is lost`;
    throw new StartFailure(
      'configuration-invalid',
      `The settings are not valid: ENCRYPTION_KEYS ${detail}.`,
      {
        errors: [{ pointer: 'ENCRYPTION_KEYS', detail }],
      },
    );
  }
  for (const secrets of lacking) log.error({ ...secrets }, 'ENCRYPTION_KEYS lacks a key that secrets need');
}
