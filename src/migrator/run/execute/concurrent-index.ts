/**
 * Indexes made and dropped `concurrently`. PostgreSQL does that in several transactions, so a build that is cut off leaves an
 * index behind that costs every write and serves no read; `if not exists` would then take it for done.
 */
import { MigratorFailure } from '../../failure.ts';
import { TryAgain } from './lock-retry.ts';
import { literal } from '../connect/sql-text.ts';
import type { MigratorLog } from '../migrator-settings.ts';
import type { Query } from '../connect/query.ts';

const NAME = String.raw`(?:"(?:[^"]|"")+"|[\w$]+)`;
const CREATE = new RegExp(
  String.raw`^\s*create\s+(?:unique\s+)?index\s+concurrently\s+(?<exists>if\s+not\s+exists\s+)?(?<index>${NAME})\s+on\s+(?:only\s+)?(?<table>${NAME}(?:\.${NAME})?)`,
  'i',
);
/** A clean-up that waits longer than this is left to the next run. */
const CLEAN_UP_TIMEOUT_MS = 5_000;

export interface IndexWork {
  readonly query: Query;
  /** Runs the migration's own statement. */
  readonly run: () => Promise<void>;
  readonly log: MigratorLog;
  readonly migration: string;
}

/** Runs a statement that PostgreSQL refuses inside a transaction, with the care that a concurrent index needs. */
export async function runOutsideTransaction(statement: string, work: IndexWork): Promise<void> {
  const create = CREATE.exec(statement)?.groups;
  if (create?.['index'] !== undefined && create['table'] !== undefined) {
    await build({ index: create['index'], table: create['table'] }, create['exists'] !== undefined, work);
  } else await work.run();
}

interface IndexName {
  readonly index: string;
  readonly table: string;
}

interface FoundIndex {
  /** The name with its schema, quoted. */
  readonly name: string;
  readonly is_valid: boolean;
  readonly is_on_table: boolean;
  readonly is_being_built: boolean;
}

async function build(named: IndexName, isOptional: boolean, work: IndexWork): Promise<void> {
  const { query, run, log, migration } = work;
  const namesake = await find(query, named);
  // Another object of the same name is left for PostgreSQL to refuse.
  if (namesake?.is_on_table === true) {
    const { name } = namesake;
    if (namesake.is_being_built) throw new TryAgain(`another session is building ${name} right now`);
    if (namesake.is_valid && isOptional) {
      log.info({ migration, index: name }, 'the index is there and valid; it is only recorded');
      return;
    }
    if (!namesake.is_valid) {
      log.warn({ migration, index: name }, 'an invalid index of this name is dropped and built again');
      await query(`drop index concurrently if exists ${name}`);
    }
  }
  try {
    await run();
  } catch (error) {
    await dropInvalid(named, work);
    throw error;
  }
  await assertBuilt(named, work);
}

async function assertBuilt(named: IndexName, work: IndexWork): Promise<void> {
  const built = await find(work.query, named);
  if (built?.is_on_table === true && built.is_valid) return;
  if (built?.is_on_table !== true) {
    throw new MigratorFailure(
      'migration-failed',
      `There is no index ${named.index} on ${named.table} after it was made: something else has its name.`,
    );
  }
  await dropInvalid(named, work);
  throw new TryAgain(`the index ${built.name} was left invalid`);
}

/** Best effort: the next run drops what stays, before it builds. */
async function dropInvalid(named: IndexName, { query, log, migration }: IndexWork): Promise<void> {
  try {
    const left = await find(query, named);
    if (left?.is_on_table !== true || left.is_valid || left.is_being_built) return;
    await query(`select set_config('statement_timeout', '${CLEAN_UP_TIMEOUT_MS}', false)`);
    await query(`drop index concurrently if exists ${left.name}`);
  } catch (error) {
    log.warn(
      { migration, index: named.index, reason: String(error) },
      'an invalid index stays until the next run drops it',
    );
  }
}

/** An index lives in the schema of its table. */
async function find(query: Query, { index, table }: IndexName): Promise<FoundIndex | undefined> {
  const [found] = await query<FoundIndex>(
    `select format('%I.%I', n.nspname, c.relname) as name, coalesce(i.indisvalid, false) as is_valid,
            coalesce(i.indrelid = t.oid, false) as is_on_table,
            exists (select from pg_stat_progress_create_index p where p.index_relid = c.oid) as is_being_built
       from pg_class t
       join pg_class c on c.relnamespace = t.relnamespace and c.relname = ${literal(unquoted(index))}
       join pg_namespace n on n.oid = c.relnamespace
       left join pg_index i on i.indexrelid = c.oid
      where t.oid = to_regclass(${literal(table)})`,
  );
  return found;
}

/** PostgreSQL takes a name without quotes for lower case. */
function unquoted(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name.toLowerCase();
}
