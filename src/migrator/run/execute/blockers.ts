/** Who holds what a migration waits for. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { SideConnection } from '../session/side-connection.ts';

/** The first look comes soon, because a deadlock is resolved after a second and a lock's time-out may be short. */
const FIRST_LOOK_MS = 250;
const LOOK_EVERY_MS = 1_000;
const QUERY_LENGTH = 200;

interface Blocker {
  readonly pid: number;
  readonly application: string;
  readonly user: string | null;
  readonly state: string | null;
  readonly since: Date | null;
  readonly query: string | null;
}

export interface BlockerWatch {
  /** Ends the watch and returns who was seen blocking last, if anybody was. */
  stop(): Promise<string | undefined>;
}

/** Looks again and again who blocks the backend `pid`; `onChange` hears of it, and of nobody blocking any more. */
export function watchBlockers(
  side: SideConnection,
  pid: number,
  onChange: (blockedBy: string | undefined) => void,
): BlockerWatch {
  const stopped = new AbortController();
  let lastSeen: string | undefined;
  const watch = async (): Promise<void> => {
    let told: string | undefined;
    let pauseMs = FIRST_LOOK_MS;
    while (await pause(pauseMs, stopped.signal)) {
      pauseMs = LOOK_EVERY_MS;
      const blockedBy = await describeBlockers(side, pid);
      lastSeen = blockedBy ?? lastSeen;
      if (blockedBy === told || stopped.signal.aborted) continue;
      told = blockedBy;
      onChange(blockedBy);
    }
  };
  const watching = watch();
  return {
    stop: async () => {
      stopped.abort();
      await watching;
      return lastSeen;
    },
  };
}

/** Returns whether the time is over; false when it was cut short. */
function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  return sleep(ms, true, { signal }).catch(() => false);
}

async function describeBlockers(side: SideConnection, pid: number): Promise<string | undefined> {
  const blockers = await side.query<Blocker>(
    `select pid, application_name as application, usename as "user", state, query_start as since,
            left(regexp_replace(query, '\\s+', ' ', 'g'), ${QUERY_LENGTH}) as query
       from pg_stat_activity where pid = any(pg_blocking_pids(${pid})) order by pid`,
  );
  return blockers === undefined || blockers.length === 0
    ? undefined
    : blockers.map(describeSession).join('; ');
}

/** Says who a session is and what it does. What this user may not see of another user's session is left out. */
export function describeSession({ pid, application, user, state, since, query }: Blocker): string {
  const who = `${application === '' ? 'a client without a name' : application}, PostgreSQL process ${pid}`;
  const as = user === null ? '' : ` of ${user}`;
  const what = state === null ? '' : `, ${state}${since === null ? '' : ` since ${since.toISOString()}`}`;
  return `${who}${as}${what}${query === null || query === '' ? '' : `: ${query}`}`;
}
