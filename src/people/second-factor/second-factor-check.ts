/** Whether a code is one of a person's second factor. No code is taken twice. */

import { Problem } from '../../core/shared/problem.ts';
import { hashOfRecoveryCode } from './recovery-codes.ts';
import { stepOfCode } from './totp.ts';
import type { KeyRing, SealedSecret } from '../../encryption/key-ring.ts';
import type { SecondFactor, SecondFactorStore } from './second-factor-store.ts';

const DIGITS = /^\d{6}$/;

/** What a code was found to be; `factorId` is that of the second factor which it is of, undefined when the person has none. */
export type CodeCheck =
  | { readonly isPassed: true; readonly factorId: string | undefined }
  | { readonly isPassed: false };

export interface SecondFactorCheckDependencies {
  readonly store: SecondFactorStore;
  readonly keys: KeyRing;
  readonly clock: () => number;
}

/** Compares codes. */
export class SecondFactorCheck {
  readonly #deps: SecondFactorCheckDependencies;

  constructor(deps: SecondFactorCheckDependencies) {
    this.#deps = deps;
  }

  /** Takes a code of a person whose password is right; throws `second-factor-needed` when there is none and it is needed. */
  async take(userId: string, code: string | undefined): Promise<CodeCheck> {
    const factor = await this.#deps.store.find(userId);
    if (factor?.confirmedAt === undefined) return { isPassed: true, factorId: undefined };
    if (code === undefined || code.trim() === '') throw needed();
    return (await this.#isTaken(factor, code))
      ? { isPassed: true, factorId: factor.id }
      : { isPassed: false };
  }

  /** Returns the time step that a code of the authenticator app is of now; undefined when it is of none. */
  stepOf(factor: SecondFactor, code: string): number | undefined {
    const digits = code.replaceAll(/\s/g, '');
    return DIGITS.test(digits) ? stepOfCode(this.#secretOf(factor), digits, this.#deps.clock()) : undefined;
  }

  /** Returns the secret as the person's row keeps it; it opens for no other row. */
  seal(secret: string, factor: Pick<SecondFactor, 'id' | 'userId'>): SealedSecret {
    return this.#deps.keys.seal(secret, boundTo(factor));
  }

  async #isTaken(factor: SecondFactor, code: string): Promise<boolean> {
    const { store, clock } = this.#deps;
    const step = this.stepOf(factor, code);
    if (step !== undefined) return store.takeStep(factor.id, step, clock());
    return store.takeRecoveryCode(factor.id, hashOfRecoveryCode(code), clock());
  }

  #secretOf(factor: SecondFactor): string {
    return this.#deps.keys.open(factor.secret, boundTo(factor));
  }
}

/** Returns what a secret is bound to. */
export function boundTo({ id, userId }: Pick<SecondFactor, 'id' | 'userId'>): string {
  return `second_factors ${id} ${userId}`;
}

/** The answer to a code that is wrong, or was used before. */
export function secondFactorWrong(): Problem {
  return new Problem('second-factor-wrong', 'The code is wrong, or was used before.', {
    errors: [{ pointer: '/code', detail: 'is not a code of your second factor' }],
  });
}

function needed(): Problem {
  return new Problem(
    'second-factor-needed',
    'This person signs in with a second factor, and no code was sent.',
    {
      errors: [{ pointer: '/code', detail: 'is needed' }],
    },
  );
}
