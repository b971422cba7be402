/** A hold: what an administrator asked for stays until an administrator lifts it, whatever its owner does and whichever copy of the server runs. */

import { Problem } from '../../core/shared/problem.ts';
import type { StopMode } from '../../core/domain/strategy-lifecycle.ts';

/** Since when (UTC ms), and why as far as it was said. The journal has who. */
export interface Hold {
  readonly at: number;
  readonly reason: string | undefined;
}

/** An account that is held takes no new exposure. */
export interface AccountHold extends Hold {
  /** Whether a kill was asked for that no copy of the server has begun. */
  readonly isKillDue: boolean;
}

/** A strategy that is held does not run. */
export interface StrategyHold extends Hold {
  /** How it is to be stopped, if no copy of the server has begun to. */
  readonly stopDue: StopMode | undefined;
}

/** Returns why an account is halted that an administrator holds. */
export function heldText(reason: string | undefined): string {
  const halted = 'Account halted: by an administrator';
  return reason === undefined ? halted : `${halted}: ${reason}`;
}

/** Throws the problem `held-by-administrator` when there is a hold. */
export function assertNotHeld(what: 'account' | 'strategy', hold: Hold | undefined): void {
  if (!hold) return;
  const did = what === 'account' ? 'halted the account' : 'stopped the strategy';
  const why = hold.reason === undefined ? '' : ` (${hold.reason})`;
  throw new Problem('held-by-administrator', `An administrator ${did}${why}, and must lift that first.`);
}
