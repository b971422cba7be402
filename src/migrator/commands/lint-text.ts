/** How the linter's findings read in a terminal and in a pull request. */
import { shortSql } from '../review/migration-report.ts';
import type { LintFinding } from '../review/lint/lint-migrations.ts';

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
