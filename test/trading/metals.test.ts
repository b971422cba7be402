/** Gold and an exotic pair go the whole way: prices in, a backtest, an order on paper, and each shown with its own decimals. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestServer } from '../support/test-server.ts';
import { quotesAsCsv } from '../support/made-quotes.ts';
import { addTrader } from '../support/trading-client.ts';
import type { TestServer } from '../support/test-server.ts';
import type { TestTrader } from '../support/trading-client.ts';

const MONDAY = Date.UTC(2024, 2, 4);
const DAY_MS = 86_400_000;

let server: TestServer;
let trader: TestTrader;

beforeAll(async () => {
  server = await openTestServer();
  server.backtests.start();
  trader = await addTrader(server, { leverage: 10 });
});

afterAll(() => server.close());

async function completed(id: string) {
  const done = Promise.withResolvers<void>();
  const read = async () => (await trader.ask('GET', `/backtests/${id}`)).json();
  const stop = server.backtests.onBacktestProgress((news) => {
    if (news.backtestId === id && news.status !== 'running') done.resolve();
  });
  if ((await read()).status === 'completed') done.resolve();
  await done.promise;
  stop();
  return read();
}

describe.each([
  ['XAU_USD', 'USD', /^\d{4}\.\d{3}$/, 0.7],
  ['USD_SEK', 'USD', /^\d{1,2}\.\d{5}$/, 10],
])('%s', (instrument, currency, price, units) => {
  it('is imported and backtested', async () => {
    const csv = quotesAsCsv({ instrument, from: MONDAY, until: MONDAY + DAY_MS, everyMs: 20_000, seed: 3 });
    const uploaded = await server.app.inject({
      method: 'POST',
      url: `/api/v1/price-series?instrument=${instrument}`,
      payload: csv,
      headers: { ...trader.user.headers, 'content-type': 'text/csv' },
    });
    expect(uploaded.statusCode).toBe(201);

    const started = await trader.ask('POST', '/backtests', {
      strategyType: 'ema_cross',
      instrument,
      parameters: { granularity: 'M1', fast: 3, slow: 8, units },
    });
    const { id } = started.json();
    expect(await completed(id)).toMatchObject({ status: 'completed', instrument, currency });
    const [trade] = (await trader.ask('GET', `/backtests/${id}/trades?limit=1`)).json().items;
    expect(trade).toMatchObject({ units, entryPrice: expect.stringMatching(price) });
  });
});

describe('gold on paper', () => {
  it('is traded and shown in its own decimals', async () => {
    await server.quote('XAU_USD', 2_400_000, 2_400_350);

    const bought = await trader.order({ instrument: 'XAU_USD', units: 10, stopLoss: '2390.5' });

    expect(bought.json()).toMatchObject({ status: 'filled', averagePrice: '2400.350', stopLoss: '2390.500' });
    await server.quote('XAU_USD', 2_410_000, 2_410_350);
    const [position] = (await trader.ask('GET', `/positions?accountId=${trader.accountId}`)).json().items;
    expect(position).toMatchObject({ instrument: 'XAU_USD', entryPrice: '2400.350' });
    const closed = await trader.ask('POST', `/positions/${position.id}/close`, {});
    expect(closed.statusCode).toBeLessThan(300);
    const [trade] = (await trader.ask('GET', `/trades?accountId=${trader.accountId}`)).json().items;
    // 9.65 dollars an ounce.
    expect(trade).toMatchObject({ exitPrice: '2410.000', realizedPnl: '96.5000' });
  });
});

describe('instruments of an account', () => {
  it('have the margin rates that its leverage makes', async () => {
    const rateOf = async (query: string) =>
      (await trader.ask('GET', `/instruments/XAU_USD${query}`)).json().marginRate;

    expect(await rateOf('')).toBe('0.0500');
    expect(await rateOf(`?accountId=${trader.accountId}`)).toBe('0.1000');
    const all = await trader.ask('GET', `/instruments?accountId=${trader.accountId}`);
    expect(all.json().items.map(({ marginRate }: { marginRate: string }) => marginRate)).not.toContain(
      '0.0333',
    );
  });

  it('are not shown of an account of another person', async () => {
    const other = await addTrader(server);

    expect((await other.ask('GET', `/instruments?accountId=${trader.accountId}`)).statusCode).toBe(404);
  });
});
