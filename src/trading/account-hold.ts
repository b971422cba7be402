/** Halts of an account by hand, and what an administrator asked for: done at a start, or while the account runs. */

import { heldText } from './administration/hold.ts';
import type { AccountHold } from './administration/hold.ts';
import type { LiveAccountParts } from './live-account-parts.ts';

/** Why an account is halted that its owner halted. */
export const HALTED_BY_OWNER = 'Account halted: by its owner';

type HaltParts = Pick<LiveAccountParts, 'engine' | 'loop' | 'status' | 'memory' | 'kill'>;

/** Halts the account: no new exposure from now on; closing stays allowed. */
export async function haltAccount({ loop, status, memory }: HaltParts, reason: string): Promise<void> {
  // Recorded first: a crash in between must not forget it.
  await loop.askInOneTurn(async (step) => {
    await status.record('halted', reason);
    await step({ type: 'halt' });
  });
  // What a person was answered must outlive a crash, also while no price moves.
  await loop.whenStill(() => memory.save());
}

/** Does what an administrator asked for, as far as it is not done. */
export async function enforceHold(parts: HaltParts, hold: AccountHold): Promise<void> {
  const { engine, status, kill } = parts;
  if (hold.isKillDue) await kill.begin();
  if (!engine.isHaltedByPerson || !status.isHalted) await haltAccount(parts, heldText(hold.reason));
}
