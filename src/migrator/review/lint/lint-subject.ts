/** What the rules look at: each migration with its SQL read, and which tables are new to it. */
import { readFile } from 'node:fs/promises';
import { readSnapshot } from '../../author/make/snapshot.ts';
import { loadMigrations } from '../../run/state/load-migrations.ts';
import { hasDown } from '../../run/migration.ts';
import { renderSql } from '../../run/execute/render-sql.ts';
import { resolveNames } from '../../run/state/selection.ts';
import { KnownSchema } from '../sql/known-schema.ts';
import { readStatements } from '../sql/read-statements.ts';
import type { LoadedMigration } from '../../run/state/load-migrations.ts';
import type { BaseManifest } from './base-manifest.ts';
import type { Statement } from '../sql/action.ts';

/** One migration as the rules see it. */
export interface LintSubject {
  readonly migration: LoadedMigration;
  /** The file's text without its comments. */
  readonly code: string;
  /** Empty for one that asks the database while it runs. */
  readonly up: readonly Statement[];
  readonly down: readonly Statement[];
  /** Whether `up` asks the database while it runs: its SQL is known only then. */
  readonly isDynamic: boolean;
  /** Whether others have it already, so that it must stay as it is. */
  readonly isMerged: boolean;
  readonly isLinted: boolean;
  /** Tables that are not in use yet: made by this migration, by a step before it in its file, or by one before it that is not merged either. */
  readonly newTables: ReadonlySet<string>;
  /** Likewise columns of other tables, each as `table.column`. */
  readonly newColumns: ReadonlySet<string>;
  /** The schema that the migrations before it make. */
  readonly before: KnownSchema;
}

/** The folder as the rules see it. */
export interface LintContext {
  readonly subjects: readonly LintSubject[];
  readonly base: BaseManifest | undefined;
  /** The columns of the records by table. */
  readonly recordColumns: ReadonlyMap<string, ReadonlySet<string>>;
}

/** One violation, in a sentence that names the table or column. */
export interface Breach {
  readonly message: string;
  readonly statement?: string;
  /** In place of what the rule says to do. */
  readonly help?: string;
}

/** A rule: its reason and what to do instead, for the author who broke it. */
export interface Rule {
  readonly name: string;
  readonly help: string;
  /** `warning` where the file alone does not show it. */
  readonly severity?: 'warning';
  find(subject: LintSubject, context: LintContext): readonly Breach[];
}

export interface LintSelection {
  readonly folder: string;
  /** Lint these; what is not in the base when left out. */
  readonly names?: readonly string[] | undefined;
  /** What is merged. Without it nothing is, except what is not among the names. */
  readonly baseManifest?: BaseManifest | undefined;
}

/** Reads the whole folder, because a rule may ask what stands in other migrations. MigratorFailure `command-invalid` for unknown names. */
export async function readLintContext({ folder, names, baseManifest }: LintSelection): Promise<LintContext> {
  const loaded = await loadMigrations(folder);
  const all = loaded.map(({ name }) => name);
  const wanted = names?.flatMap((name) => resolveNames(all, name));
  const inBase = new Set(baseManifest?.migrations.map(({ name }) => name));
  const isInBase = (name: string): boolean => inBase.has(name);
  const isLinted = (name: string): boolean => wanted?.includes(name) ?? !isInBase(name);
  const isMerged = (name: string): boolean => (baseManifest === undefined ? !isLinted(name) : isInBase(name));
  const subjects: LintSubject[] = [];
  const schema = new KnownSchema();
  let unmerged: Made = { tables: [], columns: [] };
  let ofFile = unmerged;
  let path: string | undefined;
  for (const migration of loaded) {
    const sql = await readSql(migration);
    const merged = isMerged(migration.name);
    const own = madeBy(sql.up);
    ofFile = migration.path === path ? together(ofFile, own) : own;
    path = migration.path;
    if (!merged) unmerged = together(unmerged, own);
    const { tables, columns } = merged ? ofFile : unmerged;
    subjects.push({
      ...sql,
      migration,
      isMerged: merged,
      isLinted: isLinted(migration.name),
      newTables: new Set(tables),
      newColumns: new Set(columns),
      before: schema.copy(),
    });
    for (const statement of sql.up) schema.apply(statement);
  }
  const { tables } = await readSnapshot(folder);
  const recordColumns = new Map(tables.map(({ name, columns }) => [name, new Set(Object.keys(columns))]));
  return { subjects, base: baseManifest, recordColumns };
}

interface Made {
  readonly tables: readonly string[];
  readonly columns: readonly string[];
}

function together(earlier: Made, later: Made): Made {
  return {
    tables: [...earlier.tables, ...later.tables],
    columns: [...earlier.columns, ...later.columns],
  };
}

function madeBy(statements: readonly Statement[]): Made {
  const actions = statements.flatMap((statement) => statement.actions);
  return {
    tables: actions.flatMap((action) => (action.does === 'create-table' ? action.table : [])),
    columns: actions.flatMap((action) =>
      action.does === 'add-column' ? `${action.table}.${action.column.name}` : [],
    ),
  };
}

async function readSql(migration: LoadedMigration) {
  const up = await renderSql(migration, 'up');
  const down = hasDown(migration.migrationClass) ? await renderSql(migration, 'down') : [];
  return {
    code: codeWithoutComments(await readFile(migration.path, 'utf8')),
    up: await readStatements(up ?? []),
    down: await readStatements(down ?? []),
    isDynamic: up === undefined || down === undefined,
  };
}

/** Strings before comments, because a string may hold what looks like a comment. */
const STRING_OR_COMMENT = /(["'])(?:(?!\1)[^\\\n]|\\[^])*\1|`(?:[^`\\]|\\[^])*`|\/\/[^\n]*|\/\*[^]*?\*\//g;

function codeWithoutComments(source: string): string {
  return source.replaceAll(STRING_OR_COMMENT, (found) => (/^\/[/*]/.test(found) ? ' ' : found));
}
