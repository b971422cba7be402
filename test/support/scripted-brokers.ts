/** Accounts at a broker that outlive the servers in front of them: which tokens open them, and what is wrong at the moment. */
import { exchangeSnapshot } from '../../src/brokers/paper/exchange-snapshot.ts';
import { PAPER_INSTRUMENTS } from '../../src/core/domain/paper-instruments.ts';
import { Problem } from '../../src/core/shared/problem.ts';
import { DEFAULT_COSTS } from '../../src/core/simulation/costs.ts';
import { Exchange } from '../../src/core/simulation/exchange.ts';
import type {
  Broker,
  BrokerAnswer,
  BrokerCandles,
  BrokerListener,
  CandlePageRequest,
} from '../../src/brokers/broker.ts';
import type { Candle } from '../../src/core/domain/candle.ts';
import type { BrokerEnvironment } from '../../src/core/domain/account.ts';
import type { Transaction } from '../../src/core/domain/transaction.ts';
import type { BrokerAccessDependencies, ListedAccount } from '../../src/trading/accounts/broker-access.ts';

/** A token as OANDA makes them; another number is another token. */
export function tokenNumber(number: number): string {
  const half = number.toString(16).padStart(32, '0');
  return `${half}-${half}`;
}

interface AccountOptions {
  readonly environment?: BrokerEnvironment;
  readonly hedging?: boolean;
  readonly currency?: string;
  readonly isMetaTrader?: boolean;
}

/** One account. */
export class ScriptedAccount {
  readonly id: string;
  readonly environment: BrokerEnvironment;
  readonly isMetaTrader: boolean;
  readonly exchange: Exchange;
  readonly tokens = new Set<string>();
  isClosed = false;
  /** The candles that it keeps, oldest first; all of them have ended. */
  history: readonly Candle[] = [];
  /** Thrown once when this page of its history is asked for, counted from 0. */
  failsAtPage: { readonly page: number; readonly problem: Problem } | undefined;
  pagesRead = 0;
  /** Tokens that opened a broker of it, in order. */
  readonly opened: string[] = [];
  readonly #log: Transaction[] = [];
  readonly #hedging: boolean;
  readonly #listeners = new Set<BrokerListener>();
  #at: number;

  constructor(id: string, at: number, options: AccountOptions) {
    const { environment = 'practice', hedging = false, currency = 'USD', isMetaTrader = false } = options;
    this.id = id;
    this.environment = environment;
    this.isMetaTrader = isMetaTrader;
    this.#hedging = hedging;
    this.#at = at;
    const instruments = PAPER_INSTRUMENTS;
    this.exchange = new Exchange({ currency, hedging, costs: DEFAULT_COSTS, instruments });
    this.#write(this.exchange.openAccount(50_000_0000, at));
  }

