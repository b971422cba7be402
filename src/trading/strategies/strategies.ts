/** Configured strategies: made, changed, started and stopped by their owners. */

import { instrumentFrom } from '../../prices/market-input.ts';
import { isStrategyActive, requestableStatuses } from '../../core/domain/strategy-lifecycle.ts';
import type { Instrument } from '../../core/domain/instrument.ts';
import { Problem } from '../../core/shared/problem.ts';
import { checkStrategyParameters, findStrategyType } from '../../core/strategies/registry.ts';
import type { StopMode, StrategyStatus } from '../../core/domain/strategy-lifecycle.ts';
import type { AccountInstrumentsStore } from '../accounts/account-instruments-store.ts';
import type { PersonLimitSource } from '../../people/administration/person-limits.ts';
import type { AccountStore } from '../accounts/account-store.ts';
import { assertNotHeld } from '../administration/hold.ts';
import { assertNotActive } from './strategy-store.ts';
import { strategyView } from './strategy-view.ts';
import type { StoredStrategy, StrategyStore } from './strategy-store.ts';
import type { StrategyParameters, StrategyType } from '../../core/strategies/strategy.ts';
import type { LiveStrategies } from './live-strategies.ts';
import type { AccountSupervisor } from '../account-supervisor.ts';
import type { Precondition } from '../../http/preconditions.ts';

/** What the service works with. `onStarted` is called when a strategy begins to run. */
export interface StrategiesDependencies {
  readonly accounts: AccountStore;
  readonly accountInstruments: AccountInstrumentsStore;
  readonly strategies: StrategyStore;
  readonly supervisor: AccountSupervisor;
  readonly onStarted: () => void;
  readonly limits: PersonLimitSource;
}

/** A strategy as a person describes it. */
export interface StrategyRequest {
  readonly id: string;
  readonly userId: string;
  readonly accountId: string;
  readonly name: string;
  readonly strategyType: string;
  readonly instrument: string;
  readonly parameters: unknown;
}

/** Strategies of people. Every method refuses what is not the person's with `not-found`. */
export class Strategies {
  readonly #dependencies: StrategiesDependencies;

  constructor(dependencies: StrategiesDependencies) {
    this.#dependencies = dependencies;
  }

  /** Makes a strategy, stopped. A repeated request finds the strategy it made. */
  async create(request: StrategyRequest): Promise<StoredStrategy> {
    const { accounts, accountInstruments, strategies, limits } = this.#dependencies;
    const earlier = await strategies.findOf(request.userId, request.id);
    if (earlier) return earlier;
    if (!(await accounts.findOf(request.userId, request.accountId)))
      throw new Problem('not-found', 'You have no account with this id.');
    const type = strategyTypeNamed(request.strategyType);
    const instruments = await accountInstruments.find(request.accountId);
    const instrument = instrumentFrom(instruments, request.instrument);
    const strategy = {
      id: request.id,
      accountId: request.accountId,
      name: request.name,
      strategyType: type.name,
      parameters: checkedParameters(type, request.parameters, instrument),
      parametersVersion: type.parametersVersion,
      instrument: instrument.name,
    };
    await strategies.create(strategy, {
      userId: request.userId,
      most: await limits.mostOf('strategies'),
    });
    return this.get(request.userId, request.id);
  }

  async get(userId: string, strategyId: string): Promise<StoredStrategy> {
    const strategy = await this.#dependencies.strategies.findOf(userId, strategyId);
    if (!strategy) throw new Problem('not-found', 'You have no strategy with this id.');
    return strategy;
  }

