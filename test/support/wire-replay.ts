/** A recording at the v20 simulator, traded by the whole server over real sockets, in lock-step: no price comes before the last one is done with. */

import { setImmediate as turn } from 'node:timers/promises';
import { createSimulatorApp } from '../../src/brokers/simulator/simulator-app.ts';
import { Simulator } from '../../src/brokers/simulator/simulator.ts';
import { Instruments } from '../../src/core/domain/instruments.ts';
import { PAPER_INSTRUMENTS } from '../../src/core/domain/paper-instruments.ts';
import { LockStepFeed } from '../../src/prices/feeds/lock-step-feed.ts';
import { SYSTEM_CLOCK } from '../../src/prices/feeds/price-feed.ts';
import { PriceHub } from '../../src/prices/feeds/price-hub.ts';
import { PRICE_WINDOW_MS } from '../../src/brokers/simulator/streams/stream-timers.ts';
import { HandTimers } from './hand-timers.ts';
import { openTestServer } from './test-server.ts';
import { askerFor } from './trading-client.ts';
import { TOKEN } from './v20-simulator.ts';
import { WatchedBroker } from './watched-broker.ts';
import type { QuoteColumns } from '../../src/prices/series/price-columns.ts';
import type { ReplayedStrategy, Traded } from './paper-replay.ts';
import type { TestServer } from './test-server.ts';

const INSTRUMENT = 'EUR_USD';
/** Longer than any step takes, on a machine that is busy with something else. */
const PATIENCE_MS = 60_000;
/** Nothing here is late, so nothing is tried twice. */
const PATIENT = { priceSilenceMs: 600_000, transactionSilenceMs: 600_000, clockMs: 600_000 };

/** Trades the quotes with all strategies at once, each on an account of its own. */
export async function replayOverTheWire(
  batches: readonly QuoteColumns[],
  strategies: readonly ReplayedStrategy[],
): Promise<{ readonly traded: readonly Traded[]; readonly log: readonly string[] }> {
  const replay = await WireReplay.open(batches, strategies);
  try {
    await replay.play();
    return { traded: await replay.traded(), log: replay.server.log };
  } finally {
    await replay.close();
  }
}

interface ReplayedAccount {
  readonly brokerAccountId: string;
  readonly accountId: string;
  readonly strategyId: string;
}

class WireReplay {
  readonly server: TestServer;
  readonly #feed: LockStepFeed;
  readonly #hub: PriceHub;
  readonly #simulator: Simulator;
  readonly #timers: HandTimers;
  readonly #closeSimulator: () => Promise<void>;
  readonly #watchedById = new Map<string, WatchedBroker>();
  #accounts: readonly ReplayedAccount[] = [];

  static async open(
    batches: readonly QuoteColumns[],
    strategies: readonly ReplayedStrategy[],
  ): Promise<WireReplay> {
    const feed = new LockStepFeed({ instrument: INSTRUMENT, batches }, SYSTEM_CLOCK);
    const hub = new PriceHub(feed);
    const money = { currency: 'USD', balance: 100_000_0000, marginRate: 0 } as const;
    const accounts = strategies.map(({ hedging }, index) => ({ id: brokerIdOf(index), hedging, ...money }));
    const instruments = new Instruments([PAPER_INSTRUMENTS.named(INSTRUMENT)]);
    const simulator = new Simulator({ accounts, prices: hub, instruments });
    simulator.start();
    const timers = new HandTimers();
    const app = createSimulatorApp({ simulator, timers });
    const practiceUrl = await app.listen({ host: '127.0.0.1', port: 0 });
    const server = await openTestServer({ oanda: { practiceUrl, times: PATIENT } });
    const closeSimulator = async (): Promise<void> => {
      await app.close();
      simulator.close();
    };
    const replay = new WireReplay({ server, feed, hub, simulator, timers, closeSimulator });
    await replay.#startStrategies(strategies);
    return replay;
  }

  private constructor(parts: {
    readonly server: TestServer;
    readonly feed: LockStepFeed;
    readonly hub: PriceHub;
    readonly simulator: Simulator;
    readonly timers: HandTimers;
    readonly closeSimulator: () => Promise<void>;
  }) {
    this.server = parts.server;
    this.#feed = parts.feed;
    this.#hub = parts.hub;
    this.#simulator = parts.simulator;
    this.#timers = parts.timers;
    this.#closeSimulator = parts.closeSimulator;
    this.server.wire.through = (broker, accountId) => {
      const watched = new WatchedBroker(broker);
      this.#watchedById.set(accountId, watched);
      return watched.broker;
    };
  }

