/** Every strategy type makes the same trades in a backtest and on an account at the v20 simulator, through the OANDA client and real sockets. */

import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { PAPER_INSTRUMENTS } from '../../src/core/domain/paper-instruments.ts';
import { PriceCsvReader } from '../../src/prices/import/price-csv-reader.ts';
import { quotesAsCsv } from '../support/made-quotes.ts';
import { backtest, essence, everyType, nameOf } from '../support/parity.ts';
import { WARN } from '../support/server-process.ts';
import { replayOverTheWire } from '../support/wire-replay.ts';
import type { Trade } from '../../src/core/domain/trade.ts';
import type { QuoteColumns } from '../../src/prices/series/price-columns.ts';
import type { StoredTrade } from '../../src/trading/trades/trade-store.ts';

const EUR_USD = PAPER_INSTRUMENTS.named('EUR_USD');
/** Friday's last hours and Sunday's first, with the end of a trading day between them. */
const MADE = {
  instrument: 'EUR_USD',
  from: Date.UTC(2026, 0, 9, 20, 30),
  until: Date.UTC(2026, 0, 11, 23),
  everyMs: 15_000,
  seed: 23,
};

/** A stream shows no price that is the one before. */
async function changesOnly(csv: string): Promise<QuoteColumns> {
  const rows: { readonly at: number; readonly bid: number; readonly ask: number }[] = [];
  for await (const batch of new PriceCsvReader(Readable.from([Buffer.from(csv)]), { instrument: EUR_USD })) {
    if (batch.kind !== 'quotes') throw new Error('Quotes were wanted, candles were found.');
    for (const [row, at] of batch.times.entries()) {
      const [bid = 0, ask = 0, before] = [batch.bid[row], batch.ask[row], rows.at(-1)];
      if (bid !== before?.bid || ask !== before.ask) rows.push({ at, bid, ask });
    }
  }
  const column = (name: 'bid' | 'ask'): Int32Array => Int32Array.from(rows, (row) => row[name]);
  const times = Float64Array.from(rows, ({ at }) => at);
  return { kind: 'quotes', times, bid: column('bid'), ask: column('ask') };
}

/** OANDA does not state which price was hoped for: what a stop lost by a jump is in its price only. */
const essenceAtBroker = (trade: Trade | StoredTrade): unknown => essence({ ...trade, slippageCost: 0 });

describe('Generated quotes', () => {
  it('give every strategy type the trades of its backtest at the broker, over the wire', async () => {
    const batches = [await changesOnly(quotesAsCsv(MADE))];
    const strategies = [...everyType('M1', [false]), ...everyType('M1', [true]).slice(-1)];
    const expected = strategies.map((strategy) => backtest(batches, strategy));

    const { traded, log } = await replayOverTheWire(batches, strategies);

    for (const [index, strategy] of strategies.entries()) {
      const { trades = [], balance } = expected[index] ?? {};
      expect(traded[index]?.trades.map(essenceAtBroker), nameOf(strategy)).toEqual(
        trades.map(essenceAtBroker),
      );
      expect(traded[index], nameOf(strategy)).toMatchObject({ status: 'running', balance });
      expect(trades.length, nameOf(strategy)).toBeGreaterThanOrEqual(5);
    }
    const all = expected.flatMap(({ trades }) => trades);
    const reasons = all.map(({ exitReason }) => exitReason);
    expect(reasons).toEqual(expect.arrayContaining(['stop_loss', 'close']));
    expect(all.some(({ financing }) => financing !== 0)).toBe(true);
    expect(log.map((line) => JSON.parse(line)).filter(({ level }) => level >= WARN)).toEqual([]);
  });
});
