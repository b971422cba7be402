/** A migration's turn in a run: a contract is judged when all before it is done, and may have to wait. */
import { MigratorFailure } from '../../failure.ts';
import { closeFence, confirmLock } from '../session/migration-lock.ts';
import { pendingRequirements } from '../state/required.ts';
import { isFresh, waitingContracts } from '../state/migration-state.ts';
import { contractObstacles, leftoversOf } from './contract-gate.ts';
import { BackfillStore } from '../../upkeep/backfills/backfill-store.ts';
import { finishBackfill } from '../../upkeep/backfills/finish-backfill.ts';
import { blockade, refusal } from './refuse-contracts.ts';
import type { Query } from '../connect/query.ts';
import type { MigratorSettings } from '../migrator-settings.ts';
import type { FinishParts } from '../../upkeep/backfills/finish-backfill.ts';
import type { BlockedContract } from './refuse-contracts.ts';
import type { Session } from '../session/session.ts';
import type { ManifestEntry } from '../state/manifest.ts';
import type { MigrationState } from '../state/migration-state.ts';

/** What a run began with, and what it has left out so far. */
export interface Turns {
  readonly state: MigrationState;
  /** Whether it does all that is due, and not what was asked for by name. */
  readonly isPlain: boolean;
  readonly blocked: BlockedContract[];
}

/**
 * Whether the migration at hand may run now. MigratorFailure `contract-refused` for a contract that was asked for, and for what
 * cannot run without one that has to wait: what comes after it was made on top of it, so the run ends there.
 */
export async function takeTurn(
  { current, done }: Pick<Session, 'current' | 'done'>,
  turns: Turns,
  parts: FinishParts,
): Promise<boolean> {
  if (current === undefined || isFresh(turns.state)) return true;
  const { entry } = current;
  const left = leftText(done.map(({ name }) => name));
  const before = turns.blocked.find((each) => pendingRequirements([each.entry], entry).length > 0);
  if (before !== undefined && entry.phase !== 'contract') throw blockade(entry, before, left);
  if (entry.phase !== 'contract') return true;
  const obstacles = before?.obstacles ?? (await openGate(entry, turns, parts));
  if (obstacles.length === 0) return true;
  if (!turns.isPlain) throw refusal(entry, obstacles, left);
  turns.blocked.push({ entry, obstacles });
  parts.log.info({ contract: entry.name, obstacles }, 'a contract waits');
  return false;
}

/**
 * Whether the run continues although this migration failed: a contract that was not asked for by name, and that nothing else which is
 * pending requires, waits for another start. What this version needs is there without it.
 */
export async function canDoWithout(
  entry: ManifestEntry,
  turns: Turns,
  error: unknown,
  { query, settings: { log, signal } }: { readonly query: Query; readonly settings: MigratorSettings },
): Promise<boolean> {
  if (!(error instanceof MigratorFailure) || signal?.aborted === true) return false;
  // A first run includes its contracts: no copy serves a schema whose contracts may still run by themselves.
  if (isFresh(turns.state) || !turns.isPlain || !isOptional(entry, turns)) return false;
  // Without the lock another process may migrate by now.
  const isLockHeld = await confirmLock(query).then(
    () => true,
    () => false,
  );
  if (!isLockHeld) return false;
  log.warn(
    { contract: entry.name, reason: error.message },
    'a contract that can wait failed; it is left out',
  );
  turns.blocked.push({ entry, obstacles: [error.message] });
  return true;
}

/**
 * Removes the obstacles that this run can remove, and returns the rest. From the last check on, no copy of the server begins to serve unseen
 * until the session ends: those that start wait for it.
 */
async function openGate(entry: ManifestEntry, turns: Turns, parts: FinishParts): Promise<readonly string[]> {
  const { query, signal } = parts;
  const judge = (leftovers: 'wait' | 'finish') =>
    contractObstacles(query, { ...entry, requires: [] }, leftovers);
  const leftovers = await leftoversFor(entry, turns, parts);
  const obstacles = await judge(leftovers);
  if (obstacles.length > 0) return obstacles;
  for (const name of leftovers === 'finish' ? (entry.backfills ?? []) : []) {
    // Its cause may be gone.
    await new BackfillStore(query).retry(name);
    await finishBackfill(name, parts);
  }
  await closeFence(query, signal);
  return judge('wait');
}

/** Nothing continues without a contract that is required, so the run does its backfills; one that is not can wait for a server to. */
async function leftoversFor(entry: ManifestEntry, turns: Turns, { query }: FinishParts) {
  if (!turns.isPlain) return leftoversOf(query);
  return isOptional(entry, turns) ? 'wait' : 'finish';
}

function isOptional(entry: ManifestEntry, { state }: Turns): boolean {
  return waitingContracts(state).some(({ name }) => name === entry.name);
}

function leftText(done: readonly string[]): string {
  return done.length === 0 ? 'Nothing was done.' : `What was applied before it stays: ${done.join(', ')}.`;
}
