/** `quote-to-order`: from the bytes of a price to the written request of the order that it leads to, against a bare durable commit. */

import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { withDatabase } from './bench-database.ts';
import { openBareCommits } from './quote-to-order-commits.ts';
import { PAPER_INSTRUMENTS } from '../src/core/domain/paper-instruments.ts';
import { createLog } from '../src/server/log.ts';
import { startServer } from '../src/server/compose.ts';
import { readConfig } from '../src/server/config.ts';
import { DemoClient, WithId } from '../src/server/demo/demo-client.ts';
import { newTrader } from '../src/server/demo/demo-story.ts';
import type { Quote } from '../src/core/domain/quote.ts';
import type { Benchmark } from './benchmark.ts';
import type { MarketStart } from './quote-to-order-market.ts';

const ACCOUNTS = ['001', '002', '003', '004'].map((number) => `101-004-1435156-${number}`);
/** Of each account: one strategy an instrument, 200 in all. */
const INSTRUMENTS = PAPER_INSTRUMENTS.list.slice(0, 50);
const TOKEN = `${'0'.repeat(32)}-${'0'.repeat(32)}`;
/** Each price lets the strategy of the price before decide, on every account. The first crossing comes with the second turn of prices. */
const ROUNDS = 210;
const WARM_UP_ROUNDS = 60;
/** Longer than the window of the price stream, and long enough for all of a round to be answered. */
const ROUND_MS = 300;
const SETTLING_MS = 5_000;
/** The shortest candles: a price is fresh for longer than one of them takes. */
const CANDLE_MS = 5_000;
const STARTS_AT = Date.UTC(2026, 0, 6, 8);
const HISTORY_CANDLES = 10;

/** Prices that go up and down from one time to the next, so that a fast average crosses a slow one each time. */
function quoteOf(index: number, turn: number, at: number): Quote {
  const instrument = INSTRUMENTS[index % INSTRUMENTS.length] ?? INSTRUMENTS[0];
  const bid = turn % 2 === 0 ? 110_000 : 110_200;
  return { instrument: instrument?.name ?? '', at, bid, ask: bid + 10 };
}

function history(): readonly Quote[] {
  const candles = Array.from({ length: HISTORY_CANDLES }, (_, candle) => candle);
  return candles.flatMap((candle) =>
    INSTRUMENTS.map((_, index) => quoteOf(index, candle, STARTS_AT + candle * CANDLE_MS + index)),
  );
}

/** Notes when a price of a stream arrived, and how long after it the first request of each account was written. */
class WireWatch implements Disposable {
  readonly delaysMs: number[] = [];
  readonly #pricedAt = new Map<string, number>();

  constructor() {
    subscribe('undici:request:bodyChunkReceived', this.#onChunk);
    subscribe('undici:client:sendHeaders', this.#onSent);
  }

  [Symbol.dispose](): void {
    unsubscribe('undici:request:bodyChunkReceived', this.#onChunk);
    unsubscribe('undici:client:sendHeaders', this.#onSent);
  }

  readonly #onChunk = (message: unknown): void => {
    const { request, chunk } = message as {
      readonly request: { readonly path: string };
      readonly chunk: Buffer;
    };
    if (!request.path.includes('/pricing/stream') || !chunk.includes('"PRICE"')) return;
    this.#pricedAt.set(accountOf(request.path), performance.now());
  };

  readonly #onSent = (message: unknown): void => {
    const { request } = message as { readonly request: { readonly path: string; readonly method: string } };
    if (request.method === 'GET') return;
    const account = accountOf(request.path);
    const pricedAt = this.#pricedAt.get(account);
    if (pricedAt === undefined) return;
    this.#pricedAt.delete(account);
    this.delaysMs.push(performance.now() - pricedAt);
  };
}

function accountOf(path: string): string {
  return path.split('/')[3] ?? '';
}

async function startStrategies(client: DemoClient): Promise<void> {
  await client.signIn(newTrader());
  for (const brokerAccountId of ACCOUNTS) {
    const json = { name: brokerAccountId, environment: 'practice', token: TOKEN, brokerAccountId };
    const account = await client.call('POST', '/accounts', WithId, { json });
    for (const { name: instrument } of INSTRUMENTS) {
      const strategy = {
        accountId: account.id,
        name: instrument,
        strategyType: 'ema_cross',
        instrument,
        parameters: { granularity: 'S5', fast: 1, slow: 2, units: 1_000 },
      };
      const { id } = await client.call('POST', '/strategies', WithId, { json: strategy });
      await client.call('POST', `/strategies/${id}/start`, WithId);
    }
  }
}

async function measure(databaseUrl: string) {
  const start: MarketStart = { accounts: ACCOUNTS, history: history() };
  const market = new Worker(join(import.meta.dirname, 'quote-to-order-market.ts'), { workerData: start });
  const [url] = (await once(market, 'message')) as [string];
  const config = readConfig({
    DATABASE_URL: databaseUrl,
    OANDA_PRACTICE_URL: url,
    PORT: '0',
    LOG_LEVEL: 'error',
  });
  const log = createLog({ level: 'error', stream: process.stderr });
  const server = await startServer(config, { log, signal: new AbortController().signal });
  if (!server) throw new Error('The server did not start.');
  const bare = openBareCommits(databaseUrl, ACCOUNTS);
  const watch = new WireWatch();
  const bareMs: number[] = [];
  try {
    await startStrategies(new DemoClient(server.address));
    for (let round = 0; round < ROUNDS; round += 1) {
      if (round === WARM_UP_ROUNDS) watch.delaysMs.length = 0;
      const turn = HISTORY_CANDLES + Math.floor(round / INSTRUMENTS.length);
      market.postMessage(quoteOf(round, turn, STARTS_AT + (HISTORY_CANDLES + 1 + round) * CANDLE_MS));
      await sleep(round === 0 ? SETTLING_MS : ROUND_MS);
      if (round >= WARM_UP_ROUNDS) bareMs.push(...(await bare.run()));
    }
  } finally {
    watch[Symbol.dispose]();
    await bare.close();
    await server[Symbol.asyncDispose]();
    await market.terminate();
  }
  const [delays, commits] = [percentiles(watch.delaysMs), percentiles(bareMs)];
  return {
    value: delays.p99,
    baselineValue: commits.p99,
    notes: [
      `${watch.delaysMs.length} orders of ${ACCOUNTS.length * INSTRUMENTS.length} strategies; medians ${delays.p50.toFixed(2)} and ${commits.p50.toFixed(2)} ms`,
    ],
  };
}

function percentiles(values: readonly number[]): { readonly p50: number; readonly p99: number } {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (part: number): number => sorted[Math.floor(sorted.length * part)] ?? NaN;
  return { p50: at(0.5), p99: at(0.99) };
}

export const QUOTE_TO_ORDER: Benchmark = {
  name: 'quote-to-order',
  unit: 'ms',
  baseline: 'the durable commit alone',
  target: { atMostBeyond: 1 },
  measure: () => withDatabase(measure),
};
