/** How the linter's findings read in a terminal and in a pull request, and how a trial reads. */
import { whoWaits } from '../review/trace/lock-modes.ts';
import { alignedLines } from './text.ts';
import { shortSql } from '../review/static-plan-text.ts';
import type { LintFinding } from '../review/lint/lint-migrations.ts';
import type { MigrationTrace } from '../review/trace/run-traced.ts';

export interface LintTold {
  /** The migrations that were looked at. */
  readonly names: readonly string[];
  readonly findings: readonly LintFinding[];
}

/** Returns the findings by migration, and a last line that counts them. */
export function findingsText({ names, findings }: LintTold): string {
  const byMigration = Map.groupBy(findings, ({ migration }) => migration);
  const blocks = [...byMigration].map(([name, own]) => `${name}\n${own.map(findingText).join('')}\n`);
  return `${blocks.join('')}${countsText({ names, findings })}\n`;
}

/** Returns the same as Markdown. */
export function findingsMarkdown({ names, findings }: LintTold): string {
  const items = findings.map(
    ({ migration, rule, severity, message, statement, help }) =>
      `- **${severity}** \`${rule}\` in ${migration}: ${message}\n` +
      `${statement === undefined ? '' : `  \`${shortSql(statement)}\`\n`}  ${help}\n`,
  );
  return `${items.join('')}\n${countsText({ names, findings })}\n`.trimStart();
}

function countsText({ names, findings }: LintTold): string {
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  return [
    count(names.length, 'migration'),
    count(errors, 'error'),
    count(findings.length - errors, 'warning'),
  ].join(', ');
}

function findingText({ rule, severity, message, statement, help }: LintFinding): string {
  const sql = statement === undefined ? '' : `      ${shortSql(statement)}\n`;
  return `  ${severity} ${rule}: ${message}\n${sql}      → ${help}\n`;
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}

const COLUMNS = ['time', 'locks on tables that were there', 'rewritten', 'rows', 'statement'];

/** Returns what was measured as aligned lines. */
export function traceText(migrations: readonly MigrationTrace[]): string {
  return migrations
    .map((trace) => `${trace.name}\n${alignedLines([COLUMNS, ...rowsOf(trace)], '  ')}\n`)
    .join('');
}

function rowsOf({ statements, transactional, failure }: MigrationTrace): string[][] {
  const rows = statements.map(({ sql, durationMs, locks, rewrites, rows: changed = 0 }) => [
    `${durationMs.toFixed(1)} ms`,
    transactional
      ? locks.map(({ table, mode }) => `${table}: ${whoWaits(mode)}`).join('; ')
      : 'outside of a transaction',
    rewrites.join(', '),
    changed === 0 ? '' : String(changed),
    shortSql(sql),
  ]);
  const failed =
    failure === undefined ? [] : [['failed', '', '', '', shortSql(failure.sql ?? failure.message)]];
  return [...rows, ...failed];
}
