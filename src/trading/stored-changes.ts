/** What was stored for accounts that run here by requests to other copies of the server: limits, and what administrators asked for. */

import { Problem } from '../core/shared/problem.ts';
import type { StoredAccount } from './accounts/account-store.ts';
import type { LiveAccount } from './live-account.ts';
import type { LiveAccountDependencies } from './live-account-parts.ts';

type Dependencies = Pick<LiveAccountDependencies, 'strategies' | 'log'>;
type LiveById = ReadonlyMap<string, LiveAccount>;

/** Has the accounts that run here do and keep to what is stored. What fails is tried again the next time. */
export async function takeStoredChanges(
  accounts: readonly StoredAccount[],
  liveById: LiveById,
  dependencies: Dependencies,
): Promise<void> {
  await Promise.all(accounts.map((account) => takeChangesOf(account, liveById, dependencies)));
  for (const accountId of await dependencies.strategies.accountsWithStopDue()) {
    const live = liveById.get(accountId);
    await live?.strategies.stopWhatIsDue().catch((error: unknown) => notDone(accountId, error, dependencies));
  }
}

async function takeChangesOf(
  { id, limits, areLimitsReadable, hold }: StoredAccount,
  liveById: LiveById,
  dependencies: Dependencies,
): Promise<void> {
  const live = liveById.get(id);
  if (!live) return;
  if (hold) await live.enforce(hold).catch((error: unknown) => notDone(id, error, dependencies));
  // It keeps the limits that it has rather than lose one. One that stops at this moment reads them at its next start.
  if (areLimitsReadable && !live.hasLimits(limits)) await live.takeLimits().catch(() => undefined);
}

function notDone(accountId: string, error: unknown, { log }: Dependencies): void {
  // The account stops, or someone else stopped the strategy at this moment.
  if (error instanceof Problem) return;
  log.error({ accountId, err: error }, 'what an administrator asked for was not done; trying again');
}
