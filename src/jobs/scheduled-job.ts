/** A job: work that the server does at set times, once for all of its copies. */

import type { Schedule } from './schedule.ts';

/** A job as it is described. */
export interface JobDescription {
  readonly name: string;
  /** What it does, as a sentence. */
  readonly does: string;
  readonly schedule: Schedule;
  /**
   * What becomes of a turn that no copy made, because none ran or the one that made it died: `catch-up` makes it once as soon as a copy
   * runs, however many were missed; `skip` waits for the next turn.
   */
  readonly missed: 'catch-up' | 'skip';
}

/** A job as a copy of the server runs it. */
export interface ScheduledJob extends JobDescription {
  /**
   * Does the work, and returns what it did, in words. What a run that died left half done must not disturb the next one. The signal asks
   * it to end early, because the server stops or another copy has taken the job over; it may then throw.
   */
  readonly work: (signal: AbortSignal) => Promise<string>;
}

/** What may become of the newest run of a job; `waiting`: there was none yet. */
export const JOB_STATES = ['waiting', 'running', 'done', 'failed', 'skipped', 'interrupted'] as const;
export type JobState = (typeof JOB_STATES)[number];
