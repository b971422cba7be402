/** Quotes of what accounts trade are recorded: into series of their own, with what is missing. */
import { randomUUIDv7 } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { DAY_MS } from '../../src/core/domain/trading-calendar.ts';
import { QuoteRecorder } from '../../src/prices/recording/quote-recorder.ts';
import { quiet } from '../support/quiet-log.ts';
import { useServer } from '../support/test-server.ts';
import { addTrader } from '../support/trading-client.ts';
import type { RecordedInstruments } from '../../src/prices/recording/quote-recorder.ts';
import type { TestTrader } from '../support/trading-client.ts';

const context = useServer();
let trader: TestTrader;

/** 2026-03-03 12:00 UTC, a Tuesday. */
const TUESDAY = Date.UTC(2026, 2, 3, 12);

beforeEach(async () => {
  trader = await addTrader(context.server);
});

const recordedSeries = async () => {
  const { items } = (await trader.ask('GET', '/price-series')).json();
  return items.filter(({ accountId }: { accountId: string | null }) => accountId === trader.accountId);
};
const gapsOf = async (id: string) => (await trader.ask('GET', `/price-series/${id}/gaps`)).json().items;
const at = (ms: number) => new Date(ms).toISOString();

/** A recorder that a test drives, of EUR_USD on the trader's account. */
function recorderOf(instruments = ['EUR_USD']) {
  const wanted: RecordedInstruments = {
    accountId: trader.accountId,
    userId: trader.user.id,
    instruments: new Set(instruments),
  };
  const recorder = new QuoteRecorder({
    store: context.server.stores.recordings,
    wanted: async () => [wanted],
    log: quiet,
  });
  const tap = recorder.tapOf(trader.accountId);
  const quote = (time: number, bid = 110_000) =>
    tap.onQuote({ instrument: 'EUR_USD', at: time, bid, ask: bid + 10 });
  return { recorder, tap, quote };
}

describe('what is recorded', () => {
  it('is what an account trades, and what converts its results', async () => {
    const { server } = context;
    await trader.order();
    await server.quote('USD_JPY', 150_000, 150_010);
    await trader.order({ instrument: 'USD_JPY', type: 'limit', price: '140.000' });

    const wanted = (await server.stores.tradedInstruments.toRecord()).find(
      ({ accountId }) => accountId === trader.accountId,
    );

    expect(wanted).toEqual({
      accountId: trader.accountId,
      userId: trader.user.id,
      instruments: new Set(['EUR_USD', 'USD_JPY']),
    });
  });

  it('is nothing of an account that trades nothing, or is not to be recorded', async () => {
    const { server } = context;
    const isWanted = async () =>
      (await server.stores.tradedInstruments.toRecord()).some(
        ({ accountId }) => accountId === trader.accountId,
      );
    expect(await isWanted()).toBe(false);

    await trader.order();
    expect(await isWanted()).toBe(true);

    const changed = await trader.ask('PATCH', `/accounts/${trader.accountId}`, { recordQuotes: false });
    expect(changed.json()).toMatchObject({ recordQuotes: false });
    expect(await isWanted()).toBe(false);
  });

  it('comes from the account that trades it, and is what its charts show', async () => {
    const { server } = context;
    await trader.order();
    await server.quoteRecorder.record();
    await server.quote('EUR_USD', 110_020, 110_030);
    await server.quote('EUR_USD', 110_050, 110_060);
    await server.quoteRecorder.record();

    expect(await recordedSeries()).toMatchObject([
      { instrument: 'EUR_USD', kind: 'quotes', source: 'recorded', rows: 2, endsAt: at(server.market.now) },
    ]);
    const chart = await trader.ask(
      'GET',
      `/candles?accountId=${trader.accountId}&instrument=EUR_USD&granularity=H1&price=bid`,
    );
    expect(chart.json().items).toMatchObject([
      { open: '1.10020', close: '1.10050', quotes: 2, complete: false },
    ]);
  });
});

