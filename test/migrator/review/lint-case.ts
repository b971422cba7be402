/** A folder with two tables that are in use, and one migration after it to lint. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { lintMigrations } from '../../../src/migrator/review/lint/lint-migrations.ts';
import { readManifest } from '../../../src/migrator/run/state/manifest.ts';
import { makeMigrationFolder, migrationSource } from '../../support/migration-folder.ts';
import type { LintFinding } from '../../../src/migrator/review/lint/lint-migrations.ts';
import type { MigrationText } from '../../support/migration-folder.ts';

const IN_USE = 'Migration20260101000001_in_use';
export const LINTED = 'Migration20260101000002_linted';

const inUse = migrationSource({
  up: [
    'create table customers (id int primary key, name text not null, nick text null)',
    'create table orders (id int primary key, customer_id int null, note varchar(20) null, total numeric(10,2) not null)',
    `create type mood as enum ('good', 'bad')`,
  ],
  down: ['drop table orders', 'drop table customers', 'drop type mood'],
});

export interface LintCase {
  readonly name?: string;
  /** Further migrations, of the same release. */
  readonly others?: Readonly<Record<string, string>>;
  /** Columns that the records have, by table. */
  readonly records?: Readonly<Record<string, readonly string[]>>;
}

/** Lints one migration, of which the tables in use are merged. */
export async function lint(source: string | MigrationText, about: LintCase = {}): Promise<LintFinding[]> {
  const { name = LINTED, others = {}, records } = about;
  const text = typeof source === 'string' ? source : migrationSource(source);
  await using folder = await makeMigrationFolder({ [IN_USE]: inUse });
  const base = [{ name: IN_USE, checksum: await checksumOf(folder.path) }];
  for (const [other, otherSource] of Object.entries({ [name]: text, ...others }))
    await folder.write(other, otherSource);
  if (records !== undefined) await writeFile(join(folder.path, '.snapshot.json'), snapshot(records));
  return await lintMigrations({ folder: folder.path, names: [name], baseManifest: { migrations: base } });
}

/** Returns the names of the rules that were broken, each once. */
export function rulesOf(findings: readonly LintFinding[]): string[] {
  return [...new Set(findings.map(({ rule }) => rule))];
}

/** Returns the source of a migration whose `up` is this code. */
export function sourceWith(code: string, { imports = '' }: { readonly imports?: string } = {}): string {
  return `import { Migration } from '../../../src/migrator/recipes.ts';
${imports}
export class TestMigration extends Migration {
  static override readonly phase = 'expand';
  static override readonly irreversible = 'a test';

  override async up(): Promise<void> {
    ${code}
  }
}
`;
}

async function checksumOf(folder: string): Promise<string> {
  const [entry] = (await readManifest(folder)).migrations;
  return entry?.checksum ?? '';
}

function snapshot(records: Readonly<Record<string, readonly string[]>>): string {
  const tables = Object.entries(records).map(([name, columns]) => ({
    name,
    columns: Object.fromEntries(columns.map((column) => [column, { name: column, mappedType: 'string' }])),
    indexes: [],
    checks: [],
    foreignKeys: {},
  }));
  return JSON.stringify({ name: 'public', namespaces: [], tables });
}
