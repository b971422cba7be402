/** How the linter's findings and the trace read in a terminal and in a pull request. */
import { whoWaits } from '../review/trace/lock-modes.ts';
import { heldLocks } from '../review/trace/lock-times.ts';
import { alignedLines } from './text.ts';
import { shortSql } from '../review/static-plan-text.ts';
import type { LintFinding } from '../review/lint/lint-finding.ts';
import type { HeldLock } from '../review/trace/lock-times.ts';
import type { MigrationTrace, StatementTrace, TraceReport } from '../review/trace/migration-trace.ts';

export interface LintTold {
  /** The migrations that were looked at. */
  readonly names: readonly string[];
  readonly findings: readonly LintFinding[];
  readonly notes: readonly string[];
}

/** Returns the findings by migration, and a last line that counts them. */
export function findingsText({ names, findings, notes }: LintTold): string {
  const byMigration = Map.groupBy(findings, ({ migration }) => migration);
  const blocks = [...byMigration].map(([name, own]) => `${name}\n${own.map(findingText).join('')}\n`);
  return [...blocks, ...notes.map((note) => `${note}\n`), `${countsText({ names, findings })}\n`].join('');
}

/** Returns the same as Markdown. */
export function findingsMarkdown({ names, findings, notes }: LintTold): string {
  const items = findings.map(
    ({ migration, rule, severity, message, statement, help }) =>
      `- **${severity}** \`${rule}\` in ${migration}: ${message}\n` +
      `${statement === undefined ? '' : `  \`${shortSql(statement)}\`\n`}  ${help}\n`,
  );
  return [...items, '\n', ...notes.map((note) => `${note}\n\n`), `${countsText({ names, findings })}\n`]
    .join('')
    .trimStart();
}

function countsText({ names, findings }: Pick<LintTold, 'names' | 'findings'>): string {
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

/** Returns the trace as aligned lines. */
export function traceText({ migrations }: Pick<TraceReport, 'migrations'>): string {
  return migrations
    .map((trace) => `${trace.name}\n${alignedLines([COLUMNS, ...rowsOf(trace)], '  ')}\n`)
    .join('');
}

/** Returns the trace as Markdown. */
export function traceMarkdown({ migrations }: TraceReport): string {
  const head = tableLine(COLUMNS) + tableLine(COLUMNS.map(() => '---'));
  return migrations
    .map(
      (trace) =>
        `**${trace.name}**\n\n${head}${rowsOf(trace, (sql) => `\`${sql}\``)
          .map(tableLine)
          .join('')}\n`,
    )
    .join('');
}

function rowsOf(
  { statements, transactional, failure }: MigrationTrace,
  write: (sql: string) => string = (sql) => sql,
): string[][] {
  const held = heldLocks(statements);
  const rows = statements.map((statement, index) => [
    `${statement.durationMs.toFixed(1)} ms`,
    transactional ? locksText(held[index] ?? []) : 'outside of a transaction',
    statement.rewrites.join(', '),
    rowsText(statement),
    write(shortSql(statement.sql)),
  ]);
  const failed =
    failure === undefined ? [] : [['failed', '', '', '', write(shortSql(failure.sql ?? failure.message))]];
  return [...rows, ...failed];
}

function locksText(locks: readonly HeldLock[]): string {
  return locks.map(({ table, mode }) => `${table}: ${whoWaits(mode)}`).join('; ');
}

function rowsText({ rows = 0 }: StatementTrace): string {
  return rows === 0 ? '' : String(rows);
}

function tableLine(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`;
}
