/** The thread that runs backtests, one after the other: it reads the prices itself, reports its progress, and answers with the report. */

import { getHeapStatistics } from 'node:v8';
import { parentPort, workerData } from 'node:worker_threads';
import { openOrm } from '../persistence/orm.ts';
import { KeptPrices } from '../prices/series/kept-prices.ts';
import { PriceSeriesStore } from '../prices/series/price-series-store.ts';
import { present } from '../core/shared/assert.ts';
import { findStrategyType } from '../core/strategies/registry.ts';
import { runStoredBacktest } from './run-stored-backtest.ts';
import type { BacktestTask, BacktestWorkerData, FromBacktestWorker } from './backtest-thread.ts';

/** Four times a second is as often as a person can read a number; what is sent wakes the thread that trades. */
const PROGRESS_EVERY_MS = 250;

const port = present(parentPort, 'the thread that backtests');
const { databaseUrl } = workerData as BacktestWorkerData;
// The pool replaces connections that the database dropped.
const log = { warn: () => undefined };
const orm = openOrm({ databaseUrl, poolSize: 1, usesRecords: false, log });
const prices = new KeptPrices(new PriceSeriesStore(orm));

function send(message: FromBacktestWorker): void {
  port.postMessage(message);
}

async function run({ spec, series }: BacktestTask): Promise<void> {
  const type = present(findStrategyType(spec.strategyType), `strategy type ${spec.strategyType}`);
  let sentAt = -Infinity;
  prices.beginRun();
  const result = await runStoredBacktest(prices, { spec, type, series }, (progress) => {
    const now = performance.now();
    if (now - sentAt < PROGRESS_EVERY_MS) return;
    sentAt = now;
    send({ type: 'progress', progress });
  });
  const { total_heap_size: heapBytes, external_memory: bufferBytes } = getHeapStatistics();
  send({ type: 'result', result, heldBytes: heapBytes + bufferBytes });
}

port.on('message', (task: BacktestTask) => {
  run(task).catch((error: unknown) => {
    // Thrown outside of promises it ends the thread, whatever `NODE_OPTIONS` make of rejections, and is the reason that is reported.
    setImmediate(() => {
      throw error;
    });
  });
});
