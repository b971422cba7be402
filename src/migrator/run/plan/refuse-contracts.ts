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

/** Contracts by whether they may run now. */
export interface JudgedContracts {
  readonly free: readonly ManifestEntry[];
  readonly blocked: readonly BlockedContract[];
}

/** Judges the contracts of a plan, each as if all before it that may run had run. In a first run all may. */
export async function judgeContracts(
  query: Query,
  state: MigrationState,
  plan: readonly ManifestEntry[],
  leftovers: Leftovers,
): Promise<JudgedContracts> {
  const done: ManifestEntry[] = [];
  const blocked: BlockedContract[] = [];
  for (const entry of plan) {
    const obstacles =
      entry.phase === 'contract' && !isFresh(state)
        ? await obstaclesAfter(query, state, entry, { done, leftovers })
        : [];
    if (obstacles.length === 0) done.push(entry);
    else blocked.push({ entry, obstacles });
  }
  return { free: done.filter(({ phase }) => phase === 'contract'), blocked };
}

async function obstaclesAfter(
  query: Query,
  state: MigrationState,
  entry: ManifestEntry,
  { done, leftovers }: { readonly done: readonly ManifestEntry[]; readonly leftovers: Leftovers },
): Promise<string[]> {
  const names = done.map(({ name }) => name);
  const requires = missingRequirements(state, entry, names);
  // A contract stands on what was expanded before it.
  const before = state.pending
    .filter(({ name, phase }) => phase !== 'contract' && name < entry.name && !names.includes(name))
    .map(({ name }) => `${name} comes before it and is not applied: run "manage db migrate"`);
  // What runs before it may ask for its backfills.
  const later = done.some(({ phase }) => phase !== 'contract') ? { backfills: [] } : {};
  return [...before, ...(await contractObstacles(query, { ...entry, requires, ...later }, leftovers))];
}

/** Throws `contract-refused` when there is one among contracts that were asked for. */
export async function refuseContracts(
  query: Query,
  state: MigrationState,
  plan: readonly ManifestEntry[],
): Promise<void> {
  if (plan.every(({ phase }) => phase !== 'contract')) return;
  const [first] = (await judgeContracts(query, state, plan, await leftoversOf(query))).blocked;
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
