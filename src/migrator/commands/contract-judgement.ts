/** Which contracts may run, in which order, and what stands in the way of the others. */
import { contractObstacles, leftoversOf } from '../run/plan/contract-gate.ts';
import { missingRequirements } from '../run/plan/migration-plan.ts';
import { openContracts } from '../run/state/migration-state.ts';
import { pause } from '../run/connect/pause.ts';
import { resolveNames } from '../run/state/selection.ts';
import { misuse } from './io.ts';
import { findMigration } from './migration-names.ts';
import type { ManifestEntry } from '../run/state/manifest.ts';
import type { MigrationState } from '../run/state/migration-state.ts';
import type { Migrator } from '../run/migrator.ts';
import type { Query } from '../run/connect/query.ts';
import type { CommandIo } from './io.ts';

export interface ContractJudgement {
  readonly name: string;
  /** Empty when it may run. */
  readonly obstacles: readonly string[];
}

const LOOK_EVERY_MS = 1_000;

/** Judges those that wait, or of them those named. MigratorFailure `command-invalid` for a name that is no contract. */
export async function judgeContracts(
  migrator: Migrator,
  query: Query,
  names: readonly string[],
): Promise<ContractJudgement[]> {
  const state = await migrator.state();
  const judgements: ContractJudgement[] = [];
  const leftovers = await leftoversOf(query);
  for (const entry of select(state, names)) {
    const free = judgements.filter(({ obstacles }) => obstacles.length === 0).map(({ name }) => name);
    // What runs just before it is not in its way.
    const requires = missingRequirements(state, entry, free);
    const obstacles = [
      ...pendingBefore(state, entry),
      ...(await contractObstacles(query, { ...entry, requires }, leftovers)),
    ];
    judgements.push({ name: entry.name, obstacles });
  }
  return judgements;
}

/** Looks again every second until all may run or the time is over, and returns what it saw last. */
export async function waitForContracts(
  look: () => Promise<ContractJudgement[]>,
  { waitMs, signal, io }: { readonly waitMs: number; readonly signal: AbortSignal; readonly io: CommandIo },
): Promise<ContractJudgement[]> {
  const giveUpAt = performance.now() + waitMs;
  let isTold = false;
  for (;;) {
    const judgements = await look();
    const obstacles = judgements.flatMap((each) => each.obstacles);
    if (obstacles.length === 0 || performance.now() >= giveUpAt) return judgements;
    if (!isTold) io.stderr.write(`Waiting: ${obstacles.join('; ')}.\n`);
    isTold = true;
    await pause(LOOK_EVERY_MS, signal);
  }
}

function select(state: MigrationState, names: readonly string[]): ManifestEntry[] {
  const waiting = openContracts(state);
  if (names.length === 0) return [...waiting];
  const { migrations } = state.manifest;
  const known = migrations.map(({ name }) => name);
  const wanted = names.flatMap((name) => {
    const named = resolveNames(known, findMigration(known, name));
    const meant = migrations.filter((entry) => named.includes(entry.name));
    const contracts = meant.filter(({ phase }) => phase === 'contract');
    if (contracts.length > 0) return contracts.map((entry) => entry.name);
    throw misuse(
      `Nothing was done: ${named.join(', ')} is no contract but ${meant[0]?.phase}; manage db migrate applies it.`,
    );
  });
  return waiting.filter(({ name }) => wanted.includes(name));
}

/** A contract stands on what was expanded before it. */
function pendingBefore(state: MigrationState, entry: ManifestEntry): string[] {
  return state.pending
    .filter(({ name, phase }) => phase !== 'contract' && name < entry.name)
    .map(({ name }) => `${name} comes before it and is not applied: run "manage db migrate"`);
}
