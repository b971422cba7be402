/** Waiting for another worker that has a backfill in hand: said once, and given up when that worker gets no further. */
import { backfillHolder } from '../../upkeep/backfills/claim-backfill.ts';
import { MigratorFailure } from '../../failure.ts';
import { describeSession } from '../connect/seen-session.ts';
import type { StoredBackfill } from '../../upkeep/backfills/backfill-store.ts';
import type { Query } from '../connect/query.ts';
import type { MigratorLog } from '../migrator-settings.ts';

export interface BackfillWaitParts {
  readonly query: Query;
  readonly log: MigratorLog;
  /** How long a worker may hold it without a sign of life. */
  readonly lockWaitMs: number;
  /** Hears how far it is. */
  readonly onProgress: (progress: string) => void;
}

export class BackfillWait {
  readonly #name: string;
  readonly #parts: BackfillWaitParts;
  #toldPid: number | undefined;
  /** The last sign of life, and when we saw it: our own clock, for the database may have another. */
  #sign: number | null | undefined;
  #signSeenAt = 0;

  constructor(name: string, parts: BackfillWaitParts) {
    this.#name = name;
    this.#parts = parts;
  }

  /** Called each time that it was taken. MigratorFailure `migration-lock-timeout` when its worker has shown no sign of life for too long. */
  async look({ heartbeatAt }: StoredBackfill): Promise<void> {
    const now = performance.now();
    if (heartbeatAt !== this.#sign) [this.#sign, this.#signSeenAt] = [heartbeatAt, now];
    const holder = await backfillHolder(this.#parts.query, this.#name);
    // It was given back just now.
    if (holder === undefined) return;
    const held = `backfill ${this.#name} is held by ${describeSession(holder)}`;
    if (now - this.#signSeenAt > this.#parts.lockWaitMs) throw this.#timeout(held, holder.pid);
    if (holder.pid === this.#toldPid) return;
    this.#toldPid = holder.pid;
    this.#parts.log.info({ backfill: this.#name, held }, 'waiting for another worker of a backfill');
    this.#parts.onProgress(held);
  }

  #timeout(held: string, pid: number): MigratorFailure {
    const seconds = Math.round(this.#parts.lockWaitMs / 1_000);
    return new MigratorFailure(
      'migration-lock-timeout',
      `A contract needs its backfill done, and ${held}. It got no further in the ${seconds} s that this run waits. What was applied so far ` +
        'stays. See whether that process is alive ("manage db doctor --locks"); ending it frees the backfill, and the next start continues. ' +
        'MIGRATION_LOCK_WAIT_SECONDS sets how long to wait.',
      { backfill: this.#name, pid },
    );
  }
}
