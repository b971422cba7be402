/** What a strategy did beside a backtest on the quotes that were recorded while it did it. */
import { beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../../src/commands/command.ts';
import { driftReportCommand } from '../../src/backtests/drift/drift-report-command.ts';
import { useServer } from '../support/test-server.ts';
import { addTrader } from '../support/trading-client.ts';
import type { TestTrader } from '../support/trading-client.ts';

const context = useServer();
let trader: TestTrader;
let strategyId: string;

const report = async (date = '2026-03-02', owner = trader) =>
  owner.ask('GET', `/strategies/${strategyId}/drift?date=${date}`);

/** A price that goes up and down every twenty minutes, every ten seconds; recorded as it comes. */
async function trade(minutes: number): Promise<void> {
  const { server } = context;
  for (let step = 0; step < minutes * 6; step += 1) {
    const bid = 110_000 + Math.round(200 * Math.sin(step / 19) + 20 * Math.sin(step / 3));
    // As from a feed: the clock comes first, and candles that have ended are decided on at the last price.
    const next = server.market.now + 10_000;
    server.hub.publishClock(next, next);
    await server.supervisor.settled();
    await server.quote('EUR_USD', bid, bid + 10, 10_000);
    if (step % 60 === 0) await server.quoteRecorder.record();
  }
  await server.quoteRecorder.record();
}

beforeAll(async () => {
  const { server } = context;
  trader = await addTrader(server);
  const created = await trader.ask('POST', '/strategies', {
    accountId: trader.accountId,
    name: 'Crossing',
    strategyType: 'ema_cross',
    instrument: 'EUR_USD',
    parameters: { granularity: 'M1', fast: 2, slow: 4 },
  });
  strategyId = created.json().id;
  await trader.ask('POST', `/strategies/${strategyId}/start`);
  await server.quoteRecorder.record();
  await trade(120);
});

describe('a drift report', () => {
  it.each([
    ['without a date', '', 400],
    ['of no date', '?date=yesterday', 400],
    ['of a day that the calendar does not have', '?date=2026-02-30', 400],
    ['of a day that was not recorded', '?date=2026-02-27', 404],
  ])('is refused %s', async (_case, query, status) => {
    expect((await trader.ask('GET', `/strategies/${strategyId}/drift${query}`)).statusCode).toBe(status);
  });

  it('is not of another person’s strategy', async () => {
    expect((await report('2026-03-02', await addTrader(context.server))).statusCode).toBe(404);
  });

  it('has no difference when everything went as in the backtest', async () => {
    const found = (await report()).json();

    expect(found.real.trades).toBeGreaterThan(3);
    expect(found).toMatchObject({ difference: '0.0000', parts: [], gaps: [] });
    expect(found.expected).toEqual(found.real);
    expect(found.openingBalance).toBe('100000.0000');
    // The clock of this market comes a second after a candle's end; the backtest decides at it.
    const withoutTimes = ({ openedAt: _opened, closedAt: _closed, ...rest }: Record<string, unknown>) => rest;
    for (const pair of found.trades) expect(withoutTimes(pair.expected)).toEqual(withoutTimes(pair.real));
  });

  it('names what a person did, what the broker charged, and trades that were not made', async () => {
    const { database } = context.server;
    const trades = await database
      .selectFrom('trades')
      .selectAll()
      .where('strategy_id', '=', strategyId)
      .orderBy('id')
      .execute();
    const [first, second, third] = trades;
    if (!first || !second || !third) throw new Error('three trades were expected');
    // What the log of another broker could have said of the same decisions.
    const changed = { slippage: '0.3000', realized_pnl: String(Number(first.realized_pnl) - 0.3) };
    await database.updateTable('trades').set(changed).where('id', '=', first.id).execute();
    await database
      .updateTable('orders')
      .set({ created_by: 'person' })
      .where('id', '=', second.closing_order_id ?? '')
      .execute();
    const closed = { exit_reason: 'limit' as const, realized_pnl: String(Number(second.realized_pnl) + 5) };
    await database.updateTable('trades').set(closed).where('id', '=', second.id).execute();
    await database.deleteFrom('trades').where('id', '=', third.id).execute();

    const found = (await report()).json();

    const causes = Object.fromEntries(
      found.parts.map(({ cause, amount }: { cause: string; amount: string }) => [cause, amount]),
    );
    expect(causes).toEqual({
      slippage: '-0.3000',
      'manual-exit': '5.0000',
      'not-sent': (0 - Number(third.realized_pnl) - Number(third.financing)).toFixed(4),
    });
    const sum = Object.values<string>(causes).reduce((all, amount) => all + Number(amount), 0);
    expect(Number(found.difference)).toBeCloseTo(sum, 4);
    expect(found.trades.filter(({ real }: { real: unknown }) => real === null)).toHaveLength(1);
  });

  it('is printed by the command, which says in one line what is wrong', async () => {
    const call = async (argv: readonly string[]) => {
      const written = { out: '', err: '' };
      const io = {
        stdout: { write: (text: string) => (written.out += text) },
        stderr: { write: (text: string) => (written.err += text), isTTY: false },
      };
      const open = async () => ({ url: context.server.databaseUrl, close: async () => undefined });
      const code = await runCommand(io, () => driftReportCommand.run(argv, io, open));
      return { code, ...written };
    };

    const { code, out } = await call(['--strategy', strategyId, '--date', '2026-03-02']);
    expect(code).toBe(0);
    expect(out).toContain('Difference');
    expect(out).toContain('manual-exit');
    expect(out).not.toMatch(/\b1 (trades|positions)\b/);

    for (const argv of [
      ['--strategy', 'mine', '--date', '2026-03-02'],
      ['--strategy', strategyId, '--date', 'yesterday'],
      ['--strategy', strategyId, '--date', '2026-02-27'],
    ]) {
      const refused = await call(argv);
      expect(refused.code).not.toBe(0);
      expect(refused.err).toMatch(/^[^\n]+\n$/);
    }
  });
});
