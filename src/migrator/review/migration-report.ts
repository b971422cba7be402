/** What migrations do to tables, foreseen by a plan or seen in a trial, and how a terminal shows it. */
import { whoWaits } from './trace/lock-modes.ts';
import type { Phase } from '../run/migration.ts';
import type { LockMode } from './trace/lock-modes.ts';

/** A lock on a table; the strongest where a statement took several. */
export interface TableLock {
  readonly table: string;
  readonly mode: LockMode;
}

/** What happens to tables that were there before. */
export interface Change {
  /** Weak locks, which reading takes, are left out, and so are those that an earlier statement of the transaction holds. */
  readonly locks: readonly TableLock[];
  /** Tables whose rows are all rewritten. */
  readonly rewrites: readonly string[];
  /** Tables whose rows are all read, but not rewritten. */
  readonly scans: readonly string[];
}

export interface StatementReport extends Change {
  readonly sql: string;
  /** In a plan about how many rows it may read or write, in a trial how many it changed; undefined where that is not known. */
  readonly rows?: number | undefined;
  /** In a trial only. */
  readonly durationMs?: number;
  /** What cannot be known without running it. */
  readonly notes?: readonly string[];
}

export interface MigrationReport {
  readonly name: string;
  readonly phase: Phase | undefined;
  readonly transactional: boolean;
  readonly statements: readonly StatementReport[];
  readonly notes?: readonly string[];
  readonly failure?: {
    readonly message: string;
    readonly sqlState: string | undefined;
    /** Undefined where it was not a statement that failed. */
    readonly sql: string | undefined;
  };
}

/** A whole `create table` would hide the rest. */
const LONGEST_SQL = 120;
const INDENT = ' '.repeat(5);
const FURTHER = ' '.repeat(10);

/** Returns the migrations with what each statement does; `db sql` prints the whole SQL. */
export function reportText(migrations: readonly MigrationReport[]): string {
  return migrations.map(migrationText).join('\n');
}

function migrationText(migration: MigrationReport, index: number): string {
  const { name, phase = 'no phase', transactional, statements, notes = [], failure } = migration;
  const facts = [phase, ...(transactional ? [] : ['outside of a transaction'])].join(', ');
  const isHeld = transactional && statements.length > 1 && statements.some(({ locks }) => locks.length > 0);
  return [
    `${String(index + 1).padStart(3)}  ${name} (${facts})`,
    ...notes.map((note) => `${INDENT}Note: ${note}.`),
    ...statements.flatMap(statementLines),
    ...(failure === undefined ? [] : [`${INDENT}Failed: ${shortSql(failure.sql ?? failure.message)}`]),
    ...(isHeld ? [`${INDENT}Locks are held until the migration ends.`] : []),
    '',
  ].join('\n');
}

function statementLines({
  sql,
  locks,
  rewrites,
  scans,
  rows,
  durationMs,
  notes = [],
}: StatementReport): string[] {
  const tables = [...new Set([...locks.map(({ table }) => table), ...rewrites, ...scans])];
  const count = rows?.toLocaleString('en');
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
    ...(durationMs === undefined
      ? count === undefined
        ? []
        : [`${FURTHER}About ${count} rows.`]
      : [
          `${FURTHER}${durationMs.toFixed(1)} ms${rows === 0 || count === undefined ? '' : `, ${count} rows`}.`,
        ]),
    ...notes.map((note) => `${FURTHER}Note: ${note}.`),
  ];
}

/** Returns a statement on one line. */
export function shortSql(sql: string): string {
  const line = sql.replaceAll(/\s+/g, ' ').trim();
  return line.length <= LONGEST_SQL ? line : `${line.slice(0, LONGEST_SQL - 1)}…`;
}
