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
import { StrategyStatusRecord } from './strategy-status-record.ts';
import { tryToMake } from './make-strategy.ts';
import type { MadeStrategy } from './make-strategy.ts';
import type { WarmUpSource } from './warm-up-source.ts';
import type { Json } from '../../core/shared/json.ts';
import type { Engine } from '../../core/engine/engine.ts';
import type { EngineEvent } from '../../core/engine/engine-event.ts';
import type { AccountLoop } from '../account-loop.ts';
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

type DetachMode = Exclude<StopMode, 'drain'>;
type Step = (event: EngineEvent) => Promise<void>;

/** Attaches strategies to one account's engine and keeps their status in the database up to date. */
export class LiveStrategies {
  readonly #dependencies: LiveStrategiesDependencies;
  readonly #statuses: StrategyStatusRecord;
  readonly #strategiesById = new Map<string, Strategy>();
  /** Strategies whose warm-up is not over, as far as is recorded. */
  readonly #warmingIds = new Set<string>();
  readonly #stateVersionsById = new Map<string, number>();
  /** Detached strategies whose status is still `stopping`. */
  readonly #stoppingIds = new Set<string>();
  readonly #drainingIds = new Set<string>();

  constructor(dependencies: LiveStrategiesDependencies) {
    this.#dependencies = dependencies;
    this.#statuses = new StrategyStatusRecord(dependencies, (strategyId) => this.warmUpOf(strategyId));
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
      if (stored.status === 'stopping')
        await this.#stop(stored.id, stored.statusReason === 'keep' ? 'keep' : 'close');
    }
  }

  /** Starts a stopped strategy from nothing: it warms up on stored prices that reach up to now, then on candles to come. */
  async start(stored: StoredStrategy): Promise<void> {
    await this.#dependencies.states.forget(stored.id);
    await this.#statuses.record(stored, { from: stored.status, to: 'starting' });
    // Its parameters may have changed since it was looked at; from here on they cannot.
    const starting = present(await this.#dependencies.strategies.find(stored.id), `strategy ${stored.id}`);
    const made = tryToMake(starting, undefined, this.#dependencies.subject.instruments);
    if ('failure' in made) {
      await this.#statuses.record(stored, { from: 'starting', to: 'failed', reason: made.failure });
      throw new Problem('conflict', `The strategy cannot be started: ${made.failure}`);
    }
    const change = { from: 'starting', to: 'running' } as const;
    try {
      await this.#learn(stored, made);
      // In one turn: a stop comes before it, and then nothing is attached, or after it, and then it is detached.
      await this.#attach({ ...stored, status: 'running' }, made, () => this.#statuses.change(stored, change));
    } catch (error) {
      // It was stopped, the account has ended meanwhile, or stored prices could not be read.
      await this.#statuses.record(stored, { from: 'starting', to: 'stopped' });
      throw error;
    }
    await this.#statuses.append(stored, change);
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
    await this.#stop(stored.id, mode, () => this.#statuses.record(stored, change));
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

  /**
   * Records as stopped what holds nothing any more. The engine asks for a close until the position is gone. It knows so before the rows of
   * orders and positions say it, so this looks when all is stored: no one reads of a stopped strategy whose position is open.
   */
  async finishStopping(): Promise<void> {
    const ending = [...this.#drainingIds, ...this.#stoppingIds];
    if (ending.length === 0) return;
    const { loop } = this.#dependencies;
    const ended = await loop.whenStill(async () =>
      ending.filter((strategyId) => !this.#isHolding(strategyId)),
    );
    for (const strategyId of ended) {
      await this.#endDraining(strategyId);
      await this.#recordStopped(strategyId);
    }
  }

  /** Records that a strategy threw; the engine has detached it already. */
  async recordFailure(strategyId: string, reason: string): Promise<void> {
    this.#stateVersionsById.delete(strategyId);
    this.#strategiesById.delete(strategyId);
    this.#warmingIds.delete(strategyId);
    this.#drainingIds.delete(strategyId);
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
      await this.#statuses.append(stored, { from: 'running', to: 'running', reason: 'warmed up' });
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
      if (stored.status === 'draining') this.#drainingIds.add(stored.id);
      this.#stateVersionsById.set(stored.id, stateVersion);
      this.#strategiesById.set(stored.id, strategy);
      if (strategy.warmUp) this.#warmingIds.add(stored.id);
    });
  }

  async #drain(stored: StoredStrategy): Promise<void> {
    await this.#dependencies.loop.askInOneTurn(async (step) => {
      await this.#statuses.record(stored, { from: stored.status, to: 'draining' });
      await step({ type: 'strategy-draining', strategyId: stored.id });
      this.#drainingIds.add(stored.id);
    });
    await this.finishStopping();
  }

  /** Its last position is closed. A person who stops it at the same moment may be before us. */
  async #endDraining(strategyId: string): Promise<void> {
    if (!this.#drainingIds.has(strategyId)) return;
    const { strategies, loop } = this.#dependencies;
    await loop.askInOneTurn(async (step) => {
      const stored = await strategies.find(strategyId);
      if (stored?.status !== 'draining') return;
      const change = { from: 'draining', to: 'stopping', reason: 'keep' } as const;
      await this.#statuses.change(stored, change);
      await this.#statuses.append(stored, { ...change, reason: 'all is closed' });
      await this.#detach(step, strategyId, 'keep');
    });
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

  async #stop(strategyId: string, mode: DetachMode, before?: () => Promise<void>): Promise<void> {
    await this.#dependencies.loop.askInOneTurn(async (step) => {
      await before?.();
      await this.#detach(step, strategyId, mode);
    });
    if (mode === 'keep') await this.#recordStopped(strategyId);
    else await this.finishStopping();
  }

  async #detach(step: Step, strategyId: string, mode: DetachMode): Promise<void> {
    await step({ type: 'strategy-detached', strategyId, mode });
    this.#drainingIds.delete(strategyId);
    this.#stateVersionsById.delete(strategyId);
    this.#strategiesById.delete(strategyId);
    this.#warmingIds.delete(strategyId);
    this.#stoppingIds.add(strategyId);
  }

  async #recordStopped(strategyId: string): Promise<void> {
    // The regular turn and the end of the request may both come here.
    if (!this.#stoppingIds.delete(strategyId)) return;
    const stored = present(await this.#dependencies.strategies.find(strategyId), `strategy ${strategyId}`);
    await this.#statuses.record(stored, { from: 'stopping', to: 'stopped' });
  }

  /** Whether it has a position, or may get one by what rests or is in flight. */
  #isHolding(strategyId: string): boolean {
    const { engine } = this.#dependencies;
    const { openPositions, openOrders } = engine.ledger;
    const held = [...openPositions.values(), ...openOrders.values()];
    return held.some((part) => part.strategyId === strategyId) || engine.hasInFlightOf(strategyId);
  }
}