  /** A price of EUR_USD a second later. */
  quote(bid: number): void {
    this.#at += 1_000;
    const quote = { instrument: 'EUR_USD', at: this.#at, bid, ask: bid + 10 };
    this.#write(this.exchange.onQuote(quote));
    for (const listener of this.#listeners) {
      listener.onClock(this.#at, this.#at);
      listener.onQuote(quote);
    }
  }

  /** Another program buys, as its client id says. */
  buyElsewhere(units: number): void {
    const terms = {
      instrument: 'EUR_USD',
      orderType: 'market',
      side: 'buy',
      units,
      timeInForce: 'FOK',
    } as const;
    const id = `elsewhere-${this.#log.length}`;
    this.#write(this.exchange.submitOrder({ id, terms, decidedAt: this.#at }));
  }

  /** Another program leaves an order. */
  restElsewhere(price: number): void {
    const limit = { instrument: 'EUR_USD', orderType: 'limit', side: 'buy', timeInForce: 'GTC' } as const;
    const id = `elsewhere-${this.#log.length}`;
    this.#write(
      this.exchange.submitOrder({ id, terms: { ...limit, units: 700, price }, decidedAt: this.#at }),
    );
  }

  /** Its leverage can be changed, and nothing follows from that. */
  setMarginRate(): boolean {
    return true;
  }

  /** A token opens it no more, and its streams end. */
  revoke(token: string): void {
    this.tokens.delete(token);
    for (const listener of this.#listeners) listener.onRefused(refusedToken());
  }

  broker(token: string): Broker {
    const allowed = <T>(work: () => T): Promise<T> =>
      this.tokens.has(token) ? Promise.resolve(work()) : Promise.reject(refusedToken());
    const answer = async (work: () => readonly Transaction[]): Promise<BrokerAnswer> => ({
      outcome: 'answered',
      transactions: await allowed(() => this.#write(work())),
    });
    let own: BrokerListener | undefined;
    this.opened.push(token);
    return {
      lateArrivalMs: 20,
      instruments: PAPER_INSTRUMENTS,
      nextClockAt: Infinity,
      marketTime: () => this.#at,
      connect: async (listener) => {
        own = listener;
        this.#listeners.add(listener);
        listener.onConnection('connected');
      },
      snapshot: () => allowed(() => exchangeSnapshot(this.exchange, this.#hedging)),
      candles: () => Promise.resolve([]),
      candlePage: (request) => allowed(() => this.#page(request)),
      transactionsSince: (id) =>
        allowed(() =>
          id === 0
            ? [exchangeSnapshot(this.exchange, this.#hedging).account]
            : this.#log.filter((transaction) => transaction.id > id),
        ),
      submitOrder: (request) => answer(() => this.exchange.submitOrder(request)),
      closePosition: (request) => answer(() => this.exchange.closePosition(request)),
      cancelOrder: (id, at) => answer(() => this.exchange.cancelOrder(id, at)),
      changeProtection: (request) => answer(() => this.exchange.changeProtection(request)),
      setMarginRate: () => Promise.resolve(this.setMarginRate()),
      saveState: () => null,
      close: async () => {
        if (own) this.#listeners.delete(own);
      },
    };
  }

  #page({ granularity, count, from = 0 }: CandlePageRequest): BrokerCandles {
    const fault = this.failsAtPage;
    if (fault?.page === this.pagesRead) {
      this.failsAtPage = undefined;
      throw fault.problem;
    }
    this.pagesRead += 1;
    const kept = this.history.filter((candle) => candle.granularity === granularity && candle.endsAt > from);
    return { complete: kept.slice(0, count), unfinished: undefined };
  }

  #write(transactions: readonly Transaction[]): readonly Transaction[] {
    this.#log.push(...transactions);
    if (transactions.length > 0)
      for (const listener of this.#listeners) listener.onTransactions(transactions);
    return transactions;
  }
}

/** The broker with all its accounts. */
export class ScriptedBrokers {
  isReachable = true;
  /** Whether it opens no more streams to the server. */
  isFull = false;
  readonly #accounts = new Map<string, ScriptedAccount>();
  readonly #at: () => number;

  constructor(at: () => number) {
    this.#at = at;
  }

  /** Opens an account there, which the tokens open. */
  add(id: string, tokens: readonly string[], options: AccountOptions = {}): ScriptedAccount {
    const account = new ScriptedAccount(id, this.#at(), options);
    for (const token of tokens) account.tokens.add(token);
    this.#accounts.set(id, account);
    return account;
  }

  readonly access: BrokerAccessDependencies = {
    assertRoom: () => {
      if (this.isFull) throw new Problem('broker-streams-exhausted', 'The broker opens no more streams.');
    },
    listAccounts: async ({ environment, token }): Promise<readonly ListedAccount[]> => {
      if (!this.isReachable) throw unreachable();
      const opened = [...this.#accounts.values()].filter(({ tokens }) => tokens.has(token));
      const listed = opened.filter((account) => account.environment === environment);
      if (listed.length === 0 && opened.length > 0)
        throw new Problem('broker-token-elsewhere', 'The token was made for the other environment.');
      if (listed.length === 0 && token !== EMPTY_TOKEN) throw refusedToken();
      return listed.map(({ id, isMetaTrader }) => ({ brokerAccountId: id, isMetaTrader }));
    },
    openOnce: ({ brokerAccountId, token }) => this.open(brokerAccountId, token),
  };

  async open(brokerAccountId: string, token: string): Promise<Broker> {
    if (!this.isReachable) throw unreachable();
    const account = this.#accounts.get(brokerAccountId);
    if (!account) throw new Problem('broker-account-unknown', 'There is no such account.');
    if (!account.tokens.has(token)) throw refusedToken();
    if (account.isClosed) throw new Problem('broker-account-forbidden', 'The account is not opened.');
    return account.broker(token);
  }
}

/** A token that is right and opens nothing. */
export const EMPTY_TOKEN = tokenNumber(0xe);

function refusedToken(): Problem {
  return new Problem('broker-token-refused', 'The broker does not accept the token.');
}

function unreachable(): Problem {
  return new Problem('broker-unreachable', 'The broker cannot be reached.');
}
