/** The key pair with which this server sends to push services: made when a server starts, and the same from then on. */

import { present } from '../../core/shared/assert.ts';
import { Problem } from '../../core/shared/problem.ts';
import { makeVapidKeys } from './vapid.ts';
import type { KeyRing } from '../../encryption/key-ring.ts';
import type { PushKeyStore, StoredPushKey } from './push-key-store.ts';
import type { VapidKeys } from './vapid.ts';

const BOUND_TO = 'push_keys.secret';

export class PushKeys {
  readonly #store: PushKeyStore;
  readonly #keys: KeyRing;

  constructor({ store, keys }: { readonly store: PushKeyStore; readonly keys: KeyRing }) {
    this.#store = store;
    this.#keys = keys;
  }

  /** Makes the pair unless there is one, or there is no key to seal it with: a server without keys starts, and sends no web push. */
  async prepare(): Promise<void> {
    try {
      await this.#findOrMake();
    } catch (error) {
      if (!(error instanceof Problem && error.type === 'encryption-key-missing')) throw error;
    }
  }

  /** What browsers subscribe with. Throws `encryption-key-missing` when a start could not make it. */
  async publicKey(): Promise<string> {
    const stored = await this.#store.find();
    if (stored) return stored.publicKey;
    throw new Problem(
      'encryption-key-missing',
      'The key pair of web push was not there when the server started, and could not be made: it is stored encrypted, and needs ENCRYPTION_KEYS. Set them and restart the server.',
    );
  }

  /** Throws `secret-unreadable` when the key that it is sealed with is not there. */
  async pair(): Promise<VapidKeys> {
    const { publicKey, secret } = await this.#findOrMake();
    return { publicKey, privateKey: this.#keys.open(secret, BOUND_TO) };
  }

  /** Seals it with the current key; returns whether it was sealed with an older one. Throws `secret-unreadable`. */
  async rotate(): Promise<boolean> {
    const stored = await this.#store.find();
    if (!stored || this.#keys.isCurrent(stored.secret)) return false;
    await this.#store.replaceSecret(this.#keys.seal(this.#keys.open(stored.secret, BOUND_TO), BOUND_TO));
    return true;
  }

  async #findOrMake(): Promise<StoredPushKey> {
    const found = await this.#store.find();
    if (found) return found;
    const { publicKey, privateKey } = makeVapidKeys();
    await this.#store.begin({ publicKey, secret: this.#keys.seal(privateKey, BOUND_TO) });
    // Another copy of the server may have been first.
    return present(await this.#store.find(), 'the key pair that was just stored');
  }
}
