/** The thread that runs one backtest: it reads the prices itself, reports its progress, and ends with the report. */

import { parentPort, workerData } from 'node:worker_threads';
import { openOrm } from '../persistence/orm.ts';
import { PriceSeriesStore } from '../prices/series/price-series-store.ts';
import { present } from '../core/shared/assert.ts';
import { findStrategyType } from '../core/strategies/registry.ts';
import { runStoredBacktest } from './run-stored-backtest.ts';
import type { BacktestTask, FromBacktestWorker } from './backtest-thread.ts';

const port = present(parentPort, 'the thread that backtests');

function send(message: FromBacktestWorker): void {
  port.postMessage(message);
}

async function run({ databaseUrl, spec, series }: BacktestTask): Promise<void> {
  const type = present(findStrategyType(spec.strategyType), `strategy type ${spec.strategyType}`);
  // The pool replaces connections that the database dropped; what cannot be recovered ends the thread with its error.
  const orm = openOrm({ databaseUrl, poolSize: 1, log: { warn: () => undefined } });
  try {
    const store = new PriceSeriesStore(orm);
    const result = await runStoredBacktest(store, { spec, type, series }, (progress) =>
      send({ type: 'progress', progress }),
    );
    send({ type: 'result', result });
  } finally {
    await orm.close();
  }
}

await run(workerData as BacktestTask);
