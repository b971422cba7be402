/** Records in which status a strategy of a running account is, and its journal entries. */

import { Problem } from '../../core/shared/problem.ts';
import { statusEntry } from '../trading-entries.ts';
import type { JournalStore } from '../../journal/journal-store.ts';
import type { WarmUp } from '../../core/strategies/strategy.ts';
import type { EntrySubject } from '../trading-entries.ts';
import type { StatusChange, StoredStrategy, StrategyStore } from './strategy-store.ts';

/** What the record writes to; `committed` is called when an entry is stored. */
export interface StrategyStatusDependencies {
  readonly subject: EntrySubject;
  readonly strategies: StrategyStore;
  readonly journal: JournalStore;
  readonly committed: () => void;
}

/** The statuses of the strategies of one account. */
export class StrategyStatusRecord {
  readonly #dependencies: StrategyStatusDependencies;
  readonly #warmUpOf: (strategyId: string) => WarmUp | undefined;

  constructor(
    dependencies: StrategyStatusDependencies,
    warmUpOf: (strategyId: string) => WarmUp | undefined,
  ) {
    this.#dependencies = dependencies;
    this.#warmUpOf = warmUpOf;
  }

  /** Changes the status and writes the entry; the problem `invalid-transition` when the strategy is not in the status `from` any more. */
  async record(stored: StoredStrategy, change: StatusChange): Promise<void> {
    await this.change(stored, change);
    await this.append(stored, change);
  }

  /** Changes the status as {@link StrategyStatusRecord.record} does, and writes no entry. */
  async change(stored: StoredStrategy, change: StatusChange): Promise<void> {
    const isChanged = await this.#dependencies.strategies.changeStatus(stored.id, change);
    // Two requests at the same time: the database lets only one of them through.
    if (!isChanged)
      throw new Problem(
        'invalid-transition',
        `The strategy is not ${change.from} any more. Look at it and try again.`,
      );
  }

  /** Writes the entry of a change that is stored. */
  async append(stored: StoredStrategy, change: StatusChange): Promise<void> {
    const { journal, subject, committed } = this.#dependencies;
    const warmUp = change.to === 'running' ? this.#warmUpOf(stored.id) : undefined;
    const reason = warmUp ? `warming up ${warmUp.seen}/${warmUp.needed}` : change.reason;
    await journal.append(
      statusEntry(subject, {
        type: `strategy-${change.to}`,
        description: `Strategy "${stored.name}" is ${change.to}${reason === undefined ? '' : ` (${reason})`}`,
        severity: change.to === 'failed' ? 'error' : 'info',
        strategyId: stored.id,
        details: { from: change.from, to: change.to },
      }),
    );
    committed();
  }
}
