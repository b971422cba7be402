/** Writes migrations into their folder: proper names, one second each, and the manifest that lists them. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MigratorFailure } from '../../failure.ts';
import { listMigrationFiles } from '../../run/state/load-migrations.ts';
import { manifestFaults, readManifest, writeManifest } from '../../run/state/manifest.ts';
import { contractsBefore, readContracts } from './earlier-contracts.ts';
import { migrationSource } from './migration-source.ts';
import { nextTimestamps } from './timestamps.ts';
import type { Phase } from '../../run/migration.ts';
import type { MigrationParts } from '../../run/execute/render-sql.ts';
import type { Draft } from './draft.ts';

export interface WriteRequest {
  readonly folder: string;
  readonly name: string | undefined;
  readonly drafts: readonly Draft[];
  /** When they are made. */
  readonly nowAt: number;
  /** With which the SQL of earlier migrations is read. */
  readonly parts: MigrationParts;
}

const STANDS_ON_CONTRACT =
  'It changes what a contract before it changes, so it is refused until that has run.';

/** A migration's file. */
export interface WrittenMigration {
  readonly name: string;
  readonly path: string;
  readonly source: string;
  readonly phase: Phase;
  readonly note: string;
}

/** Returns what the files would be, without writing them. MigratorFailure `command-invalid` when the name is no good or the folder is not in order. */
export async function composeMigrations({
  folder,
  name,
  drafts,
  nowAt,
  parts,
}: WriteRequest): Promise<WrittenMigration[]> {
  const words = requireName(name);
  const known = await namesInOrder(folder);
  const timestamps = nextTimestamps(known, drafts.length, nowAt);
  const names = drafts.map(({ suffix }, index) => {
    const isNamed = drafts.length > 1 && suffix !== '';
    return `Migration${timestamps[index]}_${words}${isNamed ? `_${suffix}` : ''}`;
  });
  const contracts = await readContracts(folder, parts);
  return drafts.map((draft, index) => {
    const own = names[index] ?? '';
    const previous = names[index - 1];
    const earlier = contractsBefore(draft, contracts);
    const note = earlier.length === 0 ? draft.note : `${draft.note} ${STANDS_ON_CONTRACT}`;
    const requires = draft.needsPrevious && previous !== undefined ? [...earlier, previous] : earlier;
    const source = migrationSource({ ...draft, note, name: own, folder, requires });
    return { name: own, path: join(folder, `${own}.ts`), source, phase: draft.phase, note };
  });
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

/** A manifest that is made anew over a fault would hide it. */
async function namesInOrder(folder: string): Promise<string[]> {
  const files = await listMigrationFiles(folder);
  if (files.length === 0) return [];
  const faults = manifestFaults(await readManifest(folder), files);
  if (faults.length === 0) return files.map(({ name }) => name);
  throw new MigratorFailure(
    'command-invalid',
    `Nothing was written: ${faults.join('; ')}. After a merge run "npm run db -- make --merge"; ` +
      'if only you have the migration, "npm run db -- check" signs it as it is.',
  );
}
