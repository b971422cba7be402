/** The strategies of one live account that are ending: those that drain, and those that are detached and not recorded as stopped yet. */

import type { StopMode } from '../../core/domain/strategy-lifecycle.ts';
import type { Engine } from '../../core/engine/engine.ts';
import type { EngineEvent } from '../../core/engine/engine-event.ts';
import type { AccountLoop } from '../account-loop.ts';
import type { StrategyStatusRecord } from './strategy-status-record.ts';
import type { StrategyStore } from './strategy-store.ts';

/** How a strategy is taken out of the engine. */
export type DetachMode = Exclude<StopMode, 'drain'>;

/** Performs an event in the account's turn. */
export type Step = (event: EngineEvent) => Promise<void>;

export type Detach = (step: Step, strategyId: string, mode: DetachMode) => Promise<void>;

export interface EndingStrategiesParts {
  readonly engine: Engine;
  readonly loop: AccountLoop;
  readonly strategies: StrategyStore;
  readonly statuses: StrategyStatusRecord;
  /** Takes a strategy out of the engine, and adds it here as stopping. */
  readonly detach: Detach;
}

/** Follows each to its end. */
export class EndingStrategies {
  readonly #parts: EndingStrategiesParts;
  /** Detached strategies whose status is still `stopping`, and how they stop. */
  readonly #stoppingModes = new Map<string, DetachMode>();
  readonly #drainingIds = new Set<string>();

  constructor(parts: EndingStrategiesParts) {
    this.#parts = parts;
  }

  addDraining(strategyId: string): void {
    this.#drainingIds.add(strategyId);
  }

  /** It is detached: what it drains, if it does, ends with that. */
  addStopping(strategyId: string, mode: DetachMode): void {
    this.#drainingIds.delete(strategyId);
    this.#stoppingModes.set(strategyId, mode);
  }

  /** It has ended in another way. */
  forget(strategyId: string): void {
    this.#drainingIds.delete(strategyId);
  }

  /**
   * Records as stopped what holds nothing any more. The engine asks for a close until the position is gone. It knows so before the rows of
   * orders and positions say it, so this looks when all is stored: no one reads of a stopped strategy whose position is open.
   */
  async finish(): Promise<void> {
    const ending = [...this.#drainingIds, ...this.#stoppingModes.keys()];
    if (ending.length === 0) return;
    const ended = await this.#parts.loop.whenStill(async () =>
      // One that keeps its positions is here because its end could not be recorded.
      ending.filter((id) => this.#stoppingModes.get(id) === 'keep' || !this.#isHolding(id)),
    );
    for (const strategyId of ended) {
      await this.#endDraining(strategyId);
      await this.recordStopped(strategyId);
    }
  }

  /** Records a detached strategy as stopped. When that fails, {@link EndingStrategies.finish} tries again. */
  async recordStopped(strategyId: string): Promise<void> {
    // The regular turn and the end of the request may both come here.
    const mode = this.#stoppingModes.get(strategyId);
    if (mode === undefined) return;
    this.#stoppingModes.delete(strategyId);
    const { strategies, statuses } = this.#parts;
    try {
      const stored = await strategies.find(strategyId);
      if (stored?.status === 'stopping') await statuses.record(stored, { from: 'stopping', to: 'stopped' });
    } catch (error) {
      this.#stoppingModes.set(strategyId, mode);
      throw error;
    }
  }

  /** Its last position is closed. A person who stops it at the same moment may be before us. */
  async #endDraining(strategyId: string): Promise<void> {
    if (!this.#drainingIds.has(strategyId)) return;
    const { strategies, statuses, loop, detach } = this.#parts;
    await loop.askInOneTurn(async (step) => {
      const stored = await strategies.find(strategyId);
      if (stored?.status !== 'draining') return;
      const change = { from: 'draining', to: 'stopping', reason: 'keep' } as const;
      await statuses.record(stored, change, 'all is closed');
      await detach(step, strategyId, 'keep');
    });
  }

  /** Whether it has a position, or may get one by what rests or is in flight. */
  #isHolding(strategyId: string): boolean {
    const { engine } = this.#parts;
    const { openPositions, openOrders } = engine.ledger;
    const held = [...openPositions.values(), ...openOrders.values()];
    return held.some((part) => part.strategyId === strategyId) || engine.hasInFlightOf(strategyId);
  }
}