  /** Changes name or parameters of a strategy that is not active. */
  async change(
    userId: string,
    strategyId: string,
    changes: { name?: string | undefined; parameters?: unknown },
    precondition?: Precondition<StoredStrategy>,
  ): Promise<StoredStrategy> {
    const strategy = await this.get(userId, strategyId);
    assertNotActive(strategy, 'change');
    const instruments = await this.#dependencies.accountInstruments.find(strategy.accountId);
    const parameters =
      changes.parameters === undefined
        ? undefined
        : checkedParameters(
            strategyTypeNamed(strategy.strategyType),
            changes.parameters,
            instruments.named(strategy.instrument),
          );
    await this.#dependencies.strategies.change(strategyId, { name: changes.name, parameters }, precondition);
    return this.get(userId, strategyId);
  }

  /** Removes a strategy that is not active; what it traded stays. */
  async remove(userId: string, strategyId: string): Promise<void> {
    await this.get(userId, strategyId);
    await this.#dependencies.strategies.remove(strategyId);
  }

  /** Starts it from nothing. */
  async start(userId: string, strategyId: string): Promise<StoredStrategy> {
    const started = await this.#move(userId, strategyId, 'starting', (live, strategy) =>
      live.start(strategy),
    );
    this.#dependencies.onStarted();
    return started;
  }

  /** Pauses it: it follows prices but does nothing. */
  pause(userId: string, strategyId: string): Promise<StoredStrategy> {
    return this.#move(userId, strategyId, 'paused', (live, strategy) => live.pause(strategy));
  }

  /** Lets it act again after a pause. */
  resume(userId: string, strategyId: string): Promise<StoredStrategy> {
    return this.#move(userId, strategyId, 'running', (live, strategy) => live.resume(strategy));
  }

  /** Stops it and keeps or closes its positions, or lets it close them first. */
  stop(userId: string, strategyId: string, mode: StopMode): Promise<StoredStrategy> {
    const to = mode === 'drain' ? 'draining' : 'stopping';
    return this.#move(userId, strategyId, to, (live, strategy) => live.stop(strategy, mode));
  }

  /** The strategy as its owner sees it: as stored, and how far its warm-up is and when its market opens where this process runs it. */
  view(strategy: StoredStrategy): ReturnType<typeof strategyView> {
    const live = this.#dependencies.supervisor.find(strategy.accountId);
    const opensAt = isStrategyActive(strategy.status) ? live?.marketOpensAt(strategy.instrument) : undefined;
    return strategyView(strategy, { warmUp: live?.strategies.warmUpOf(strategy.id), opensAt });
  }

  async #move(
    userId: string,
    strategyId: string,
    to: StrategyStatus,
    move: (live: LiveStrategies, strategy: StoredStrategy) => Promise<void>,
  ): Promise<StoredStrategy> {
    const strategy = await this.get(userId, strategyId);
    if (to === 'starting' || to === 'running') assertNotHeld('strategy', strategy.hold);
    const allowed = requestableStatuses(strategy.status);
    if (!allowed.includes(to)) throw impossible(strategy.status, allowed);
    await move(this.#dependencies.supervisor.accountOf(strategy.accountId).strategies, strategy);
    return this.get(userId, strategyId);
  }
}

function impossible(from: StrategyStatus, allowed: readonly StrategyStatus[]): Problem {
  const remedy =
    allowed.length === 0 ? 'wait until it is stopped' : `from there it can become ${allowed.join(' or ')}`;
  return new Problem('invalid-transition', `The strategy is ${from}; ${remedy}.`, { allowed });
}

function strategyTypeNamed(name: string): StrategyType {
  const type = findStrategyType(name);
  if (type) return type;
  throw invalid('/strategyType', `There is no strategy type ${name}; see /api/v1/strategy-types.`);
}

function checkedParameters(
  type: StrategyType,
  parameters: unknown,
  instrument: Instrument,
): StrategyParameters {
  const checked = checkStrategyParameters(type, parameters, instrument);
  if ('errors' in checked)
    throw new Problem('invalid-request', 'The parameters are not valid.', { errors: checked.errors });
  return checked.parameters;
}

function invalid(pointer: string, detail: string): Problem {
  return new Problem('invalid-request', detail, { errors: [{ pointer, detail }] });
}
