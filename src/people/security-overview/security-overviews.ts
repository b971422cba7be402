/** The security overview of the last hours. */

import type { SecurityOverview, SecurityOverviewStore } from './security-overview-store.ts';

const HOUR_MS = 3_600_000;

export const DEFAULT_HOURS = 24;
/** A week. */
export const MOST_HOURS = 168;

export interface SecurityOverviewDependencies {
  readonly store: SecurityOverviewStore;
  readonly clock: () => number;
}

export class SecurityOverviews {
  readonly #deps: SecurityOverviewDependencies;

  constructor(deps: SecurityOverviewDependencies) {
    this.#deps = deps;
  }

  /** What happened in the last `hours`, at most {@link MOST_HOURS}, and what holds now. */
  ofLast(hours: number): Promise<SecurityOverview> {
    const to = this.#deps.clock();
    return this.#deps.store.read({ from: to - hours * HOUR_MS, to });
  }
}
