/** The encryption keys that the settings give, or the server's own. */

import { parseKeys } from '../encryption/encryption-keys.ts';
import { KeyRing } from '../encryption/key-ring.ts';
import { ownKeyFile } from '../encryption/own-key-file.ts';
import { assert } from '../core/shared/assert.ts';
import type { Config } from './config.ts';

/** Returns the keys. In production a person sets them: one that is made beside the data is lost with it, or found with it. */
export function openKeyRing({
  ENCRYPTION_KEYS,
  DATA_DIRECTORY,
  NODE_ENV,
}: Pick<Config, 'ENCRYPTION_KEYS' | 'DATA_DIRECTORY' | 'NODE_ENV'>): KeyRing {
  if (ENCRYPTION_KEYS === undefined)
    return new KeyRing(NODE_ENV === 'production' ? { keys: () => [] } : ownKeyFile(DATA_DIRECTORY));
  const keys = parseKeys(ENCRYPTION_KEYS);
  assert(typeof keys !== 'string', 'ENCRYPTION_KEYS was checked with the other settings');
  return new KeyRing({ keys: () => keys });
}
