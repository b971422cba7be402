/** What really happened to a strategy in a stretch of time, as far as it explains trades that were or were not made. */

import { JOURNAL_START } from '../../journal/journal-store.ts';
import type { JournalStore, StoredJournalEntry } from '../../journal/journal-store.ts';
import type { PriceGap } from '../../prices/recording/recording-store.ts';
import type { PageRequest } from '../../persistence/page.ts';
import type { PricePeriod } from '../../prices/series/price-chunks.ts';
import type { OrderStore, StoredOrder } from '../../trading/orders/order-store.ts';
import type { PositionStore } from '../../trading/positions/position-store.ts';
import type { StoredStrategy } from '../../trading/strategies/strategy-store.ts';
import type { TradeStore } from '../../trading/trades/trade-store.ts';
import type { ComparedTrade, DriftCause, DriftPart, DriftReasons, RealTrade } from './compare-trades.ts';

export interface DriftFactsStores {
  readonly orders: OrderStore;
  readonly positions: PositionStore;
  readonly trades: TradeStore;
  readonly journal: JournalStore;
}

export interface DriftFactsParts {
  readonly strategy: StoredStrategy;
  readonly userId: string;
  readonly range: PricePeriod;
  readonly gaps: readonly PriceGap[];
}

type Reason = Omit<DriftPart, 'amount'>;

/** An order that was made so long before or after an expected entry belongs to it. */
const NEAR_MS = 120_000;
const PAGE = 500;
/** A day of a strategy that trades every few seconds has fewer. */
const MOST_PAGES = 40;

const UNFILLED: Readonly<Partial<Record<StoredOrder['status'], DriftCause>>> = {
  denied: 'denied',
  rejected: 'rejected',
  cancelled: 'cancelled',
  expired: 'cancelled',
};

export class DriftFacts implements DriftReasons {
  readonly trades: readonly RealTrade[];
  readonly openPositions: number;
  readonly #range: PricePeriod;
  readonly #gaps: readonly PriceGap[];
  readonly #orders: readonly StoredOrder[];
  readonly #statusChanges: readonly StoredJournalEntry[];

  private constructor(facts: {
    readonly trades: readonly RealTrade[];
    readonly openPositions: number;
    readonly orders: readonly StoredOrder[];
    readonly statusChanges: readonly StoredJournalEntry[];
    readonly parts: DriftFactsParts;
  }) {
    this.trades = facts.trades;
    this.openPositions = facts.openPositions;
    this.#orders = facts.orders;
    this.#statusChanges = facts.statusChanges;
    this.#range = facts.parts.range;
    this.#gaps = facts.parts.gaps;
  }

  static async read(stores: DriftFactsStores, parts: DriftFactsParts): Promise<DriftFacts> {
    const { strategy, userId, range } = parts;
    const strategyId = strategy.id;
    const trades = await allPages((page) =>
      stores.trades.listOf(userId, { strategyId, closed: range }, page),
    );
    const created = { from: range.from - NEAR_MS, until: range.until + NEAR_MS };
    const orders = await allPages((page) => stores.orders.listOf(userId, { strategyId, created }, page));
    const positions = await allPages((page) => stores.positions.listOf(userId, { strategyId }, page));
    const closing = await stores.orders.findAll(trades.flatMap(({ closingOrderId }) => closingOrderId ?? []));
    const manual = new Set(
      closing
        .filter(({ createdBy }) => createdBy === 'person' || createdBy === 'external')
        .map(({ id }) => id),
    );
    return new DriftFacts({
      trades: trades.map((trade) => ({ ...trade, isManualExit: manual.has(trade.closingOrderId ?? '') })),
      openPositions: positions.filter(
        ({ openedAt, closedAt = Infinity }) => openedAt < range.until && closedAt >= range.until,
      ).length,
      orders,
      statusChanges: await statusChanges(stores.journal, strategyId, range.until),
      parts,
    });
  }

  ofMissing({ openedAt, side }: ComparedTrade): Reason {
    const wanted = side === 'long' ? 'buy' : 'sell';
    const near = this.#orders
      .filter(({ createdAt, terms }) => terms.side === wanted && Math.abs(createdAt - openedAt) <= NEAR_MS)
      .toSorted((one, other) => Math.abs(one.createdAt - openedAt) - Math.abs(other.createdAt - openedAt));
    for (const { status, reasonCode } of near) {
      const cause = UNFILLED[status];
      if (cause) return { cause, code: reasonCode };
    }
    if (!this.#wasRunning(openedAt)) return { cause: 'not-running', code: undefined };
    return { cause: this.#isInGap(openedAt) ? 'quotes-missing' : 'not-sent', code: undefined };
  }

  ofAdditional({ openedAt }: RealTrade): Reason {
    if (openedAt < this.#range.from) return { cause: 'opened-before', code: undefined };
    return { cause: this.#isInGap(openedAt) ? 'quotes-missing' : 'not-expected', code: undefined };
  }

  #isInGap(at: number): boolean {
    return this.#gaps.some(({ from, until }) => at >= from - NEAR_MS && at <= until + NEAR_MS);
  }

  #wasRunning(at: number): boolean {
    const last = this.#statusChanges.findLast(({ occurredAt }) => occurredAt <= at);
    return last === undefined || last.type === 'strategy-running';
  }
}

const STATUS_CHANGE = /^strategy-(starting|running|paused|draining|stopping|stopped|failed)$/;

async function statusChanges(
  journal: JournalStore,
  strategyId: string,
  until: number,
): Promise<readonly StoredJournalEntry[]> {
  const found: StoredJournalEntry[] = [];
  let cursor = JOURNAL_START;
  for (let pages = 0; pages < MOST_PAGES; pages += 1) {
    const page = await journal.readAfter(cursor, { strategyId }, PAGE);
    found.push(
      ...page.entries.filter(({ type, occurredAt }) => STATUS_CHANGE.test(type) && occurredAt < until),
    );
    if (page.entries.length < PAGE || (page.entries.at(-1)?.occurredAt ?? 0) >= until) break;
    cursor = page.cursor;
  }
  return found;
}

async function allPages<Row extends { readonly id: string }>(
  read: (page: PageRequest) => Promise<readonly Row[]>,
): Promise<readonly Row[]> {
  const found: Row[] = [];
  for (let pages = 0; pages < MOST_PAGES; pages += 1) {
    const rows = await read({ limit: PAGE, before: found.at(-1)?.id });
    found.push(...rows);
    if (rows.length < PAGE) break;
  }
  return found;
}
