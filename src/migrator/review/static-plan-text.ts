/** How a static plan reads in a terminal. */
import { whoWaits } from './trace/lock-modes.ts';
import type { PlannedMigration, PlannedStatement } from './static-plan.ts';

/** A whole `create table` would hide the rest. */
const LONGEST_SQL = 120;
const INDENT = ' '.repeat(5);
const FURTHER = ' '.repeat(10);

/** Returns the migrations with what each statement would do; `db sql` prints the whole SQL. */
export function staticPlanText(migrations: readonly PlannedMigration[]): string {
  return migrations.map(migrationText).join('\n');
}

function migrationText(migration: PlannedMigration, index: number): string {
  const { name, phase = 'no phase', transactional, statements, notes } = migration;
  const facts = [phase, ...(transactional ? [] : ['outside of a transaction'])].join(', ');
  const isHeld = transactional && statements.length > 1 && statements.some(({ locks }) => locks.length > 0);
  return [
    `${String(index + 1).padStart(3)}  ${name} (${facts})`,
    ...notes.map((note) => `${INDENT}Note: ${note}.`),
    ...statements.flatMap(statementLines),
    ...(isHeld ? [`${INDENT}Locks are held until the migration ends.`] : []),
    '',
  ].join('\n');
}

function statementLines({ sql, locks, rewrites, scans, rows, notes }: PlannedStatement): string[] {
  const tables = [...new Set([...locks.map(({ table }) => table), ...rewrites, ...scans])];
  return [
    `${INDENT}${shortSql(sql)}`,
    ...tables.map((table) => {
      const lock = locks.find((each) => each.table === table);
      const facts = [
        ...(lock === undefined ? [] : [`${whoWaits(lock.mode)} (${lock.mode})`]),
        ...(rewrites.includes(table) ? ['all rows are rewritten'] : []),
        ...(scans.includes(table) ? ['all rows are read'] : []),
      ];
      return `${FURTHER}${table}: ${facts.join('; ')}`;
    }),
    ...(rows === undefined ? [] : [`${FURTHER}About ${rows.toLocaleString('en')} rows.`]),
    ...notes.map((note) => `${FURTHER}Note: ${note}.`),
  ];
}

/** Returns a statement on one line. */
export function shortSql(sql: string): string {
  const line = sql.replaceAll(/\s+/g, ' ').trim();
  return line.length <= LONGEST_SQL ? line : `${line.slice(0, LONGEST_SQL - 1)}…`;
}
