/** Holds of administrators, each stored together with the entry that says so. */

import { OandaAccountRecord, StrategyRecord } from '../../entities/index.ts';
import { appendToJournal } from '../../journal/journal-store.ts';
import type { StopMode } from '../../core/domain/strategy-lifecycle.ts';
import type { JournalEntry } from '../../core/domain/journal-entry.ts';
import type { Orm } from '../../persistence/orm.ts';

/** What is stored of a new hold besides its time. */
export interface NewHold {
  readonly administratorId: string | undefined;
  readonly reason: string | undefined;
}

export class HoldStore {
  readonly #orm: Orm;

  constructor(orm: Orm) {
    this.#orm = orm;
  }

  /** Holds an account. A kill that is due stays due when a halt is asked for as well. */
  async holdAccount(
    accountId: string,
    hold: NewHold & { readonly kills: boolean },
    entry: JournalEntry,
  ): Promise<void> {
    const columns = { ...holdColumns(hold), ...(hold.kills && { killDue: true }) };
    await this.#orm.em.fork().transactional(async (em) => {
      await em.nativeUpdate(OandaAccountRecord, { id: accountId }, columns);
      await appendToJournal(em.getKysely(), [entry]);
    });
  }

  /** Holds a strategy. */
  async holdStrategy(
    strategyId: string,
    hold: NewHold & { readonly mode: StopMode },
    entry: JournalEntry,
  ): Promise<void> {
    await this.#orm.em.fork().transactional(async (em) => {
      await em.nativeUpdate(StrategyRecord, { id: strategyId }, { ...holdColumns(hold), stopDue: hold.mode });
      await appendToJournal(em.getKysely(), [entry]);
    });
  }

  /** Lifts the hold of an account, and returns whether there was one. */
  async liftAccount(accountId: string, entry: JournalEntry): Promise<boolean> {
    return this.#orm.em.fork().transactional(async (em) => {
      const held = { id: accountId, heldAt: { $ne: null } };
      const lifted = await em.nativeUpdate(OandaAccountRecord, held, { ...NO_HOLD, killDue: false });
      if (lifted > 0) await appendToJournal(em.getKysely(), [entry]);
      return lifted > 0;
    });
  }

  /** Lifts the hold of a strategy, and returns whether there was one. */
  async liftStrategy(strategyId: string, entry: JournalEntry): Promise<boolean> {
    return this.#orm.em.fork().transactional(async (em) => {
      const held = { id: strategyId, heldAt: { $ne: null } };
      const lifted = await em.nativeUpdate(StrategyRecord, held, { ...NO_HOLD, stopDue: null });
      if (lifted > 0) await appendToJournal(em.getKysely(), [entry]);
      return lifted > 0;
    });
  }
}

const NO_HOLD = { heldAt: null, heldBy: null, holdReason: null };

function holdColumns({ administratorId, reason }: NewHold) {
  return { heldAt: new Date(), heldBy: administratorId ?? null, holdReason: reason ?? null };
}
