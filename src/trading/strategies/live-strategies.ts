/** The strategies of one live account: attached to its engine, saved, and stopped. */

import { present } from '../../core/shared/assert.ts';
import { Problem } from '../../core/shared/problem.ts';
import { ACTIVE_STRATEGY_STATUSES, canStrategyBecome } from '../../core/domain/strategy-lifecycle.ts';
import { findStrategyType } from '../../core/strategies/registry.ts';
import type { StopMode } from '../../core/domain/strategy-lifecycle.ts';
import type { StatusChange, StoredStrategy } from './strategy-store.ts';
import type { AccountStateStore } from '../account-state-store.ts';
import type { StrategyMemory } from '../recording/state-statement.ts';
import type { Strategy, WarmUp } from '../../core/strategies/strategy.ts';
import { EndingStrategies } from './ending-strategies.ts';
import { notAnyMore, StrategyStatusRecord, warmUpNote } from './strategy-status-record.ts';
import { tryToMake } from './make-strategy.ts';
import type { MadeStrategy } from './make-strategy.ts';
import type { WarmUpSource } from './warm-up-source.ts';
import type { Json } from '../../core/shared/json.ts';
import type { Engine } from '../../core/engine/engine.ts';
import type { EngineEvent } from '../../core/engine/engine-event.ts';
import type { AccountLoop } from '../account-loop.ts';
import type { Detach, DetachMode, Step } from './ending-strategies.ts';
import type { StrategyStatusDependencies } from './strategy-status-record.ts';

/** What live strategies need. */
export interface LiveStrategiesDependencies extends StrategyStatusDependencies {
  readonly engine: Engine;
  readonly loop: AccountLoop;
  readonly states: AccountStateStore;
  /** Candles from before now that a strategy of this account warms up on. */
  readonly history: WarmUpSource;
  /** The market's time in UTC ms. */
  readonly marketTime: () => number;
}

/** Attaches strategies to one account's engine and keeps their status in the database up to date. */
export class LiveStrategies {
  readonly #dependencies: LiveStrategiesDependencies;
  readonly #statuses: StrategyStatusRecord;
  readonly #ending: EndingStrategies;
  readonly #strategiesById = new Map<string, Strategy>();
  /** Strategies whose warm-up is not over, as far as is recorded. */
  readonly #warmingIds = new Set<string>();
  readonly #stateVersionsById = new Map<string, number>();
  /** The start of each strategy that began last. */
  readonly #newestStarts = new Map<string, symbol>();

  constructor(dependencies: LiveStrategiesDependencies) {
    this.#dependencies = dependencies;
    this.#statuses = new StrategyStatusRecord(dependencies, (strategyId) => this.warmUpOf(strategyId));
    const detach: Detach = (step, strategyId, mode) => this.#detach(step, strategyId, mode);
    this.#ending = new EndingStrategies({ ...dependencies, statuses: this.#statuses, detach });
  }

  /** Whether any strategy is attached. */
  get hasAny(): boolean {
    return this.count > 0;
  }

  /** How many strategies are attached. */
  get count(): number {
    return this.#stateVersionsById.size;
  }

  /** Attaches again what ran when the server stopped, with what it remembered. */
  async restore(): Promise<void> {
    const { strategies, subject, states } = this.#dependencies;
    const active = await strategies.inStatuses(subject.accountId, ACTIVE_STRATEGY_STATUSES);
    for (const stored of active) {
      const stateVersion = findStrategyType(stored.strategyType)?.stateVersion ?? 0;
      const memory = await states.loadMemory(stored.id, stateVersion);
      const made = tryToMake(stored, memory, subject.instruments);
      if ('failure' in made) {
        // The account and its other strategies continue; what this one holds keeps its protection.
        await this.#statuses.record(stored, { from: stored.status, to: 'failed', reason: made.failure });
        continue;
      }
      if (memory === undefined) await this.#learn(stored, made);
      await this.#attach(stored, made);
      if (stored.status === 'starting')
        await this.#statuses.record(stored, { from: 'starting', to: 'running' });
      if (stored.status === 'stopping') {
        const mode = stored.statusReason === 'keep' ? 'keep' : 'close';
        await this.#dependencies.loop.askInOneTurn((step) => this.#detach(step, stored.id, mode));
        await this.#finish(stored.id, mode);
      }
    }
  }

