/** What an account knows beyond its log: restored when it starts, saved while it runs. */

import { tradingDayStart } from '../core/domain/trading-calendar.ts';
import type { Broker } from '../brokers/broker.ts';
import type { Engine } from '../core/engine/engine.ts';
import type { AccountLoop } from './account-loop.ts';
import type { AccountStateStore } from './account-state-store.ts';
import type { AccountOwner } from './recording/account-owner.ts';
import type { AccountState } from './recording/state-statement.ts';
import type { LiveStrategies } from './strategies/live-strategies.ts';

/** Whose memory it is, and where it is stored. */
export interface AccountMemoryParts {
  readonly owner: AccountOwner;
  readonly engine: Engine;
  readonly broker: Pick<Broker, 'saveState'>;
  readonly loop: Pick<AccountLoop, 'quotedAt'>;
  readonly strategies: Pick<LiveStrategies, 'hasAny' | 'memories'>;
  readonly states: Pick<AccountStateStore, 'save'>;
}

/**
 * After so many turns an account that holds nothing is saved again: only the time moves there. A thousand of them, saved each second, held
 * up everyone's orders.
 */
export const IDLE_TURNS = 60;

/** The memory of one live account. */
export class AccountMemory {
  readonly #parts: AccountMemoryParts;
  #recoveredAt: number | undefined;
  #playedUntil: number | undefined;
  #savedAt = 0;
  /** The last transaction when it was saved. */
  #savedTransactionId: number | undefined;
  /** The start of the trading day (UTC ms) in which it was saved. */
  #savedDay: number | undefined;
  #idleTurns: number;

  constructor(parts: AccountMemoryParts) {
    this.#parts = parts;
    // Accounts that start together are not saved together.
    this.#idleTurns = Number.parseInt(parts.owner.accountId.slice(-2), 16) % IDLE_TURNS;
  }

  /** The market time (UTC ms) that the account had come to before this start; undefined for one that never ran. */
  get recoveredAt(): number | undefined {
    return this.#recoveredAt;
  }

  /** The last price (UTC ms) that the account had seen before this start: a recording continues after it. */
  get playedUntil(): number | undefined {
    return this.#playedUntil;
  }

  /** Takes over the saved state once the engine has absorbed the log. Prices come again from market time `resumesAt` on. */
  restore(state: AccountState | undefined, resumesAt: number): void {
    const { engine } = this.#parts;
    const { lastTransactionId } = engine.ledger;
    if (state) engine.restoreState(state.engine, resumesAt);
    this.#savedTransactionId = state?.lastTransactionId;
    this.#savedDay = state && tradingDayStart(state.marketAt);
    // Killed before its state was saved for the first time, an account still has the time of its log.
    if (lastTransactionId > 0) this.#recoveredAt = engine.at;
    // The clock announces a price before it comes: an account that was stopped in between has not seen that price.
    const isStateNewest = state?.lastTransactionId === lastTransactionId;
    this.#playedUntil = isStateNewest ? (state.quotedAt ?? this.#recoveredAt) : this.#recoveredAt;
  }

  /** Saves the state of account and strategies, and what the account is worth; refused when another process took the account. */
  async save(): Promise<void> {
    const { owner, engine, broker, loop, strategies, states } = this.#parts;
    const marketAt = engine.at;
    const state = {
      marketAt,
      quotedAt: loop.quotedAt ?? this.#playedUntil,
      lastTransactionId: engine.ledger.lastTransactionId,
      engine: engine.saveState(),
      broker: broker.saveState(),
    };
    await states.save({ owner, state, memories: strategies.memories(), snapshot: engine.snapshot() });
    this.#savedAt = marketAt;
    this.#savedTransactionId = state.lastTransactionId;
    this.#savedDay = tradingDayStart(marketAt);
    this.#idleTurns = 0;
  }

  /** Saves if market time has passed since the last time; seldom while nothing can come of it. */
  async saveIfChanged(): Promise<void> {
    if (this.#parts.engine.at <= this.#savedAt) return;
    this.#idleTurns += 1;
    if (this.#isIdle() && this.#idleTurns < IDLE_TURNS) return;
    await this.save();
  }

  /** Whether it holds nothing, no strategy runs, and since it was saved its log has not grown and no trading day began, from which losses count. */
  #isIdle(): boolean {
    const { engine, strategies } = this.#parts;
    const { openOrders, openPositions, lastTransactionId } = engine.ledger;
    const holdsNothing = openOrders.size === 0 && openPositions.size === 0 && !engine.hasInFlight;
    const hasNews =
      lastTransactionId !== this.#savedTransactionId || tradingDayStart(engine.at) !== this.#savedDay;
    return holdsNothing && !strategies.hasAny && !hasNews;
  }
}
