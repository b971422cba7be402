/** How a plan reads in a terminal. */
import { whoWaits } from '../review/trace/lock-modes.ts';
import { heldLocks } from '../review/trace/lock-times.ts';
import { countText } from './text.ts';
import type { HeldLock } from '../review/trace/lock-times.ts';
import type { StatementTrace } from '../review/trace/migration-trace.ts';
import type { PlannedMigration } from '../review/trace/try-plan.ts';
import type { PlanReport } from './plan-report.ts';

/** A whole `create table` would hide the rest; --json and db sql have it all. */
const LONGEST_SQL = 120;
/** More rows than this in one statement are locked for long: a backfill does it in batches. */
const MANY_ROWS = 10_000;

const INDENT = ' '.repeat(14);

/** Returns the plan as lines. */
export function planText(report: PlanReport): string {
  const { migrations, warnings, waiting } = report;
  return [
    `${headline(report)}\n`,
    ...migrations.map((migration, index) => migrationText(migration, { index, report })),
    ...(waiting.length === 0
      ? []
      : [`\nWaiting until asked for (db migrate --contract): ${waiting.join(', ')}\n`]),
    ...warnings.map((warning) => `\nNote: ${warning}.\n`),
  ].join('');
}

function headline({ database, direction, isTried, migrations }: PlanReport): string {
  const verb = direction === 'up' ? 'apply' : 'revert';
  const start = `On database "${database}" db migrate would ${verb}`;
  if (migrations.length === 0) return `${start} nothing.`;
  const how = isTried
    ? 'What a transaction can hold was run and rolled back; nothing remains.'
    : 'They were not run.';
  return `${start} ${migrations.length} ${migrations.length === 1 ? 'migration' : 'migrations'}. ${how}`;
}

function migrationText(
  migration: PlannedMigration,
  { index, report }: { readonly index: number; readonly report: PlanReport },
): string {
  const { name, phase = 'no phase', transactional, statements, note } = migration;
  const facts = [phase, ...(transactional ? [] : ['outside of a transaction'])].join(', ');
  const locks = heldLocks(statements);
  const failed = migration.failure?.sql;
  return [
    `\n${String(index + 1).padStart(3)}  ${name} (${facts})\n`,
    ...(note === undefined ? [] : [`     Not tried: ${note}.\n`]),
    ...statements.map((statement, place) => statementText(statement, locks[place] ?? [])),
    ...(failed === undefined || note !== undefined
      ? []
      : [`${'failed'.padStart(12)}  ${shortSql(failed)}\n`]),
    ...(migration.outcome === 'not tried' ? listing(migration, report) : []),
  ].join('');
}

/** What was not tried is listed whole when nothing was, so that it can be read and run by hand. */
function listing({ sql, statements }: PlannedMigration, { isTried }: PlanReport): string[] {
  if (sql === undefined)
    return [`${INDENT}It asks the database while it runs; its SQL is known only then.\n`];
  const shown = sql.slice(statements.length);
  return shown.map((text) =>
    isTried ? `${INDENT}${shortSql(text)}\n` : `${text.trim().replace(/;?$/, ';')}\n`,
  );
}

function statementText(
  { sql, durationMs, rewrites, rows = 0 }: StatementTrace,
  locks: readonly HeldLock[],
): string {
  const time = `${durationMs.toFixed(1)} ms`.padStart(12);
  const isChange = /^\s*(?:insert|update|delete|merge|with)\b/i.test(sql);
  return [
    `${time}  ${shortSql(sql)}\n`,
    ...locks.map(
      ({ table, mode, heldMs }) =>
        `${INDENT}${table}: ${whoWaits(mode)}, ${heldMs.toFixed(1)} ms in all (${mode})\n`,
    ),
    ...rewrites.map((table) => `${INDENT}${table}: all its rows are written anew\n`),
    ...(isChange
      ? [`${INDENT}${countText(rows)} rows${rows > MANY_ROWS ? '; so many want a backfill' : ''}\n`]
      : []),
  ].join('');
}

/** Returns a statement on one line. */
export function shortSql(sql: string): string {
  const line = sql.replaceAll(/\s+/g, ' ').trim();
  return line.length <= LONGEST_SQL ? line : `${line.slice(0, LONGEST_SQL - 1)}…`;
}
