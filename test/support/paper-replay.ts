/** A recording on paper accounts, traded by the server's services in this process, and stopped and started again at given times. */

import { randomUUID, randomUUIDv7 } from 'node:crypto';
import { OandaConnections, openBroker } from '../../src/brokers/open-broker.ts';
import { Journal } from '../../src/journal/journal.ts';
import { openOrm } from '../../src/persistence/orm.ts';
import { LockStepFeed } from '../../src/prices/feeds/lock-step-feed.ts';
import { SYSTEM_CLOCK } from '../../src/prices/feeds/price-feed.ts';
import { PriceHub } from '../../src/prices/feeds/price-hub.ts';
import { makeServices } from '../../src/server/compose-services.ts';
import { openStores } from '../../src/server/compose-stores.ts';
import { AccountOwnership } from '../../src/trading/account-ownership-store.ts';
import { createTestDatabase } from './database.ts';
import { quiet } from './quiet-log.ts';
import { ScriptedBrokers } from './scripted-brokers.ts';
import { testKeys } from './test-keys.ts';
import { until } from './until.ts';
import type { TestDatabase } from './database.ts';
import type { Orm } from '../../src/persistence/orm.ts';
import type { FeedListener, PriceFeed } from '../../src/prices/feeds/price-feed.ts';
import type { QuoteColumns } from '../../src/prices/series/price-columns.ts';
import type { Stores } from '../../src/server/compose-stores.ts';
import type { StoredTrade } from '../../src/trading/trades/trade-store.ts';

/** One strategy on an account of its own, of 100,000 dollars. */
export interface ReplayedStrategy {
  readonly strategyType: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly hedging: boolean;
}

/** What became of a strategy: its trades in the order of the log, and the money. */
export interface Traded {
  readonly accountId: string;
  readonly status: string;
  readonly trades: readonly StoredTrade[];
  readonly balance: number | undefined;
}

interface Account {
  readonly accountId: string;
  readonly strategyId: string;
}

const INSTRUMENT = 'EUR_USD';

/**
 * Trades the quotes with all strategies at once, in lock-step. At the first quote at or after each of the times in `stops` (UTC ms)
 * all that runs is stopped, and another start continues from what the database holds.
 */
export async function replayOnPaper(
  batches: readonly QuoteColumns[],
  strategies: readonly ReplayedStrategy[],
  stops: readonly number[] = [],
): Promise<{
  readonly traded: readonly Traded[];
  readonly errors: readonly unknown[];
  readonly database: TestDatabase;
}> {
  const database = await createTestDatabase();
  const errors: unknown[] = [];
  const orm = openOrm({ databaseUrl: database.url, log: quiet });
  const userId = randomUUIDv7();
  let accounts: readonly Account[] = [];
  const stores = openStores(orm, database.url);
  for (const stopsAt of [...stops, Infinity]) {
    const part = new ReplayPart({ orm, stores, databaseUrl: database.url, batches, stopsAt, errors });
    if (accounts.length === 0) accounts = await part.open(userId, strategies);
    await part.play(accounts);
  }
  const traded = await Promise.all(
    accounts.map(async ({ accountId, strategyId }) => ({
      accountId,
      status: (await stores.strategies.find(strategyId))?.status ?? 'gone',
      trades: await stores.trades.ofAccount(accountId),
      balance: (await stores.accounts.find(accountId))?.snapshot?.balance,
    })),
  );
  await orm.close();
  return { traded, errors, database };
}

interface PartOptions {
  readonly orm: Orm;
  readonly stores: Stores;
  readonly databaseUrl: string;
  readonly batches: readonly QuoteColumns[];
  readonly stopsAt: number;
  readonly errors: unknown[];
}

/** One start of the services, and its end. */
class ReplayPart {
  readonly #stores: Stores;
  readonly #services: ReturnType<typeof makeServices>;
  readonly #ownership: AccountOwnership;
  readonly #feed: GatedFeed;