describe('a recording', () => {
  it('grows in the same chunk, and a later start continues in another one, behind a gap', async () => {
    const first = recorderOf();
    await first.recorder.record();
    first.quote(TUESDAY);
    await first.recorder.record();
    first.quote(TUESDAY + 1_000);
    await first.recorder.record();
    // What came last is lost when the process is killed now.
    first.quote(TUESDAY + 2_000);

    const second = recorderOf();
    second.quote(TUESDAY + 5_000);
    await second.recorder.record();
    second.quote(TUESDAY + 9_000);
    second.tap.onInterruption();
    second.quote(TUESDAY + 12_000);
    await second.recorder.stop();

    const [series] = await recordedSeries();
    expect(series).toMatchObject({ rows: 4, startsAt: at(TUESDAY), endsAt: at(TUESDAY + 12_000) });
    expect(await gapsOf(series.id)).toEqual([
      { from: at(TUESDAY + 1_000), to: at(TUESDAY + 9_000), reason: 'not-recorded' },
      { from: at(TUESDAY + 9_000), to: at(TUESDAY + 12_000), reason: 'connection-lost' },
    ]);
    const chunks = await context.server.database
      .selectFrom('price_chunks')
      .select(['ordinal', 'rows'])
      .where('series_id', '=', series.id)
      .orderBy('ordinal')
      .execute();
    expect(chunks).toEqual([
      { ordinal: 0, rows: 2 },
      { ordinal: 1, rows: 2 },
    ]);
  });

  it('has no gap where the market was closed', async () => {
    const friday = Date.UTC(2026, 2, 6, 21, 57);
    const sunday = Date.UTC(2026, 2, 8, 21, 3);
    const { recorder, quote } = recorderOf();
    await recorder.record();
    quote(friday + 3 * 60_000);
    await recorder.record();
    recorder.tapOf(trader.accountId).onInterruption();
    quote(sunday - 3 * 60_000);
    await recorder.stop();

    const [series] = await recordedSeries();
    expect(series).toMatchObject({ rows: 2 });
    expect(await gapsOf(series.id)).toEqual([]);
  });

  it('takes nothing back in time, and continues when time has passed', async () => {
    const first = recorderOf();
    await first.recorder.record();
    first.quote(TUESDAY);
    await first.recorder.stop();

    const second = recorderOf();
    await second.recorder.record();
    second.quote(TUESDAY - 60_000);
    await second.recorder.record();
    second.quote(TUESDAY + 60_000);
    await second.recorder.record();

    const [series] = await recordedSeries();
    expect(series).toMatchObject({ rows: 2, endsAt: at(TUESDAY + 60_000) });
    expect(await gapsOf(series.id)).toEqual([
      { from: at(TUESDAY), to: at(TUESDAY + 60_000), reason: 'not-stored' },
    ]);
  });

  it('loses what is too old, unless a backtest ran on it', async () => {
    const { recorder, quote } = recorderOf();
    const { stores, database } = context.server;
    await recorder.record();
    for (let number = 0; number < 2_000; number += 1) quote(TUESDAY + number);
    await recorder.record();
    quote(TUESDAY + 3 * DAY_MS);
    await recorder.stop();
    const [{ id }] = await recordedSeries();
    const backtest = {
      id: randomUUIDv7(),
      user_id: trader.user.id,
      strategy_type: 'ema_cross',
      parameters: {},
      instrument: 'EUR_USD',
      series_id: id,
      starts_at: new Date(TUESDAY),
      ends_at: new Date(TUESDAY + DAY_MS),
      initial_balance: '1000',
      currency: 'USD',
      terms: {},
      seed: 1,
      spec_hash: 'hash',
      engine_version: '1',
    };
    await database.insertInto('backtests').values(backtest).execute();
    const storedLast = { updated_at: new Date(TUESDAY + 3 * DAY_MS) };
    await database.updateTable('price_series').set(storedLast).where('id', '=', id).execute();
    const now = TUESDAY + 4 * DAY_MS;

    await stores.recordings.removeOlderThan(2 * DAY_MS, now);
    expect(await recordedSeries()).toMatchObject([{ rows: 2_001, startsAt: at(TUESDAY) }]);

    await database.deleteFrom('backtests').where('id', '=', backtest.id).execute();
    await stores.recordings.removeOlderThan(5 * DAY_MS, now);
    expect(await recordedSeries()).toMatchObject([{ rows: 2_001, startsAt: at(TUESDAY) }]);

    await stores.recordings.removeOlderThan(2 * DAY_MS, now);
    expect(await recordedSeries()).toMatchObject([{ rows: 1, startsAt: at(TUESDAY + 3 * DAY_MS) }]);
  });

  it('is gone when nothing was recorded for so long, also of a market of past years', async () => {
    const { recorder, quote } = recorderOf();
    const { stores, database } = context.server;
    const longAgo = Date.UTC(2014, 4, 6, 12);
    await recorder.record();
    quote(longAgo);
    await recorder.stop();
    const [{ id }] = await recordedSeries();
    const storedLast = { updated_at: new Date(TUESDAY) };
    await database.updateTable('price_series').set(storedLast).where('id', '=', id).execute();

    await stores.recordings.removeOlderThan(2 * DAY_MS, TUESDAY + 2 * DAY_MS - 1_000);
    expect(await recordedSeries()).toMatchObject([{ rows: 1 }]);

    await stores.recordings.removeOlderThan(2 * DAY_MS, TUESDAY + 2 * DAY_MS + 1_000);
    expect(await recordedSeries()).toEqual([]);
  });

  it('is recorded again after its owner deleted it', async () => {
    const { recorder, quote } = recorderOf();
    await recorder.record();
    quote(TUESDAY);
    await recorder.record();
    const [{ id }] = await recordedSeries();
    expect((await trader.ask('DELETE', `/price-series/${id}`)).statusCode).toBe(204);

    quote(TUESDAY + 1_000);
    await recorder.record();
    quote(TUESDAY + 2_000);
    await recorder.record();

    expect(await recordedSeries()).toMatchObject([{ rows: 1, startsAt: at(TUESDAY + 2_000) }]);
  });
});
