/** Who holds what a migration waits for. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describeSession, SESSION_COLUMNS } from '../connect/seen-session.ts';
import type { SeenSession } from '../connect/seen-session.ts';
import type { MigratorLog } from '../migrator-settings.ts';
import type { SideConnection } from '../session/side-connection.ts';

/** The first look comes soon, because a deadlock is resolved after a second and a lock's time-out may be short. */
const FIRST_LOOK_MS = 250;
const LOOK_EVERY_MS = 1_000;
/** How often the log repeats who is being waited for. */
const REPORT_EVERY_MS = 10_000;

export interface BlockerWatch {
  /** Ends the watch and returns who was seen blocking last, if any. */
  stop(): Promise<string | undefined>;
}

/** What is watched for, and where it is reported. */
export interface BlockerWatchParts {
  readonly side: SideConnection;
  /** The backend that may be blocked. */
  readonly pid: number;
  readonly migration: string;
  readonly log: MigratorLog;
  /** Called with who blocks whenever that changes, also when no one blocks any more. */
  readonly onChange: (blockedBy: string | undefined) => void;
}

/** Polls who blocks, and logs it for as long as it lasts. */
export function watchBlockers({ side, pid, migration, log, onChange }: BlockerWatchParts): BlockerWatch {
  const stopped = new AbortController();
  let lastSeen: string | undefined;
  const watch = async (): Promise<void> => {
    let logged: string | undefined;
    let reportedAt = -Infinity;
    let pauseMs = FIRST_LOOK_MS;
    while (await pause(pauseMs, stopped.signal)) {
      pauseMs = LOOK_EVERY_MS;
      const { blockedBy, step } = await lookForBlockers(side, pid);
      lastSeen = blockedBy ?? lastSeen;
      if (blockedBy !== undefined && performance.now() - reportedAt > REPORT_EVERY_MS) {
        log.info({ migration, blockedBy, ...(step !== null && { step }) }, 'the migration waits for others');
        reportedAt = performance.now();
      }
      if (blockedBy === logged || stopped.signal.aborted) continue;
      logged = blockedBy;
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

interface Blocking {
  readonly blockedBy: string | undefined;
  /** How far PostgreSQL is with an index that it makes. */
  readonly step: string | null;
}

async function lookForBlockers(side: SideConnection, pid: number): Promise<Blocking> {
  const blockers = await side.query<SeenSession & Pick<Blocking, 'step'>>(
    `select (select phase from pg_stat_progress_create_index where pid = ${pid}) as step, ${SESSION_COLUMNS}
       from pg_stat_activity where pid = any(pg_blocking_pids(${pid})) order by pid`,
  );
  const [first] = blockers ?? [];
  if (blockers === undefined || first === undefined) return { blockedBy: undefined, step: null };
  return { blockedBy: blockers.map(describeSession).join('; '), step: first.step };
}