  /** Connects each account as a person does, and starts its strategy. */
  async #startStrategies(strategies: readonly ReplayedStrategy[]): Promise<void> {
    const ask = askerFor(this.server, await this.server.addUser());
    const post = async (path: string, body?: object): Promise<string> => {
      const answer = await ask('POST', path, body);
      if (answer.statusCode >= 300) throw new Error(`${path}: ${answer.body}`);
      return answer.json().id;
    };
    const accounts: ReplayedAccount[] = [];
    for (const [index, { strategyType, parameters }] of strategies.entries()) {
      const brokerAccountId = brokerIdOf(index);
      const connection = { name: strategyType, environment: 'practice', token: TOKEN, brokerAccountId };
      const accountId = await post('/accounts', connection);
      const strategy = { accountId, name: strategyType, strategyType, instrument: INSTRUMENT, parameters };
      const strategyId = await post('/strategies', strategy);
      await post(`/strategies/${strategyId}/start`);
      accounts.push({ brokerAccountId, accountId, strategyId });
    }
    this.#accounts = accounts;
    await this.#until('all streams are open', () =>
      accounts.every(({ accountId }) => this.#watchedById.get(accountId)?.isConnected === true),
    );
  }

  /** Plays the recording to its end. */
  async play(): Promise<void> {
    const ended = Promise.withResolvers<void>();
    let next: (() => Promise<void>) | undefined;
    this.#feed.start({
      onQuote: (quote) => {
        this.#hub.publishQuote(quote);
        next = () => this.#afterQuote(quote.at);
      },
      onClock: (at, aliveAt) => {
        if (at < this.#nextClockAt()) return;
        this.#hub.publishClock(at, aliveAt);
        next = () => this.#afterClock(at);
      },
      nextClockAt: () => this.#nextClockAt(),
      settled: () => {
        const work = next?.();
        next = undefined;
        work?.catch(ended.reject);
        return work;
      },
      onEnd: ended.resolve,
    });
    await ended.promise;
  }

  async traded(): Promise<readonly Traded[]> {
    const { stores } = this.server;
    return Promise.all(
      this.#accounts.map(async ({ accountId, strategyId }) => ({
        accountId,
        status: (await stores.strategies.find(strategyId))?.status ?? 'gone',
        trades: await stores.trades.ofAccount(accountId),
        balance: (await stores.accounts.find(accountId))?.snapshot?.balance,
      })),
    );
  }

  async close(): Promise<void> {
    await this.#feed.stop();
    await this.server.close();
    await this.#closeSimulator();
  }

  #nextClockAt(): number {
    const atBroker = this.#simulator.accounts.map(({ exchange }) => exchange.nextClockAt);
    return Math.min(this.server.supervisor.nextClockAt(), ...atBroker);
  }

  /** What the broker filled comes first, then the price, as in a backtest. */
  async #afterQuote(at: number): Promise<void> {
    await this.#untilStill();
    this.#timers.pass(PRICE_WINDOW_MS);
    await this.#until('the price has come', () =>
      [...this.#watchedById.values()].every(({ quotedAt }) => quotedAt >= at),
    );
    await this.#untilStill();
  }

  async #afterClock(at: number): Promise<void> {
    await this.#untilStill();
    for (const { showTime } of this.#watchedById.values()) showTime(at);
    await this.#untilStill();
  }

  /** Waits until the server knows all that the broker wrote, has done what follows from it, and every request is answered. */
  async #untilStill(): Promise<void> {
    let stillTurns = 0;
    await this.#until('nothing is under way', () => {
      stillTurns = this.#isStill() ? stillTurns + 1 : 0;
      // What an answer leads to begins a turn later.
      return stillTurns > 1;
    });
  }

  #isStill(): boolean {
    return this.#accounts.every(({ accountId, brokerAccountId }) => {
      const watched = this.#watchedById.get(accountId);
      const written = this.#simulator.account(brokerAccountId)?.lastTransactionId ?? 0;
      const isIdle = this.server.supervisor.find(accountId)?.isIdle === true;
      return isIdle && watched?.isAnswered === true && watched.knownTransactionId >= written;
    });
  }

  async #until(what: string, isSo: () => boolean): Promise<void> {
    const until = performance.now() + PATIENCE_MS;
    while (!isSo()) {
      if (performance.now() > until)
        throw new Error(`Gave up waiting until ${what}:\n${this.server.log.slice(-20).join('')}`);
      await turn();
    }
  }
}

const brokerIdOf = (index: number): string => `101-004-1435156-${String(index + 1).padStart(3, '0')}`;
