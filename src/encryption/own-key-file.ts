/** The key that a server makes for itself while it is tried out, in a file beside its data. */

import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StartFailure } from '../core/shared/start-failure.ts';
import { present } from '../core/shared/assert.ts';
import { newKeyText, parseKeys } from './encryption-keys.ts';
import type { EncryptionKey } from './encryption-keys.ts';
import type { KeySource } from './key-ring.ts';

const FILE = 'encryption-keys';

/** Returns the keys of the file in this folder, which is made when the first secret is sealed. */
export function ownKeyFile(folder: string): KeySource {
  const path = join(folder, FILE);
  return { keys: () => readKeys(path), make: () => makeKey(folder, path) };
}

/** Read each time: another process with the same folder may have made it. */
function readKeys(path: string): readonly EncryptionKey[] {
  const text = readIfThere(path);
  if (text === undefined) return [];
  const keys = parseKeys(text.trim());
  if (typeof keys !== 'string') return keys;
  throw new StartFailure('configuration-invalid', `The keys in ${path} are not right: ${keys}.`);
}

/** Undefined where this process cannot write, as in the image, or on a disk that is full or knows no links: a person must set a key there. */
function makeKey(folder: string, path: string): EncryptionKey | undefined {
  try {
    return writeKey(folder, path);
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) return undefined;
    throw error;
  }
}

function writeKey(folder: string, path: string): EncryptionKey {
  mkdirSync(folder, { recursive: true });
  // Under another name first, so that no one reads it half-written.
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, `${newKeyText()}\n`, { mode: 0o600 });
  try {
    linkSync(draft, path);
  } catch (error) {
    // Another process was quicker: its key is the one.
    if (!hasCode(error, 'EEXIST')) throw error;
  } finally {
    rmSync(draft);
  }
  return present(readKeys(path)[0], `a key in ${path}`);
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
