/** Detects which tables a transaction locks, reads whole and rewrites, among those that were there before. */
import { isLockMode, isStronger, strongestLock, WEAKEST_TOLD } from './lock-modes.ts';
import type { Query } from '../../run/connect/query.ts';
import type { Change } from '../migration-report.ts';
import type { LockMode } from './lock-modes.ts';

/** PostgreSQL stores a table under another number when it rewrites all its rows. */
interface Sight {
  readonly locks: ReadonlyMap<string, LockMode>;
  readonly files: ReadonlyMap<string, string>;
  /** How often each was read from end to end. */
  readonly scans: ReadonlyMap<string, number>;
}

export class TableWatch {
  readonly #names: ReadonlyMap<string, string>;
  #seen: Sight;

  private constructor(names: ReadonlyMap<string, string>, seen: Sight) {
    this.#names = names;
    this.#seen = seen;
  }

  /** Starts with the tables that are there now. */
  static async begin(query: Query): Promise<TableWatch> {
    const tables = await query<{ id: string; name: string }>(
      `select c.oid::text as id, c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relkind in ('r', 'p', 'm') and n.nspname <> 'information_schema' and n.nspname not like 'pg\\_%'`,
    );
    const names = new Map(tables.map(({ id, name }) => [id, name]));
    return new TableWatch(names, await look(query, [...names.keys()]));
  }

  /** Returns what changed since the last look. Asked in the transaction that is watched. */
  async look(query: Query): Promise<Change> {
    const before = this.#seen;
    const now = await look(query, [...this.#names.keys()]);
    this.#seen = now;
    const rewritten = new Set(
      [...now.files].filter(([id, file]) => before.files.get(id) !== file).map(([id]) => id),
    );
    return {
      locks: [...now.locks]
        .filter(([id, mode]) => isStronger(mode, WEAKEST_TOLD) && isStronger(mode, before.locks.get(id)))
        .map(([id, mode]) => ({ table: this.#nameOf(id), mode })),
      rewrites: [...rewritten].map((id) => this.#nameOf(id)),
      scans: [...now.scans]
        .filter(([id, count]) => count > (before.scans.get(id) ?? 0) && !rewritten.has(id))
        .map(([id]) => this.#nameOf(id)),
    };
  }

  #nameOf(id: string): string {
    return this.#names.get(id) ?? id;
  }
}

/** A dropped table has no file any more and is therefore not among those rewritten. */
async function look(query: Query, ids: readonly string[]): Promise<Sight> {
  const list = ids.length === 0 ? 'null' : ids.join(', ');
  const locks = await query<{ id: string; modes: string[] }>(
    `select relation::text as id, array_agg(mode) as modes from pg_locks
      where pid = pg_backend_pid() and locktype = 'relation' and granted and relation in (${list}) group by relation`,
  );
  const files = await query<{ id: string; file: string; scans: string }>(
    `select oid::text as id, pg_relation_filenode(oid)::text as file, pg_stat_get_xact_numscans(oid)::text as scans from pg_class
      where oid in (${list}) and pg_relation_filenode(oid) is not null`,
  );
  return {
    locks: new Map(
      locks.flatMap(({ id, modes }) => {
        const strongest = strongestLock(modes.filter(isLockMode));
        return strongest === undefined ? [] : [[id, strongest] as const];
      }),
    ),
    files: new Map(files.map(({ id, file }) => [id, file])),
    scans: new Map(files.map(({ id, scans }) => [id, Number(scans)])),
  };
}
