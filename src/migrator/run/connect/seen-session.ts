/** How other sessions of the database are read and described. */

const QUERY_LENGTH = 200;

/** A session as PostgreSQL lists it. */
export interface SeenSession {
  readonly pid: number;
  readonly application: string;
  readonly user: string | null;
  readonly state: string | null;
  readonly since: Date | null;
  readonly query: string | null;
}

/** The columns of pg_stat_activity that make a {@link SeenSession}. */
export const SESSION_COLUMNS = `pid, application_name as application, usename as "user", state, query_start as since,
  left(regexp_replace(query, '\\s+', ' ', 'g'), ${QUERY_LENGTH}) as query`;

/** Says who a session is and what it does. What this user may not see of another user's session is left out. */
export function describeSession({ pid, application, user, state, since, query }: SeenSession): string {
  const who = `${application === '' ? 'a client without a name' : application}, PostgreSQL process ${pid}`;
  const as = user === null ? '' : ` of ${user}`;
  const what = state === null ? '' : `, ${state}${since === null ? '' : ` since ${since.toISOString()}`}`;
  return `${who}${as}${what}${query === null || query === '' ? '' : `: ${query}`}`;
}
