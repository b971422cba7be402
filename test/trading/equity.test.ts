/** The history of equity: what is kept, for how long, and what is shown of it. */
import { describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/core/domain/trading-calendar.ts';
import { removeOldEquity } from '../../src/trading/equity/equity-retention.ts';
import { useServer } from '../support/test-server.ts';
import { addTrader } from '../support/trading-client.ts';

const context = useServer();

/** A person with 100,000 EUR_USD bought at 1.10010 at the very start of a minute, whose equity is on record. */
async function hold() {
  const { market } = context.server;
  const trader = await addTrader(context.server);
  await context.server.quote('EUR_USD', 110_000, 110_010, 2 * HOUR_MS - (market.now % HOUR_MS));
  const startedAt = market.now;
  await trader.order({ units: 100_000 });
  await context.server.equityRecorder.record();
  return {
    ...trader,
    startedAt,
    /** A new price, seen. */
    see: async (bid: number, afterMs: number) => {
      await context.server.quote('EUR_USD', bid, bid + 10, afterMs);
      await context.server.equityRecorder.record();
    },
    points: async (query: string) =>
      (await trader.ask('GET', `/accounts/${trader.accountId}/equity?${query}`)).json().points,
  };
}

const at = (ms: number): string => new Date(ms).toISOString();

describe('the equity of an account', () => {
  it('has the last value of each minute, hour and day in which it changed', async () => {
    const { startedAt, see, points } = await hold();

    await see(110_110, 30_000);
    await see(110_060, 25_000);
    await see(110_060, 3 * MINUTE_MS);
    await see(110_210, MINUTE_MS);
    await see(110_310, HOUR_MS);

    const balance = '100000.0000';
    expect(await points('resolution=M1')).toEqual([
      { at: at(startedAt), balance, nav: '100050.0000' },
      { at: at(startedAt + 4 * MINUTE_MS), balance, nav: '100200.0000' },
      { at: at(startedAt + HOUR_MS + 4 * MINUTE_MS), balance, nav: '100300.0000' },
    ]);
    expect(await points('resolution=H1')).toEqual([
      { at: at(startedAt), balance, nav: '100200.0000' },
      { at: at(startedAt + HOUR_MS), balance, nav: '100300.0000' },
    ]);
    expect(await points('')).toEqual(await points('resolution=H1'));
    const days = await points('resolution=D');
    expect(days.map(({ nav }: { nav: string }) => nav)).toEqual(['100300.0000']);
    expect(days[0].at).toMatch(/T22:00:00/);
  });

  it('is shown from one time to another, and nothing of it to others', async () => {
    const { startedAt, see, points, accountId } = await hold();
    for (let minute = 1; minute <= 3; minute += 1) await see(110_000 + minute, MINUTE_MS);
    const range = `from=${at(startedAt + MINUTE_MS + 1)}&to=${at(startedAt + 3 * MINUTE_MS)}`;

    const shown = await points(`resolution=M1&${range}`);
    const other = await addTrader(context.server);

    expect(shown.map((point: { at: string }) => point.at)).toEqual([
      at(startedAt + MINUTE_MS),
      at(startedAt + 2 * MINUTE_MS),
    ]);
    expect((await other.ask('GET', `/accounts/${accountId}/equity`)).statusCode).toBe(404);
  });

  it('keeps minutes for 90 days and hours for good', async () => {
    const { server } = context;
    const { accountId, startedAt, see, points } = await hold();
    const { snapshot } = server.supervisor.accountOf(accountId).valuation.summary();
    for (const days of [91, 89])
      await server.stores.equity.record([
        { accountId, snapshot: { ...snapshot, at: startedAt + HOUR_MS - days * DAY_MS } },
      ]);

    await see(110_110, HOUR_MS);
    const removed = await removeOldEquity(server.stores.equity, new AbortController().signal);

    expect(removed).toBe(1);
    const from = at(startedAt - 92 * DAY_MS);
    const minutes = await points(`resolution=M1&from=${from}&to=${at(startedAt - 88.9 * DAY_MS)}`);
    expect(minutes).toMatchObject([{ at: at(startedAt + HOUR_MS - 89 * DAY_MS) }]);
    const hours = await points(`resolution=H1&from=${from}&to=${at(startedAt)}`);
    expect(hours).toHaveLength(2);
  });

  it('is empty where nothing was recorded', async () => {
    const { ask, accountId } = await addTrader(context.server);

    expect((await ask('GET', `/accounts/${accountId}/equity`)).json()).toEqual({
      resolution: 'H1',
      points: [],
    });
  });

  it.each([
    ['from=2026-03-05T00:00:00.000Z&to=2026-03-05T00:00:00.000Z', '/from'],
    ['resolution=M1&from=2026-01-01T00:00:00.000Z&to=2026-03-05T00:00:00.000Z', '/resolution'],
    ['resolution=M5', '/resolution'],
    ['from=2026-03-05', '/from'],
  ])('of ?%s is refused', async (query, pointer) => {
    const { ask, accountId } = await addTrader(context.server);

    const answer = await ask('GET', `/accounts/${accountId}/equity?${query}`);

    expect(answer.statusCode).toBe(400);
    expect(answer.json().errors).toMatchObject([{ pointer }]);
  });
});
