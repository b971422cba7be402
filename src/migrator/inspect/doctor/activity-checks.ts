/** Checks of what other sessions do: anyone who holds a transaction open holds every migration up. */
import { ok, orOk, warn } from './finding.ts';
import type { Check } from './finding.ts';

const OLD_TRANSACTION_SECONDS = 300;
const IDLE_SECONDS = 60;
const BLOCKED_SECONDS = 1;

interface Late {
  readonly pid: number;
  readonly application: string;
  readonly seconds: number;
}

interface Blocked extends Late {
  /** Those it waits for, as a list in SQL. */
  readonly blockers: string;
}

const LATE = `pid, coalesce(nullif(application_name, ''), 'without a name') as application`;

export const checkTransactions: Check = async ({ reader }) => {
  const rows = await reader.query<Late>(
    `select ${LATE}, extract(epoch from now() - xact_start)::int as seconds
     from pg_stat_activity
     where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'
       and state <> 'idle in transaction' and xact_start < now() - interval '${OLD_TRANSACTION_SECONDS} s'
     order by xact_start`,
  );
  return orOk(
    rows.map(({ pid, application, seconds }) =>
      warn(
        `process ${pid} (${application}) has a transaction open for ${seconds} s`,
        'Migrations wait for what it has locked, and indexes built concurrently for its end. Let it finish, or ' +
          `end it: select pg_cancel_backend(${pid}).`,
      ),
    ),
    `no transaction is older than ${OLD_TRANSACTION_SECONDS / 60} min`,
  );
};

export const checkIdleTransactions: Check = async ({ reader }) => {
  const rows = await reader.query<Late>(
    `select ${LATE}, extract(epoch from now() - state_change)::int as seconds
     from pg_stat_activity
     where datname = current_database() and state like 'idle in transaction%'
       and state_change < now() - interval '${IDLE_SECONDS} s'
     order by state_change`,
  );
  return orOk(
    rows.map(({ pid, application, seconds }) =>
      warn(
        `process ${pid} (${application}) has done nothing in its transaction for ${seconds} s`,
        `It keeps its locks. End it: select pg_terminate_backend(${pid}). Set idle_in_transaction_session_timeout.`,
      ),
    ),
    'no transaction is left open idle',
  );
};

export const checkWaits: Check = async ({ reader }) => {
  const rows = await reader.query<Blocked>(
    `select ${LATE}, coalesce(extract(epoch from now() - query_start), 0)::int as seconds,
       array_to_string(pg_blocking_pids(pid), ', ') as blockers
     from pg_stat_activity
     where datname = current_database() and cardinality(pg_blocking_pids(pid)) > 0
       and coalesce(query_start < now() - interval '${BLOCKED_SECONDS} s', true)
     order by query_start`,
  );
  return orOk(
    rows.map(({ pid, application, seconds, blockers }) =>
      warn(
        `process ${pid} (${application}) waits for a lock of process ${blockers}, for ${seconds} s`,
        `See what that does: select * from pg_stat_activity where pid in (${blockers}).`,
      ),
    ),
    'nobody waits for a lock',
  );
};

/** Of another role's sessions one sees little without this right; saying so keeps "nothing found" honest. */
export const checkSight: Check = async ({ reader }) => {
  const [row] = await reader.query<{ user: string; hidden: number }>(
    `select current_user as user, count(*) filter (where state is null)::int as hidden
     from pg_stat_activity where datname = current_database() and backend_type = 'client backend'`,
  );
  const { user, hidden } = row ?? { user: '', hidden: 0 };
  return hidden === 0
    ? [ok('all sessions of this database are visible')]
    : [
        warn(
          `${hidden} sessions of other users are not visible, so what they hold up is not told`,
          `grant pg_read_all_stats to "${user}"`,
        ),
      ];
};
