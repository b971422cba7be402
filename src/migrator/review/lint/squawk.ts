/** The first layer of the linter: squawk, a linter for PostgreSQL's migrations, on the rendered SQL. */
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import Type from 'typebox';
import { Value } from 'typebox/value';
import { MigratorFailure } from '../../failure.ts';
import type { LintFinding } from './lint-finding.ts';
import { isProvenNotNull } from './proven-not-null.ts';
import type { LintSubject } from './lint-subject.ts';
import type { Statement } from '../sql/action.ts';

/** The oldest PostgreSQL that the server runs on: what is slow there counts. */
const OLDEST_POSTGRES = '16';

/** Rules of squawk that we do without, each with its reason. */
const EXCLUDED = [
  // The migrator gives the transaction and the time-outs.
  'prefer-robust-stmts',
  'require-lock-timeout',
  'require-statement-timeout',
  'require-timeout-settings',
  // Matters of taste: lengths are limits here, and most counts are small.
  'prefer-text-field',
  'prefer-bigint-over-int',
  'prefer-bigint-over-smallint',
  // Rules of our own say the same and know phases, releases and recipes.
  'renaming-column',
  'renaming-table',
  'ban-drop-column',
  'ban-drop-table',
  'adding-required-field',
  'ban-concurrent-index-creation-in-transaction',
];

/** The rules of squawk 2.61 that may be waived by their names. */
export const SQUAWK_RULES: readonly string[] = [
  'adding-field-with-default',
  'adding-foreign-key-constraint',
  'adding-not-nullable-field',
  'adding-serial-primary-key-field',
  'ban-alter-domain-with-add-constraint',
  'ban-char-field',
  'ban-create-domain-with-constraint',
  'ban-drop-database',
  'ban-drop-not-null',
  'ban-duplicate-column-assignments',
  'ban-truncate-cascade',
  'ban-uncommitted-transaction',
  'changing-column-type',
  'constraint-missing-not-valid',
  'disallowed-unique-constraint',
  'identifier-too-long',
  'prefer-identity',
  'prefer-repack',
  'prefer-timestamp-tz',
  'require-concurrent-index-creation',
  'require-concurrent-index-deletion',
  'require-concurrent-partition-detach',
  'require-concurrent-reindex',
  'require-enum-value-ordering',
  'syntax-error',
  'transaction-nesting',
  'unused-ignore',
];

const Report = Type.Array(
  Type.Object({
    line: Type.Integer(),
    message: Type.String(),
    help: Type.Union([Type.String(), Type.Null()]),
    rule_name: Type.String(),
  }),
);

/** Returns squawk's program. It is a development dependency with one package a platform, so it may not be there; the image has none. */
export function findSquawk(): string | undefined {
  const program = process.platform === 'win32' ? 'squawk.exe' : 'squawk';
  try {
    const require = createRequire(import.meta.url);
    // The platform's package belongs to the wrapper, so it is looked up from there.
    const wrapper = createRequire(require.resolve('squawk-cli/package.json'));
    return wrapper.resolve(`@squawk-cli/${process.platform}-${process.arch}/bin/${program}`);
  } catch {
    return undefined;
  }
}

/** Returns what squawk finds in one migration, without what it cannot know: new tables, and what earlier migrations did. */
export async function runSquawk(program: string, subject: LintSubject): Promise<LintFinding[]> {
  const { migration, up, newTables } = subject;
  const statements = up.filter((statement) => !isOnNewTables(statement, newTables));
  if (statements.length === 0) return [];
  const report = parseReport(await runOn(program, sqlFile(statements), migration));
  return report.flatMap(({ line, message, help, rule_name: rule }) => {
    const statement = statementAt(statements, line);
    const isProven = rule === SET_NOT_NULL && statement !== undefined && isProvenNotNull(statement, subject);
    if (isProven) return [];
    return {
      migration: migration.name,
      rule,
      message,
      help: HELP[rule] ?? help ?? 'Write it in another way, or waive the rule by its name and say why.',
      ...(statement !== undefined && { statement: statement.text }),
      severity: 'error',
    };
  });
}

/** Where we have a recipe that squawk does not know. */
const HELP: Readonly<Record<string, string>> = {
  'changing-column-type':
    'Use changeTypeOnline of src/migrator/recipes.ts: a new column of the new type beside the old one, a backfill, and a contract. In place, all rows are rewritten while nobody may use the table. Waive the rule where the new type only allows more of the same (a longer varchar, text).',
};

const SET_NOT_NULL = 'adding-not-nullable-field';

/** A lock on a table that nobody uses blocks nobody, and squawk knows only of tables of the same file. */
function isOnNewTables({ actions }: Statement, newTables: ReadonlySet<string>): boolean {
  const tables = actions.flatMap((action) => ('table' in action ? [action.table] : []));
  return tables.length > 0 && tables.every((table) => newTables.has(table));
}

function sqlFile(statements: readonly Statement[]): string {
  return statements.map(({ text }) => `${text};\n`).join('');
}

/** squawk counts lines from 0. */
function statementAt(statements: readonly Statement[], line: number): Statement | undefined {
  let last = -1;
  return statements.find(({ text }) => {
    last += text.split('\n').length;
    return line <= last;
  });
}

function parseReport(output: string): Type.Static<typeof Report> {
  const report: unknown = JSON.parse(output);
  if (Value.Check(Report, report)) return report;
  throw new MigratorFailure(
    'internal-error',
    `squawk answered in a form that is not known: ${output.slice(0, 300)}`,
  );
}

function runOn(
  program: string,
  sql: string,
  { name, transactional }: { readonly name: string; readonly transactional: boolean },
): Promise<string> {
  const words = ['--reporter', 'json', '--pg-version', OLDEST_POSTGRES, '--stdin-filepath', `${name}.sql`];
  const transaction = transactional ? ['--assume-in-transaction'] : [];
  const child = spawn(program, [...words, ...transaction, `--exclude=${EXCLUDED.join(',')}`]);
  return new Promise((resolve, reject) => {
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.once('error', reject);
    child.once('close', (code) => {
      // It ends with 1 when it found something.
      if (code === 0 || code === 1) resolve(stdout);
      else
        reject(
          new MigratorFailure('internal-error', `squawk failed with exit code ${code}: ${stderr || stdout}`),
        );
    });
    // A program that ends early says why on stderr.
    child.stdin.on('error', () => undefined).end(sql);
  });
}
