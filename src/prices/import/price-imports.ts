/** Imports of candles from brokers: requested by people, and worked on page by page, a person's one at a time. */

import { setTimeout as sleep } from 'node:timers/promises';
import { candleSpan, granularityMs } from '../../core/domain/candle.ts';
import { PAPER_INSTRUMENTS } from '../../core/domain/paper-instruments.ts';
import { Problem } from '../../core/shared/problem.ts';
import { Periodic } from '../../process/periodic.ts';
import { instrumentFrom } from '../market-input.ts';
import { candleChunk } from './candle-chunk.ts';
import type { Precondition } from '../../http/preconditions.ts';
import type { Granularity } from '../../core/domain/candle.ts';
import type { PersonLimitSource } from '../../people/administration/person-limits.ts';
import type { FieldError } from '../../core/shared/problem.ts';
import type { Log } from '../../process/log.ts';
import type { BrokerHistories, OpenHistory } from './broker-history.ts';
import type { ClaimedImport, ClaimedImportStore } from './claimed-import-store.ts';
import type { PriceImportStore } from './price-import-store.ts';
import type { NewPriceImport, StoredPriceImport } from './stored-price-import.ts';

/** What a person asks for; `until` is now when left out. Times are UTC ms. */
export interface PriceImportRequest extends Omit<NewPriceImport, 'until'> {
  readonly until: number | undefined;
}

export interface PriceImportsDependencies {
  readonly store: PriceImportStore;
  readonly claims: ClaimedImportStore;
  readonly histories: BrokerHistories;
  /** UTC ms. */
  readonly clock: () => number;
  /** Another pace than the usual one. */
  readonly pace?: ImportPace | undefined;
  /** Of people's own series; the operator's are shared and have none. */
  readonly limits?: PersonLimitSource | undefined;
  readonly log: Pick<Log, 'warn'>;
}

/** How much is asked of a broker. */
export interface ImportPace {
  readonly candlesAPage: number;
  readonly betweenPagesMs: number;
}

/** The most that OANDA gives at once; and of its hundred requests a second an import uses at most five, because trading comes first. */
const IMPORT_PACE: ImportPace = { candlesAPage: 5_000, betweenPagesMs: 200 };

/** Called when a page is stored. */
export type ImportListener = (progress: StoredPriceImport) => void;

/** Twenty years of M1 have 7.5 million. */
const MOST_CANDLES = 20_000_000;
/** After so many pages the next import has its turn. */
const PAGES_A_TURN = 20;
/** A page takes seconds at most, when OANDA is slow and it is asked again. */
const LEASE_MS = 60_000;
/** When the broker is away, it is asked again after this. */
const AGAIN_AFTER_MS = 10_000;
/** Another copy of the server may have left an import; our own requests wake us. */
const LOOK_EVERY_MS = 5_000;

export class PriceImports {
  readonly #dependencies: PriceImportsDependencies;
  readonly #looking: Periodic;
  readonly #pace: ImportPace;

