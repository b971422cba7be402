/** Whether a contract may run: nothing that still runs may need what it removes. Reads only. */
import { literal } from '../connect/sql-text.ts';
import type { ManifestEntry } from '../state/manifest.ts';
import type { Query } from '../connect/query.ts';

/** A copy of the server that was not seen for so long is gone: it says that it lives every 15 seconds. */
export const GONE_AFTER_MS = 120_000;
const LIVES = `stopped_at is null and last_seen_at > now() - ${GONE_AFTER_MS} * interval '1 ms'`;
/** A backfill that failed is tried again; its cause may be gone. */
const CAN_BE_FINISHED: readonly string[] = ['pending', 'running', 'failed'];

/**
 * What is left of a contract's backfills: waited for, or done by the process that runs the contract. No one does what a person has paused or
 * no migration has asked for.
 */
export type Leftovers = 'wait' | 'finish';

/** Returns why the contract may not run yet, one sentence each; empty when it may. It `requires` here what it still lacks. */
export async function contractObstacles(
  query: Query,
  entry: ManifestEntry,
  leftovers: Leftovers = 'wait',
): Promise<string[]> {
  // One after another: the query may be a transaction's.
  const missing = (entry.requires ?? []).map((name) => `${name} comes before it and is not applied`);
  const unfinished = await unfinishedBackfills(query, entry, leftovers);
  const old = await oldInstances(query, entry);
  return [...missing, ...unfinished, ...old];
}

/** Returns who does the rest of a backfill when a person asks for a contract: a running copy of the server, or this process. */
export async function leftoversOf(query: Query): Promise<Leftovers> {
  if (!(await exists(query, 'app_instances'))) return 'finish';
  const [living] = await query(`select from app_instances where ${LIVES} limit 1`);
  return living === undefined ? 'finish' : 'wait';
}

interface BackfillRow {
  readonly name: string;
  readonly state: string;
  readonly rows_done: number;
  readonly rows_estimate: number | null;
  readonly error: string | null;
}

async function unfinishedBackfills(
  query: Query,
  { backfills = [] }: ManifestEntry,
  leftovers: Leftovers,
): Promise<string[]> {
  if (backfills.length === 0) return [];
  if (!(await exists(query, 'backfill_jobs')))
    return [`there is no table backfill_jobs that lists ${backfills.join(', ')}: run "manage db migrate"`];
  const rows = await query<BackfillRow>(
    `select name, state, rows_done, rows_estimate, error from backfill_jobs where name in (${list(backfills)})`,
  );
  const rowsByName = new Map(rows.map((row) => [row.name, row]));
  return backfills.flatMap((name) => {
    const row = rowsByName.get(name);
    const isLeft = leftovers === 'finish' && row !== undefined && CAN_BE_FINISHED.includes(row.state);
    return isLeft || row?.state === 'done' ? [] : [describeBackfill(name, row)];
  });
}

function describeBackfill(name: string, row: BackfillRow | undefined): string {
  if (row === undefined) return `backfill ${name} has not been asked for; its migration may not be applied`;
  const { state, rows_done, rows_estimate, error } = row;
  const reason = error === null ? '' : `: ${error}`;
  return `backfill ${name} is ${state} after ${rows_done} of about ${rows_estimate ?? 'unknown'} rows${reason}`;
}

interface InstanceRow {
  readonly host: string;
  readonly pid: number;
  readonly version: string;
  readonly migrations_head: string;
  readonly seconds: number;
}

/** Returns the copies that live and do not know the contract; the code of the others was made for the time after it. */
export async function oldInstances(query: Query, { name }: ManifestEntry): Promise<string[]> {
  if (!(await exists(query, 'app_instances')))
    return [
      'there is no table app_instances that lists the running copies of the server: run "manage db migrate"',
    ];
  const rows = await query<InstanceRow>(
    `select host, pid, version, migrations_head, extract(epoch from now() - last_seen_at)::int as seconds
       from app_instances where ${LIVES} order by host, pid`,
  );
  return rows
    .filter(({ migrations_head }) => migrations_head < name)
    .map(
      ({ host, pid, version, migrations_head, seconds }) =>
        `the server at ${host} (process ${pid}, version ${version}) does not know it yet: its newest migration is ` +
        `${migrations_head}; it was seen ${seconds} s ago`,
    );
}

async function exists(query: Query, table: string): Promise<boolean> {
  const [row] = await query<{ found: boolean }>(`select to_regclass(${literal(table)}) is not null as found`);
  return row?.found === true;
}

function list(texts: readonly string[]): string {
  return texts.map(literal).join(', ');
}
