/** What metrics are read from. */

import type { Environment } from '../../core/domain/account.ts';
import type { StreamState } from '../../brokers/broker.ts';
import type { PoolUse } from '../../persistence/pool-use.ts';
import type { JobHealth } from '../jobs/jobs.ts';
import type { QueueDepths } from './queue-depth-store.ts';

/** What is shown of one running account. */
export interface MeasuredAccount {
  readonly environment: Environment;
  readonly isHalted: boolean;
  /** Whether the newest comparison with its broker found a difference, and how long ago that was (ms). */
  readonly comparison: { readonly isDiffering: boolean; readonly comparisonAgeMs: number };
  readonly streams: readonly StreamState[];
  readonly strategies: { readonly count: number };
}

/** The parts of a server that are looked at when someone asks. */
export interface MetricSources {
  readonly version: string;
  /** Whether it has started. */
  readonly isReady: () => boolean;
  /** What keeps a server that has started from being ready. */
  readonly obstacle: () => unknown;
  readonly database: { readonly isAway: boolean };
  readonly supervisor: {
    readonly running: Iterable<MeasuredAccount>;
    readonly reconciling: number;
    readonly faulty: number;
  };
  readonly pools: () => readonly PoolUse[];
  /** Reads from the database. */
  readonly queues: { read(): Promise<QueueDepths> };
  /** The scheduled jobs; reads from the database. */
  readonly jobs: { health(): Promise<readonly JobHealth[]> };
  readonly sockets: () => number;
  readonly conflatedQuotes: () => number;
  readonly notifications: {
    /** How many were made here. */
    readonly made: () => number;
    /** What came of the attempts to send messages about them. */
    readonly attempts: () => Iterable<{
      readonly kind: string;
      readonly result: string;
      readonly count: number;
    }>;
  };
  readonly linesByLevel: ReadonlyMap<number, number>;
}
