/** A change of the encryption key, as it concerns second factors. */

import { Problem } from '../../core/shared/problem.ts';
import { boundTo } from './second-factor-check.ts';
import type { KeyRing } from '../../encryption/key-ring.ts';
import type { SecondFactorStore } from './second-factor-store.ts';

/** What came of sealing every secret with the current key. */
export interface FactorRotation {
  readonly sealed: number;
  readonly alreadyCurrent: number;
  /** People whose secret cannot be read, and why. */
  readonly unreadable: readonly { readonly userId: string; readonly reason: string }[];
}

/** Seals every secret that an older key seals with the current one. One that is replaced meanwhile stays as it is. */
export async function rotateSecondFactors(store: SecondFactorStore, keys: KeyRing): Promise<FactorRotation> {
  const factors = await store.all();
  const old = factors.filter(({ secret }) => !keys.isCurrent(secret));
  const unreadable: { userId: string; reason: string }[] = [];
  let sealed = 0;
  for (const factor of old) {
    try {
      const secret = keys.open(factor.secret, boundTo(factor));
      if (await store.replaceSecret(factor, keys.seal(secret, boundTo(factor)))) sealed += 1;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      unreadable.push({ userId: factor.userId, reason: error.message });
    }
  }
  return { sealed, alreadyCurrent: factors.length - old.length, unreadable };
}
