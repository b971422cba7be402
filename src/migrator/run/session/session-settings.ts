/** The session that migrates as every migration finds it, whatever the one before has set, made or become. */
import { endWhenClientIsGone } from './migration-lock.ts';
import type { Query } from '../connect/query.ts';
import type { MigratorSettings } from '../migrator-settings.ts';

type Limits = Pick<MigratorSettings, 'lockTimeoutMs' | 'statementLimitMs'>;

/** What becomes of a session by `set role` and `set session authorization`, which `reset all` leaves. */
export const AS_OURSELVES = 'reset session authorization; reset role';

/**
 * Everything that DISCARD ALL does but letting go of advisory locks, for one of them is the migration lock. The settings with which
 * we connect come back by `reset all`; those that a run relies on are set once more, for a pooler may have dropped them on the way.
 */
export async function restoreSession(
  query: Query,
  { lockTimeoutMs, statementLimitMs }: Limits,
): Promise<void> {
  await query(
    `reset all; ${AS_OURSELVES}; close all; deallocate all; unlisten *; discard plans; discard sequences; discard temp;
     set lock_timeout = ${lockTimeoutMs}; set statement_timeout = ${statementLimitMs}`,
  );
  await endWhenClientIsGone(query);
}
