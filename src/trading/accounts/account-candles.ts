/** Candles of accounts for charts: the history that their brokers keep, or what was recorded of their prices. */

import { seriesCandles } from '../../prices/candles/series-candles.ts';
import { instrumentFrom } from '../../prices/market-input.ts';
import type { Candle } from '../../core/domain/candle.ts';
import type { CandlePageRequest } from '../../brokers/broker.ts';
import type { CandlePage, CandleSource, CandleWish, ChartCandle } from '../../prices/candles/candle-page.ts';
import type { RecordingStore } from '../../prices/recording/recording-store.ts';
import type { PriceSeriesStore } from '../../prices/series/price-series-store.ts';
import type { LiveAccount } from '../live-account.ts';
import type { AccountSupervisor } from '../account-supervisor.ts';
import type { Accounts } from './accounts.ts';

export interface AccountCandlesDependencies {
  readonly accounts: Pick<Accounts, 'offerOf'>;
  readonly supervisor: Pick<AccountSupervisor, 'accountOf'>;
  readonly recordings: Pick<RecordingStore, 'findSeriesId'>;
  readonly priceSeries: PriceSeriesStore;
}

/** Opens the candles of accounts. */
export class AccountCandles {
  readonly #dependencies: AccountCandlesDependencies;

  constructor(dependencies: AccountCandlesDependencies) {
    this.#dependencies = dependencies;
  }

  /** Returns the candles of an instrument on an account. Refuses what is not the person's, or cannot be traded on it. */
  async open(userId: string, accountId: string, instrumentName: string): Promise<CandleSource> {
    const { accounts, supervisor } = this.#dependencies;
    const { instruments } = await accounts.offerOf(userId, accountId);
    const instrument = instrumentFrom(instruments, instrumentName, '/instrument', 'The query is not valid.');
    return {
      instrument,
      read: async (wish) => {
        const kept = await readPage(supervisor.accountOf(accountId).history, wish);
        return kept.candles.length > 0 ? kept : this.#recorded(accountId, wish);
      },
    };
  }

  /** Candles of what was recorded: a paper market keeps no history of its own. */
  async #recorded(accountId: string, wish: CandleWish): Promise<CandlePage> {
    const { recordings, priceSeries } = this.#dependencies;
    const seriesId = await recordings.findSeriesId(accountId, wish.instrument);
    const series = seriesId === undefined ? undefined : await priceSeries.find(seriesId);
    return series ? seriesCandles(priceSeries, series, wish) : { candles: [], hasMore: false };
  }
}

async function readPage(history: LiveAccount['history'], wish: CandleWish): Promise<CandlePage> {
  const { complete, unfinished } = await history.candlePage(requestOf(wish));
  const known = [
    ...complete.map((candle) => marked(candle, true)),
    ...(unfinished ? [marked(unfinished, false)] : []),
  ];
  const candles = known.filter(({ startsAt }) => startsAt < (wish.until ?? Infinity));
  return { candles, hasMore: candles.length >= wish.count };
}

function requestOf({ instrument, granularity, count, from, until }: CandleWish): CandlePageRequest {
  const page = { instrument, granularity, count };
  return from === undefined ? { ...page, until: until ?? Infinity } : { ...page, from };
}

function marked(candle: Candle, isComplete: boolean): ChartCandle {
  return { ...candle, isComplete };
}