  /** Starts a stopped strategy from nothing: it warms up on stored prices that reach up to now, then on candles to come. */
  async start(stored: StoredStrategy): Promise<void> {
    const { states, strategies, subject, loop } = this.#dependencies;
    await states.forget(stored.id);
    const start = Symbol(stored.id);
    // In one turn, so that a start before it, which still reads, sees both or neither.
    await loop.askInOneTurn(async () => {
      await this.#statuses.record(stored, { from: stored.status, to: 'starting' });
      this.#newestStarts.set(stored.id, start);
    });
    const made = await this.#orStopped(stored, start, async () => {
      // Its parameters may have changed since it was looked at; from here on they cannot.
      const current = present(await strategies.find(stored.id), `strategy ${stored.id}`);
      return tryToMake(current, undefined, subject.instruments);
    });
    if ('failure' in made) {
      await this.#statuses.record(stored, { from: 'starting', to: 'failed', reason: made.failure });
      throw new Problem('conflict', `The strategy cannot be started: ${made.failure}`);
    }
    const change = { from: 'starting', to: 'running' } as const;
    await this.#orStopped(stored, start, async () => {
      await this.#learn(stored, made);
      // In one turn: a stop comes before it, and then nothing is attached, or after it, and then it is detached.
      await this.#attach({ ...stored, status: 'running' }, made, async () => {
        // Stopped, changed and started again meanwhile, it is made of other parameters.
        if (this.#newestStarts.get(stored.id) !== start) throw notAnyMore(change);
        await this.#statuses.record(stored, change, warmUpNote(made.strategy.warmUp));
      });
    });
  }

  /** Pauses: it sees prices, but nothing it wants is done. */
  async pause(stored: StoredStrategy): Promise<void> {
    const change = { from: 'running', to: 'paused' } as const;
    await this.#move(stored, change, { type: 'strategy-paused', strategyId: stored.id });
  }

  /** Lets a paused strategy act again. */
  async resume(stored: StoredStrategy): Promise<void> {
    const change = { from: 'paused', to: 'running' } as const;
    await this.#move(stored, change, { type: 'strategy-resumed', strategyId: stored.id });
  }

  /** Stops a strategy. With `close` and `drain` it is stopped only when the broker's log says that its positions are gone. */
  async stop(stored: StoredStrategy, mode: StopMode): Promise<void> {
    if (mode === 'drain') return this.#drain(stored);
    const change = { from: stored.status, to: 'stopping', reason: mode } as const;
    await this.#dependencies.loop.askInOneTurn(async (step) => {
      await this.#statuses.record(stored, change);
      await this.#detach(step, stored.id, mode);
    });
    await this.#finish(stored.id, mode);
  }

  /** Stops the strategies that an administrator wants stopped. One that is just starting, or that someone else stops, is looked at again. */
  async stopWhatIsDue(): Promise<void> {
    const { strategies, subject } = this.#dependencies;
    for (const stored of await strategies.withStopDue(subject.accountId)) {
      const { hold, status } = stored;
      if (hold?.stopDue === undefined) continue;
      const to = hold.stopDue === 'drain' ? 'draining' : 'stopping';
      if (canStrategyBecome(status, to)) await this.stop(stored, hold.stopDue);
      else if (status === 'starting') continue;
      await strategies.stopBegun(stored.id, hold.at);
    }
  }

  /** Records as stopped what is ending and holds nothing any more. */
  finishStopping(): Promise<void> {
    return this.#ending.finish();
  }

  /** Records that a strategy threw; the engine has detached it already. */
  async recordFailure(strategyId: string, reason: string): Promise<void> {
    this.#stateVersionsById.delete(strategyId);
    this.#strategiesById.delete(strategyId);
    this.#warmingIds.delete(strategyId);
    this.#ending.forget(strategyId);
    const stored = await this.#dependencies.strategies.find(strategyId);
    if (stored) await this.#statuses.record(stored, { from: stored.status, to: 'failed', reason });
  }

  /** The state of an attached strategy at this moment; undefined when it is not attached. */
  stateOf(strategyId: string): Json | undefined {
    return this.#dependencies.engine.saveStrategy(strategyId);
  }

  /** How far the warm-up of an attached strategy is; undefined when it is over. */
  warmUpOf(strategyId: string): WarmUp | undefined {
    return this.#strategiesById.get(strategyId)?.warmUp;
  }

  /** Records of strategies that have warmed up since the last time that they trade from now on. */
  async noteWarm(): Promise<void> {
    for (const strategyId of this.#warmingIds) {
      if (this.warmUpOf(strategyId) !== undefined) continue;
      this.#warmingIds.delete(strategyId);
      const stored = await this.#dependencies.strategies.find(strategyId);
      if (stored?.status !== 'running' || !this.#strategiesById.has(strategyId)) continue;
      await this.#statuses.recordWarm(stored);
    }
  }

  /** What the attached strategies want remembered. */
  memories(): readonly StrategyMemory[] {
    const { engine } = this.#dependencies;
    return [...this.#stateVersionsById].flatMap(([strategyId, stateVersion]) => {
      const state = engine.saveStrategy(strategyId);
      return state === undefined ? [] : [{ strategyId, stateVersion, state }];
    });
  }

  async #learn({ userId, instrument }: StoredStrategy, { strategy }: MadeStrategy): Promise<void> {
    const [granularity] = strategy.granularities;
    const count = strategy.warmUp?.needed ?? 0;
    if (granularity === undefined || count === 0) return;
    const { history, marketTime } = this.#dependencies;
    const candles = await history(userId, { instrument, granularity, count, until: marketTime() });
    for (const candle of candles) strategy.learn?.(candle);
  }

  /** Behind the prices that wait, which may be older than the candles that it warmed up on. */
  async #attach(stored: StoredStrategy, made: MadeStrategy, before?: () => Promise<void>): Promise<void> {
    const { strategy, instrument, otherInstruments, stateVersion } = made;
    const { loop } = this.#dependencies;
    await loop.inOneTurn(async (step) => {
      await before?.();
      await step({
        type: 'strategy-attached',
        strategyId: stored.id,
        instrument,
        otherInstruments,
        strategy,
        paused: stored.status === 'paused',
        draining: stored.status === 'draining',
      });
      if (stored.status === 'draining') this.#ending.addDraining(stored.id);
      this.#stateVersionsById.set(stored.id, stateVersion);
      this.#strategiesById.set(stored.id, strategy);
      if (strategy.warmUp) this.#warmingIds.add(stored.id);
    });
  }

  async #drain(stored: StoredStrategy): Promise<void> {
    await this.#dependencies.loop.askInOneTurn(async (step) => {
      await this.#statuses.record(stored, { from: stored.status, to: 'draining' });
      await step({ type: 'strategy-draining', strategyId: stored.id });
      this.#ending.addDraining(stored.id);
    });
    await this.finishStopping();
  }

  /**
   * Records a change and lets the engine do it in one turn, so that the engine takes changes that are asked for at the same time in the
   * order in which they are recorded.
   */
  #move(stored: StoredStrategy, change: StatusChange, event: EngineEvent): Promise<void> {
    return this.#dependencies.loop.askInOneTurn(async (step) => {
      await this.#statuses.record(stored, change);
      await step(event);
    });
  }

  /** Does work of a start; when it fails, the strategy is stopped again, unless it is another start that has it now. */
  async #orStopped<T>(stored: StoredStrategy, start: symbol, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      // It was stopped, the account has ended meanwhile, or what it starts with could not be read.
      if (this.#newestStarts.get(stored.id) === start)
        await this.#statuses.record(stored, { from: 'starting', to: 'stopped' });
      throw error;
    }
  }

  async #finish(strategyId: string, mode: DetachMode): Promise<void> {
    if (mode === 'keep') await this.#ending.recordStopped(strategyId);
    else await this.finishStopping();
  }

  async #detach(step: Step, strategyId: string, mode: DetachMode): Promise<void> {
    await step({ type: 'strategy-detached', strategyId, mode });
    this.#stateVersionsById.delete(strategyId);
    this.#strategiesById.delete(strategyId);
    this.#warmingIds.delete(strategyId);
    this.#ending.addStopping(strategyId, mode);
  }
}
