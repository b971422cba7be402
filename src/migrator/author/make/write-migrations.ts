/** Writes migrations into their folder: proper names, and the manifest that lists them. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MigratorFailure } from '../../failure.ts';
import { MOST_STEPS, stepName } from '../../run/state/entry-name.ts';
import { listMigrationFiles } from '../../run/state/load-migrations.ts';
import { manifestFaults, missingFiles, readManifest, writeManifest } from '../../run/state/manifest.ts';
import { goneText } from './check-migrations.ts';
import { contractsBefore, readContracts } from './earlier-contracts.ts';
import { migrationSource } from './migration-source.ts';
import { nextTimestamps } from './timestamps.ts';
import type { Phase } from '../../run/migration.ts';
import type { Draft } from './draft.ts';
import type { StepText } from './migration-source.ts';

export interface WriteRequest {
  readonly folder: string;
  /** The migrations that are there: {@link namesInOrder}. */
  readonly known: readonly string[];
  readonly name: string | undefined;
  readonly drafts: readonly Draft[];
  /** When they are made. */
  readonly nowAt: number;
}

const STANDS_ON_CONTRACT =
  'It changes what a contract before it changes, so that one runs first: at a start too, without a question.';

/** A migration's file, with its steps under the names that they have for the migrator. */
export interface WrittenMigration {
  readonly name: string;
  readonly path: string;
  readonly source: string;
  readonly steps: readonly WrittenStep[];
}

export interface WrittenStep {
  readonly name: string;
  readonly phase: Phase;
  readonly note: string;
}

/**
 * Returns what the files would be, without writing them: one for a change, unless that takes more steps than a file holds.
 * MigratorFailure `command-invalid` when the name is no good.
 */
export async function composeMigrations(request: WriteRequest): Promise<WrittenMigration[]> {
  const { folder, known, nowAt } = request;
  const words = requireName(request.name);
  const contracts = await readContracts(folder);
  const steps = await Promise.all(
    request.drafts.map(async (draft) => standingOn(draft, await contractsBefore(draft, contracts))),
  );
  const files = chunksOf(steps, MOST_STEPS);
  const timestamps = nextTimestamps(known, files.length, nowAt);
  const names = files.map((_, index) => {
    const ordinal = index === 0 ? '' : `_${index + 1}`;
    return `Migration${timestamps[index]}_${words}${ordinal}`;
  });
  return files.map((inFile, index) => {
    const [name = '', before] = [names[index], names[index - 1]];
    const written = before === undefined ? inFile : afterFile(stepName(before, MOST_STEPS), inFile);
    const entries = written.map(({ phase, note }, position) => ({
      name: written.length === 1 ? name : stepName(name, position + 1),
      phase,
      note,
    }));
    const source = migrationSource({ name, folder, steps: written });
    return { name, path: join(folder, `${name}.ts`), source, steps: entries };
  });
}

/** A database may still wait for what the step stands on. */
function standingOn(draft: Draft, requires: readonly string[]): StepText {
  return requires.length === 0 ? draft : { ...draft, note: `${draft.note} ${STANDS_ON_CONTRACT}`, requires };
}

/** Contracts are started by hand: the first one of a file goes after the last step of the file before. */
function afterFile(last: string, steps: readonly StepText[]): StepText[] {
  const first = steps.findIndex(({ phase }) => phase === 'contract');
  return steps.map((step, index) =>
    index === first ? { ...step, requires: [...(step.requires ?? []), last] } : step,
  );
}

function chunksOf<Item>(items: readonly Item[], size: number): (readonly Item[])[] {
  const count = Math.ceil(items.length / size);
  return Array.from({ length: count }, (_, index) => items.slice(index * size, (index + 1) * size));
}

/** Writes the files and the manifest. */
export async function writeMigrations(
  folder: string,
  migrations: readonly WrittenMigration[],
): Promise<void> {
  for (const { path, source } of migrations) await writeFile(path, source, { flag: 'wx' });
  await writeManifest(folder);
}

/** Returns the name. MigratorFailure `command-invalid` for one that would say nothing in a list of forty. */
export function requireName(name: string | undefined): string {
  if (name !== undefined && /^[a-z][a-z0-9_]*$/.test(name)) return name;
  throw new MigratorFailure(
    'command-invalid',
    `A migration needs a name in snake case, such as --name add_order_note; it was ${name ?? 'left out'}`,
  );
}

/** Returns the migrations of a folder. MigratorFailure `command-invalid` when it is not in order: a manifest that is made again over a fault would hide it. */
export async function namesInOrder(folder: string): Promise<string[]> {
  const files = await listMigrationFiles(folder);
  if (files.length === 0) return [];
  const manifest = await readManifest(folder);
  const missing = missingFiles(manifest, files);
  if (missing.length > 0)
    throw new MigratorFailure('command-invalid', `Nothing was written: ${goneText(missing)}`);
  const faults = manifestFaults(manifest, files);
  if (faults.length === 0) return files.map(({ name }) => name);
  throw new MigratorFailure(
    'command-invalid',
    `Nothing was written: ${faults.join('; ')}. After a merge run "npm run db -- make --merge"; ` +
      'if only you have the migration, "npm run db -- check" signs it as it is.',
  );
}