  constructor(dependencies: PriceImportsDependencies) {
    this.#dependencies = dependencies;
    this.#pace = dependencies.pace ?? IMPORT_PACE;
    this.#looking = new Periodic({
      everyMs: LOOK_EVERY_MS,
      work: () => this.#look(),
      onFailure: (error) => dependencies.log.warn({ err: error }, 'imports of prices could not be worked on'),
    });
  }

  /** Starts to work on imports that run, those that a crash left too. */
  start(): void {
    this.#looking.start();
    this.#looking.wake();
  }

  /** There is another one to work on. */
  wake(): void {
    this.#looking.wake();
  }

  /** Ends after the page under way. */
  async stop(): Promise<void> {
    await this.#looking.stop();
  }

  /** Checks a request and stores it, to be worked on. A repeated request finds the import it made. */
  async create(request: PriceImportRequest): Promise<StoredPriceImport> {
    const { store, clock } = this.#dependencies;
    const earlier = await store.find(request.id);
    if (earlier?.userId === request.userId) return earlier;
    await this.#assertKept(request);
    const { granularity } = request;
    const from = candleSpan(granularity, request.from).startsAt;
    const until = request.until ?? clock();
    refuseRange({ granularity, from, until, now: clock() });
    await store.create({ ...request, from, until }, await this.#mostMegabytes());
    this.#looking.wake();
    return {
      ...request,
      from,
      until,
      status: 'running',
      error: undefined,
      importedFrom: undefined,
      importedUntil: undefined,
      rows: 0,
      toppedUpAt: undefined,
    };
  }

  /** Whether a person's import is kept up to date from now on. Throws `conflict` when the series is not filled by an import of theirs. */
  async keep(
    userId: string,
    seriesId: string,
    keepsUpToDate: boolean,
    precondition?: Precondition<StoredPriceImport>,
  ): Promise<void> {
    if (await this.#dependencies.store.keep(userId, seriesId, keepsUpToDate, precondition)) return;
    throw new Problem(
      'conflict',
      'Only a series that you imported from OANDA can be kept up to date. Import one with POST /price-series.',
      { code: 'not-imported' },
    );
  }

  /** The imports that fill these series. */
  ofSeries(seriesIds: readonly string[]): Promise<readonly StoredPriceImport[]> {
    return this.#dependencies.store.ofSeries(seriesIds);
  }

  /** Works on one import until it has ended and returns it; throws what keeps the broker from answering. */
  async runToEnd(id: string, onPage: ImportListener): Promise<StoredPriceImport | undefined> {
    const { store, claims, clock } = this.#dependencies;
    for (;;) {
      const claim = await claims.claim(clock(), LEASE_MS, id);
      if (claim) await this.#turn(claim, { onPage, onAway: throwIt });
      const found = await store.find(id);
      if (found?.status !== 'running') return found;
      // Another process works on it, or a process that is gone did a minute ago.
      if (!claim) await sleep(this.#pace.betweenPagesMs);
      onPage(found);
    }
  }

  async #look(): Promise<void> {
    const { claims, clock } = this.#dependencies;
    while (!this.#looking.isStopped) {
      const claim = await claims.claim(clock(), LEASE_MS);
      if (!claim) return;
      await this.#turn(claim, { onPage: () => undefined, onAway: () => undefined });
    }
  }

  async #turn(claim: ClaimedImport, { onPage, onAway }: TurnListener): Promise<void> {
    const { claims, clock, histories } = this.#dependencies;
    let history: OpenHistory | undefined;
    try {
      history = await histories.open(claim.accountId);
      await this.#readPages(claim, history, onPage);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (error.type !== 'broker-unreachable') return await claims.finish(claim, 'failed', error.message);
      await claims.release(claim, { notBefore: clock() + AGAIN_AFTER_MS, error: error.message });
      onAway(error);
    } finally {
      await history?.close();
    }
  }

  async #readPages(claim: ClaimedImport, history: OpenHistory, onPage: ImportListener): Promise<void> {
    const { claims, clock } = this.#dependencies;
    let own = claim;
    for (let pages = 0; pages < PAGES_A_TURN && !this.#looking.isStopped; pages += 1) {
      if (pages > 0) await sleep(this.#pace.betweenPagesMs);
      const { candles, isLast } = await readPage(own, history, this.#pace.candlesAPage);
      if (candles.length > 0) {
        const mostMegabytes = await this.#mostMegabytes();
        const leasedUntil = clock() + LEASE_MS;
        const extended = await claims.append(own, candleChunk(candles), { leasedUntil, mostMegabytes });
        // The series was deleted, or another process took over: nothing more is written here.
        if (!extended) return;
        own = extended;
        onPage(own);
      }
      if (!isLast) continue;
      if (own.rows > 0) return claims.finish(own, 'completed');
      return claims.finish(own, 'failed', 'The broker has no candles of that time.');
    }
    await claims.release(own);
  }

  async #mostMegabytes(): Promise<number> {
    return (await this.#dependencies.limits?.mostOf('priceSeriesMegabytes')) ?? Infinity;
  }

  /** Refuses an account without a history, and an instrument that has no series here. */
  async #assertKept({ userId, accountId, instrument: name }: PriceImportRequest): Promise<void> {
    const offered = await this.#dependencies.histories.instrumentsOf(userId, accountId);
    const instrument = instrumentFrom(offered, name);
    const known = PAPER_INSTRUMENTS.find(name);
    if (known?.pricePrecision === instrument.pricePrecision) return;
    const detail = known
      ? `has ${instrument.pricePrecision} decimal places at the broker and ${known.pricePrecision} in stored prices`
      : `is none of the instruments that prices can be stored of, see /api/v1/instruments without an account`;
    throw invalid([{ pointer: '/instrument', detail }]);
  }
}

interface TurnListener {
  readonly onPage: ImportListener;
  readonly onAway: (problem: Problem) => void;
}

function throwIt(problem: Problem): never {
  throw problem;
}

async function readPage(
  { instrument, granularity, from, until, importedUntil }: ClaimedImport,
  history: OpenHistory,
  count: number,
) {
  const next = importedUntil === undefined ? from : candleSpan(granularity, importedUntil).endsAt;
  const page = { instrument, granularity, count, from: next };
  const { complete, unfinished } = await history.candlePage(page);
  const candles = complete.filter(({ startsAt, endsAt }) => startsAt >= next && endsAt <= until);
  const isLast = unfinished !== undefined || complete.length < count || candles.length < complete.length;
  return { candles, isLast };
}

function refuseRange({
  granularity,
  from,
  until,
  now,
}: {
  readonly granularity: Granularity;
  readonly from: number;
  readonly until: number;
  readonly now: number;
}): void {
  const errors: FieldError[] = [];
  if (until > now) errors.push({ pointer: '/to', detail: 'must not be in the future' });
  if (from >= until) errors.push({ pointer: '/from', detail: 'must be before `to`' });
  if ((until - from) / granularityMs(granularity) > MOST_CANDLES) {
    const detail = `must be at most ${MOST_CANDLES} candles before \`to\`; take a longer granularity, or several imports`;
    errors.push({ pointer: '/from', detail });
  }
  if (errors.length > 0) throw invalid(errors);
}

function invalid(errors: readonly FieldError[]): Problem {
  return new Problem('invalid-request', 'The import is not valid.', { errors });
}
