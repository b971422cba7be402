/** The scheduled jobs, for administrators: what became of each, and a run when they ask for one. */

import { Problem } from '../../core/shared/problem.ts';
import { adminFact } from '../../people/security-journal.ts';
import type { JobDescription } from '../../jobs/scheduled-job.ts';
import type { JobStore, StoredJob } from '../../jobs/job-store.ts';
import type { Administrator, Journal } from '../../people/security-journal.ts';

/** A job with what became of it; `stored` is missing until a copy of the server has looked at it for the first time. */
export interface ListedJob extends JobDescription {
  readonly stored: StoredJob | undefined;
}

/** What metrics show of a job. */
export interface JobHealth {
  readonly name: string;
  /** Since it was done last; since it is there when it never was. */
  readonly successAgeMs: number;
  readonly failures: number;
}

export interface JobsDependencies {
  readonly store: Pick<JobStore, 'list' | 'request' | 'now'>;
  /** Those of this server, by name. */
  readonly catalogue: readonly JobDescription[];
  readonly journal: Journal;
  /** Called when one is asked for: a copy of the server that runs here looks at once. */
  readonly onRequested: () => void;
}

export class Jobs {
  readonly #deps: JobsDependencies;

  constructor(deps: JobsDependencies) {
    this.#deps = deps;
  }

  /** All jobs that a server with these settings has. */
  async list(): Promise<readonly ListedJob[]> {
    const { store, catalogue } = this.#deps;
    const stored = new Map((await store.list(await store.now())).map((job) => [job.name, job]));
    return catalogue.map((job) => ({ ...job, stored: stored.get(job.name) }));
  }

  /** Those that a copy of the server has looked at. */
  async health(): Promise<readonly JobHealth[]> {
    const now = await this.#deps.store.now();
    return (await this.list()).flatMap(({ name, stored }) =>
      stored
        ? [{ name, successAgeMs: now - (stored.succeededAt ?? stored.createdAt), failures: stored.failures }]
        : [],
    );
  }

  /** One of them; throws `not-found`. */
  async get(name: string): Promise<ListedJob> {
    const found = (await this.list()).find((job) => job.name === name);
    if (!found) throw new Problem('not-found', `There is no job "${name}" here: GET /admin/jobs lists them.`);
    return found;
  }

  /**
   * Makes a job due now; a copy of the server begins it within seconds. Throws `not-found`, and `conflict` while it runs or when no copy
   * has ever looked at it.
   */
  async run(name: string, by: Administrator): Promise<ListedJob> {
    const { store, journal, onRequested } = this.#deps;
    const { stored } = await this.get(name);
    if (!stored)
      throw new Problem('conflict', `No copy of the server has started yet that has the job "${name}".`, {
        code: 'job-not-started',
      });
    if (!(await store.request(name, await store.now())))
      throw new Problem('conflict', `The job "${name}" runs now. Wait until it has ended.`, {
        code: 'job-running',
      });
    await journal.record(
      adminFact(by, {
        type: 'job-requested',
        description: `A run of the job "${name}" was asked for.`,
        userId: by.userId,
        details: { job: name },
      }),
    );
    onRequested();
    return this.get(name);
  }
}
