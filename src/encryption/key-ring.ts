/** Secrets at rest: AES-256-GCM under a named key, bound to the place that a secret is kept in. */

import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { Problem } from '../core/shared/problem.ts';
import type { EncryptionKey } from './encryption-keys.ts';

const ALGORITHM = 'aes-256-gcm';
/** What NIST SP 800-38D recommends for GCM; random ones are safe for some four billion secrets under one key. */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** A secret as it is stored: `ciphertext` is nonce, encrypted text and tag in base64. */
export interface SealedSecret {
  readonly keyId: string;
  readonly ciphertext: string;
}

/** Where the keys come from. The first is the one that new secrets are sealed with. */
export interface KeySource {
  keys(): readonly EncryptionKey[];
  /** Makes the first key, where this process may and can; undefined where a person must set one. */
  readonly make?: () => EncryptionKey | undefined;
}

/** The keys of this server. Neither a key nor a secret is ever part of a message. */
export class KeyRing {
  readonly #source: KeySource;

  constructor(source: KeySource) {
    this.#source = source;
  }

  /** Seals a secret with the current key. It opens only with the same `boundTo`. The problem `encryption-key-missing` without a key. */
  seal(secret: string, boundTo: string): SealedSecret {
    const { id, bytes } = this.#current();
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(ALGORITHM, bytes, nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(Buffer.from(boundTo));
    const encrypted = [cipher.update(secret, 'utf8'), cipher.final()];
    const ciphertext = Buffer.concat([nonce, ...encrypted, cipher.getAuthTag()]).toString('base64');
    return { keyId: id, ciphertext };
  }

  /** Opens a sealed secret. The problem `secret-unreadable` when its key is not there, or it was changed or moved. */
  open({ keyId, ciphertext }: SealedSecret, boundTo: string): string {
    const key = this.#source.keys().find(({ id }) => id === keyId);
    if (!key) {
      throw new Problem('secret-unreadable', `ENCRYPTION_KEYS has no key "${keyId}", which a secret needs.`, {
        keyId,
      });
    }
    const sealed = Buffer.from(ciphertext, 'base64');
    try {
      const decipher = createDecipheriv(ALGORITHM, key.bytes, sealed.subarray(0, NONCE_BYTES), {
        authTagLength: TAG_BYTES,
      });
      decipher.setAAD(Buffer.from(boundTo));
      decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
      const encrypted = sealed.subarray(NONCE_BYTES, -TAG_BYTES);
      return Buffer.concat([decipher.update(encrypted), decipher.final()]).toString('utf8');
    } catch (cause) {
      const detail = `A secret cannot be read with the key "${keyId}": the key is another one, or the stored text was changed.`;
      throw new Problem('secret-unreadable', detail, { keyId }, { cause });
    }
  }

  /** Whether there is a key of this name. */
  has(keyId: string): boolean {
    return this.#source.keys().some(({ id }) => id === keyId);
  }

  /** The name of the key that new secrets are sealed with. */
  get currentId(): string {
    return this.#current().id;
  }

  /** Whether a secret is sealed with the key that new ones are sealed with. */
  isCurrent({ keyId }: SealedSecret): boolean {
    return this.#current().id === keyId;
  }

  #current(): EncryptionKey {
    const current = this.#source.keys()[0] ?? this.#source.make?.();
    if (current) return current;
    throw new Problem(
      'encryption-key-missing',
      'Tokens are stored encrypted, and ENCRYPTION_KEYS is not set. Nothing was stored.',
    );
  }
}
