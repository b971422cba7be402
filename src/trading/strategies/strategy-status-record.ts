/** Records in which status a strategy of a running account is, and its journal entries. */

import { Problem } from '../../core/shared/problem.ts';
import { statusEntry } from '../trading-entries.ts';
import type { JournalEntry } from '../../core/domain/journal-entry.ts';
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

  /**
   * Changes the status together with the entry that says so; `note` is what the entry says besides, the reason of the change when left
   * out. The problem `invalid-transition` when the strategy is not in the status `from` any more.
   */
  async record(stored: StoredStrategy, change: StatusChange, note?: string): Promise<void> {
    const { strategies, committed } = this.#dependencies;
    const entry = this.#entryOf(stored, change, note);
    // Two requests at the same time: the database lets only one of them through.
    if (!(await strategies.changeStatus(stored.id, change, entry))) throw notAnyMore(change);
    committed();
  }

  /** Records that a strategy that runs has warmed up. */
  async recordWarm(stored: StoredStrategy): Promise<void> {
    const { journal, committed } = this.#dependencies;
    await journal.append(this.#entryOf(stored, { from: 'running', to: 'running' }, 'warmed up'));
    committed();
  }

  #entryOf({ id, name }: StoredStrategy, { from, to, reason }: StatusChange, note?: string): JournalEntry {
    const warmUp = to === 'running' ? this.#warmUpOf(id) : undefined;
    const said = note ?? warmUpNote(warmUp) ?? reason;
    return statusEntry(this.#dependencies.subject, {
      type: `strategy-${to}`,
      description: `Strategy "${name}" is ${to}${said === undefined ? '' : ` (${said})`}`,
      severity: to === 'failed' ? 'error' : 'info',
      strategyId: id,
      details: { from, to },
    });
  }
}

/** Says how far a warm-up is; undefined when it is over. */
export function warmUpNote(warmUp: WarmUp | undefined): string | undefined {
  return warmUp && `warming up ${warmUp.seen}/${warmUp.needed}`;
}

/** The problem of a change whose strategy is in another status by now. */
export function notAnyMore({ from }: StatusChange): Problem {
  return new Problem('invalid-transition', `The strategy is not ${from} any more. Look at it and try again.`);
}
