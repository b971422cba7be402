/** A change of the encryption key, as it concerns channels. */

import { Problem } from '../../core/shared/problem.ts';
import { PushKeyStore } from '../push/push-key-store.ts';
import { PushKeys } from '../push/push-keys.ts';
import { openChannelSecret, sealChannelSecret } from './channel-secret.ts';
import { ChannelStore } from './channel-store.ts';
import type { KeyRing } from '../../encryption/key-ring.ts';
import type { Orm } from '../../persistence/orm.ts';

/** What came of sealing every secret with the current key. */
export interface ChannelRotation {
  readonly sealed: number;
  readonly alreadyCurrent: number;
  /** Channels whose secret cannot be read, and why. */
  readonly unreadable: readonly { readonly id: string; readonly reason: string }[];
}

/** Seals every secret that an older key seals with the current one, the key of web push among them. A channel that is removed meanwhile stays removed. */
export async function rotateChannelSecrets(orm: Orm, keys: KeyRing): Promise<ChannelRotation> {
  const store = new ChannelStore(orm);
  const channels = await store.sealed();
  const old = channels.filter(({ secret }) => !keys.isCurrent(secret));
  const unreadable: { id: string; reason: string }[] = [];
  let sealed = 0;
  for (const { id, secret } of old) {
    try {
      const opened = openChannelSecret(keys, id, secret);
      if (await store.replaceSecret(id, sealChannelSecret(keys, id, opened))) sealed += 1;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      unreadable.push({ id, reason: error.message });
    }
  }
  const push = await rotatePushKey(orm, keys);
  return {
    sealed: sealed + push.sealed,
    alreadyCurrent: channels.length - old.length,
    unreadable: [...unreadable, ...push.unreadable],
  };
}

async function rotatePushKey(
  orm: Orm,
  keys: KeyRing,
): Promise<Pick<ChannelRotation, 'sealed' | 'unreadable'>> {
  try {
    const isSealed = await new PushKeys({ store: new PushKeyStore(orm), keys }).rotate();
    return { sealed: isSealed ? 1 : 0, unreadable: [] };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return { sealed: 0, unreadable: [{ id: 'push', reason: error.message }] };
  }
}
