/** Stops a run that would remove what is still needed, or that needs a contract which may not run yet. */
import { MigratorFailure } from '../../failure.ts';
import { isFresh } from '../state/migration-state.ts';
import { contractObstacles, leftoversOf } from './contract-gate.ts';
import { missingRequirements } from './migration-plan.ts';
import type { Leftovers } from './contract-gate.ts';
import type { ManifestEntry } from '../state/manifest.ts';
import type { MigrationState } from '../state/migration-state.ts';
import type { Query } from '../connect/query.ts';

/** A contract that may not run, and what prevents it. */
export interface BlockedContract {
  readonly entry: ManifestEntry;
  readonly obstacles: readonly string[];
}

/** Returns the planned contracts with an obstacle that nothing before them in the plan removes. */
export async function blockedContracts(
  query: Query,
  state: MigrationState,
  plan: readonly ManifestEntry[],
  leftovers: Leftovers,
): Promise<BlockedContract[]> {
  const blocked: BlockedContract[] = [];
  if (isFresh(state)) return blocked;
  for (const [position, entry] of plan.entries()) {
    if (entry.phase !== 'contract') continue;
    const before = plan.slice(0, position).map(({ name }) => name);
    const requires = missingRequirements(state, entry, before);
    // What runs before it may ask for its backfills.
    const later = position === 0 ? {} : { backfills: [] };
    const obstacles = await contractObstacles(query, { ...entry, requires, ...later }, leftovers);
    if (obstacles.length > 0) blocked.push({ entry, obstacles });
  }
  return blocked;
}

/** Sorts contracts that are asked for together: one that may run does not prevent those after it. */
export async function judgeContracts(
  query: Query,
  state: MigrationState,
  contracts: readonly ManifestEntry[],
  leftovers: Leftovers,
): Promise<{ readonly free: readonly ManifestEntry[]; readonly blocked: readonly BlockedContract[] }> {
  const free: ManifestEntry[] = [];
  const blocked: BlockedContract[] = [];
  for (const entry of contracts) {
    const done = free.map(({ name }) => name);
    const requires = missingRequirements(state, entry, done);
    // A contract stands on what was expanded before it.
    const before = state.pending
      .filter(({ name, phase }) => phase !== 'contract' && name < entry.name)
      .map(({ name }) => `${name} comes before it and is not applied: run "manage db migrate"`);
    const obstacles = [...before, ...(await contractObstacles(query, { ...entry, requires }, leftovers))];
    if (obstacles.length === 0) free.push(entry);
    else blocked.push({ entry, obstacles });
  }
  return { free, blocked };
}

/** Throws `contract-refused` when there is one among contracts that were asked for. */
export async function refuseContracts(
  query: Query,
  state: MigrationState,
  plan: readonly ManifestEntry[],
): Promise<void> {
  if (plan.every(({ phase }) => phase !== 'contract')) return;
  const [first] = await blockedContracts(query, state, plan, await leftoversOf(query));
  if (first !== undefined) throw refusal(first.entry, first.obstacles, 'Nothing was done.');
}

/** Returns the failure of a run that was asked for this contract. `left` says what stays of the run. */
export function refusal(
  { name }: ManifestEntry,
  obstacles: readonly string[],
  left: string,
): MigratorFailure {
  return new MigratorFailure(
    'contract-refused',
    `${name} removes what is still needed: ${obstacles.join('; ')}. ${left}`,
    { migration: name, obstacles },
  );
}

/** Returns the failure of a run that cannot go past `next`, because that requires the contract. */
export function blockade(
  next: ManifestEntry,
  { entry: { name }, obstacles }: BlockedContract,
  left: string,
): MigratorFailure {
  return new MigratorFailure(
    'contract-refused',
    `This version needs ${next.name}, which requires the contract ${name}, and that would remove what is still needed: ` +
      `${obstacles.join('; ')}. ${left} ${wayOut(obstacles)}`,
    { migration: name, obstacles, requiredBy: next.name, isHeldByCopies: obstacles.every(isCopy) },
  );
}

/** A copy that ends is no obstacle any more; what was paused is continued by the person who paused it. */
function wayOut(obstacles: readonly string[]): string {
  const [paused] = obstacles.flatMap((sentence) => /^backfill (\S+) is paused/.exec(sentence)?.[1] ?? []);
  const hasCopies = obstacles.some(isCopy);
  const stop = hasCopies ? 'Stop those copies (one that was killed is in the way for two minutes). ' : '';
  if (paused !== undefined)
    return `${stop}Run "manage db backfill resume ${paused}"; the next start of this version continues from here.`;
  return `${stop}${hasCopies ? 'Then start' : 'When that is fixed, start'} this version again, or run "manage db migrate": either continues from here.`;
}

function isCopy(obstacle: string): boolean {
  return obstacle.startsWith('the server at ');
}
