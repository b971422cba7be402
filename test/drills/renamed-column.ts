/**
 * The change that the drill deploys: `strategies.name`, which every other request reads or writes, becomes `strategies.title`.
 *
 * N     reads and writes `name`.
 * N+1   brings the new column, the trigger that keeps both in step and the backfill of the rows there are; still uses `name`.
 * N+2   reads and writes `title`, requires it, and brings the contract that takes `name` away when no N+1 runs any more.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeVersion, replaceIn, writeManifestOf } from './version-folder.ts';
import type { Version } from './version-folder.ts';

export const TABLE = 'strategies';
export const OLD_COLUMN = 'name';
export const NEW_COLUMN = 'title';
/** As the recipe names it. */
export const BACKFILL = `${TABLE}.${NEW_COLUMN}`;
const CONTRACT = 'Migration20990101000005_strategy_title_contract';

/** The three versions, in the order in which they are deployed. */
export interface Versions {
  readonly before: Version;
  readonly expanded: Version;
  readonly contracted: Version;
}

/** Makes the versions in a folder, from the sources of this checkout. */
export async function makeVersions(folder: string): Promise<Versions> {
  const before = await makeVersion('N', join(folder, 'n'));
  return { before, ...(await makeLaterVersions(folder)) };
}

/** Makes those after the first, which has the sources of this checkout as they are. */
export async function makeLaterVersions(folder: string): Promise<Omit<Versions, 'before'>> {
  const expanded = await makeVersion('N+1', join(folder, 'n1'));
  await setVersion(expanded, '2099.1.0');
  await writeMigrations(expanded, EXPANDING);
  const contracted = await makeVersion('N+2', join(folder, 'n2'), expanded.folder);
  await setVersion(contracted, '2099.2.0');
  await writeMigrations(contracted, CONTRACTING);
  await useNewColumn(contracted);
  return { expanded, contracted };
}

/** What N+2 changes in the code: the record's property, and the store's two writes and one read. */
async function useNewColumn(version: Version): Promise<void> {
  await replaceIn(version, 'src/entities/strategy.ts', {
    'name: p.string().length(100),': 'title: p.string().length(100),',
  });
  await replaceIn(version, 'src/trading/strategies/strategy-store.ts', {
    'name: strategy.name,': 'title: strategy.name,',
    'strategy.name = changes.name': 'strategy.title = changes.name',
    'name: row.name,': 'name: row.title,',
  });
}

async function setVersion(version: Version, number: string): Promise<void> {
  const path = join(version.folder, 'package.json');
  const packageFile = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
  await writeFile(path, JSON.stringify({ ...packageFile, version: number }));
}

async function writeMigrations(
  version: Version,
  sources: Readonly<Record<string, MigrationParts>>,
): Promise<void> {
  for (const [name, parts] of Object.entries(sources))
    await writeFile(join(version.folder, 'src/migrations', `${name}.ts`), migrationText(name, parts));
  await writeManifestOf(version);
}

interface MigrationParts {
  readonly phase: 'expand' | 'contract';
  /** Which step of which recipe. */
  readonly step: string;
  readonly statics?: string;
}

const EXPANDING: Readonly<Record<string, MigrationParts>> = {
  Migration20990101000001_strategy_title: { phase: 'expand', step: 'rename.expand' },
};

const CONTRACTING: Readonly<Record<string, MigrationParts>> = {
  Migration20990101000002_strategy_title_check: { phase: 'expand', step: 'required.check' },
  Migration20990101000003_strategy_title_validate: { phase: 'expand', step: 'required.validate' },
  Migration20990101000004_strategy_title_required: { phase: 'expand', step: 'required.finish' },
  [CONTRACT]: {
    phase: 'contract',
    step: 'rename.contract',
    statics: `\n  static override readonly backfills = ['${BACKFILL}'];`,
  },
};

/** A migration as a person writes it with the project's recipes. */
function migrationText(name: string, { phase, step, statics = '' }: MigrationParts): string {
  const isRename = step.startsWith('rename.');
  const recipe = isRename
    ? `import { renameColumnOnline } from '../migrator/recipes.ts';

const rename = renameColumnOnline({
  table: '${TABLE}', column: '${OLD_COLUMN}', newName: '${NEW_COLUMN}', type: 'varchar(100)', isRequired: true,
});`
    : `import { setNotNullOnline } from '../migrator/recipes.ts';

const required = setNotNullOnline({ table: '${TABLE}', column: '${NEW_COLUMN}' });`;
  return `import { Migration } from '../migrator/recipes.ts';
${recipe}

export class ${name} extends Migration {
  override name = '${name}';
  static override readonly phase = '${phase}';${statics}

  override up(): void {
    this.addAll(${step}.up);
  }

  override down(): void {
    this.addAll(${step}.down);
  }
}
`;
}