  constructor({ orm, stores, databaseUrl, batches, stopsAt, errors }: PartOptions) {
    const log = { ...quiet, error: (...entry: unknown[]) => void errors.push(entry) };
    this.#stores = stores;
    this.#feed = new GatedFeed(batches, stopsAt);
    this.#ownership = new AccountOwnership(orm, databaseUrl);
    const hub = new PriceHub(this.#feed);
    this.#services = makeServices({
      config: {
        PAPER_FEED: { type: 'replay', file: '', instrument: INSTRUMENT, speed: 'max' },
        BACKTEST_THREADS: 1,
        ALLOW_LIVE_TRADING: false,
        RECORDED_QUOTES_DAYS: 30,
        BACKUP_KEEP: 14,
        NOTIFY_PRIVATE_ADDRESSES: false,
        TELEGRAM_URL: 'http://telegram.invalid',
      },
      keys: testKeys(),
      brokers: new ScriptedBrokers(() => 0).access,
      trustedProxies: [],
      databaseUrl,
      stores,
      journal: new Journal({ store: stores.journal, log: quiet }),
      feed: this.#feed,
      hub,
      ownership: this.#ownership,
      log,
      clock: () => 0,
      mayAct: () => true,
      openBroker: (account, start) =>
        openBroker({ ...account, ...start }, { paperPrices: hub, connections: new OandaConnections() }),
    });
  }

  /** Makes a person with an account for each strategy, and starts the strategies. */
  async open(userId: string, wanted: readonly ReplayedStrategy[]): Promise<readonly Account[]> {
    const { accounts, strategies } = this.#services;
    const username = `u${randomUUID().slice(0, 12)}`;
    const person = { id: userId, username, email: `${username}@example.org`, passwordHash: 'none' };
    await this.#stores.users.create({ ...person, role: 'trader' });
    const opened: Account[] = [];
    for (const { hedging, strategyType, parameters } of wanted) {
      const [accountId, strategyId] = [randomUUIDv7(), randomUUIDv7()];
      const money = { currency: 'USD', initialBalance: 100_000_0000, limits: {} } as const;
      await accounts.create({ id: accountId, userId, name: strategyType, hedging, ...money });
      const request = { id: strategyId, userId, accountId, name: strategyType, strategyType, parameters };
      await strategies.create({ ...request, instrument: INSTRUMENT });
      await strategies.start(userId, strategyId);
      opened.push({ accountId, strategyId });
    }
    return opened;
  }

  /** Runs until the stop or the end of the recording, and ends as a server does. */
  async play(accounts: readonly Account[]): Promise<void> {
    const { supervisor, startFeedIfWanted, backtests } = this.#services;
    await supervisor.start();
    // PostgreSQL lets go of the locks of the part before when it has noticed that its connection is closed.
    await until('all accounts run', () =>
      Promise.resolve(accounts.every(({ accountId }) => supervisor.find(accountId) !== undefined)),
    );
    startFeedIfWanted();
    await this.#feed.play();
    await supervisor.stop();
    await backtests[Symbol.asyncDispose]();
    await this.#ownership.close();
  }
}

/** Holds the recording back until all strategies run, and stops it at a time. */
class GatedFeed implements PriceFeed {
  readonly isLockStep = true;
  readonly instruments = [INSTRUMENT];
  readonly #feed: LockStepFeed;
  readonly #stopsAt: number;
  readonly #ended = Promise.withResolvers<void>();
  #start: (() => void) | undefined;

  constructor(batches: readonly QuoteColumns[], stopsAt: number) {
    this.#feed = new LockStepFeed({ instrument: INSTRUMENT, batches }, SYSTEM_CLOCK);
    this.#stopsAt = stopsAt;
  }

  marketTime(): number {
    return this.#feed.marketTime();
  }

  start(listener: FeedListener, resumeAt?: number): void {
    const onQuote: FeedListener['onQuote'] = (quote) => {
      listener.onQuote(quote);
      if (quote.at >= this.#stopsAt) void this.#feed.stop().then(this.#ended.resolve);
    };
    this.#start = () => this.#feed.start({ ...listener, onQuote, onEnd: this.#ended.resolve }, resumeAt);
  }

  async play(): Promise<void> {
    this.#start?.();
    await this.#ended.promise;
  }

  stop(): Promise<void> {
    return this.#feed.stop();
  }
}
