/** Folders of migrations that a test writes itself, inside the project so that their imports resolve. */
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { listMigrationFiles } from '../../src/migrator/run/state/load-migrations.ts';
import { writeManifest } from '../../src/migrator/run/state/manifest.ts';
import { project } from '../../src/server/schema.ts';

const MADE = join(import.meta.dirname, '../.made');

export interface MigrationFolder extends AsyncDisposable {
  readonly path: string;
  /** Writes or overwrites a migration; the manifest stays as it was until {@link writeManifest}. */
  write(name: string, source: string): Promise<void>;
  remove(name: string): Promise<void>;
  writeManifest(): Promise<void>;
}

/** Makes a folder with these migrations (name without `.ts` to source) and their manifest. */
export async function makeMigrationFolder(
  sources: Readonly<Record<string, string>>,
): Promise<MigrationFolder> {
  const path = join(MADE, randomBytes(6).toString('hex'));
  await mkdir(path, { recursive: true });
  const folder: MigrationFolder = {
    path,
    write: (name, source) => writeFile(join(path, `${name}.ts`), source),
    remove: (name) => rm(join(path, `${name}.ts`)),
    writeManifest: async () => void (await writeManifest(path)),
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
  for (const [name, source] of Object.entries(sources)) await folder.write(name, source);
  await folder.writeManifest();
  return folder;
}

/** Returns the server's own migrations (name without `.ts` to source) for such a folder. */
export async function ownMigrations(): Promise<Readonly<Record<string, string>>> {
  const files = await listMigrationFiles(project.folder);
  const sources = files.map(async ({ name, path }) => {
    const source = await readFile(path, 'utf8');
    return [name, source.replaceAll(`'../migrator/`, `'../../../src/migrator/`)] as const;
  });
  return Object.fromEntries(await Promise.all(sources));
}

export interface MigrationText {
  readonly up: readonly string[];
  readonly down?: readonly string[];
  readonly phase?: 'expand' | 'data' | 'contract';
  /** Further statics, as they are written: `static override readonly transactional = false;`. */
  readonly statics?: readonly string[];
}

/** Returns the source of a migration that runs these statements. */
export function migrationSource({ up, down, phase = 'expand', statics = [] }: MigrationText): string {
  const body = (statements: readonly string[]): string =>
    statements.map((sql) => `    this.addSql(${JSON.stringify(sql)});\n`).join('');
  return `import { Migration } from '../../../src/migrator/recipes.ts';

export class TestMigration extends Migration {
  static override readonly phase = '${phase}';
${statics.map((line) => `  ${line}\n`).join('')}
  override up(): void {
${body(up)}  }
${down === undefined ? '' : `\n  override down(): void {\n${body(down)}  }\n`}}
`;
}

/** Returns the source of a migration with these steps, as they are written: `expand({ up: ['select 1'] })`. */
export function stepsSource(...steps: readonly string[]): string {
  return `import { contract, data, expand, Migration } from '../../../src/migrator/recipes.ts';

export class TestMigration extends Migration {
  static override readonly steps = [
${steps.map((step) => `    ${step},\n`).join('')}  ];
}
`;
}
