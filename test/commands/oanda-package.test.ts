/** The npm package `@oanda/v20` as it is published, against `manage simulator` as a person starts it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { Context } from '@oanda/v20/context.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SimulatorProcess } from '../support/simulator-process.ts';
import { until } from '../support/until.ts';
import { ACCOUNT, TOKEN } from '../support/v20-simulator.ts';
import type { V20Response } from '@oanda/v20/context.js';
import type { V20Json } from '../support/v20-simulator.ts';

let simulator: SimulatorProcess;
let client: Context;
let port: string;

beforeAll(async () => {
  simulator = new SimulatorProcess(['--feed', 'synthetic?start=2026-01-06T12:00:00Z']);
  ({ port } = new URL(await simulator.url()));
  client = new Context('127.0.0.1', Number(port), false, 'test');
  client.setToken(TOKEN);
});

// Streams end in order then, and the package, which listens to no error, has none.
afterAll(() => simulator.kill('SIGTERM'));

/** Resolves with the status and the body, whose objects have lost the package's classes. */
async function answerOf(
  send: (take: (response: V20Response) => void) => void,
): Promise<{ status: string; body: V20Json }> {
  const { statusCode, body } = await new Promise<V20Response>((resolve) => send(resolve));
  return { status: statusCode, body: JSON.parse(JSON.stringify(body)) as V20Json };
}

const order = (fields: Readonly<Record<string, unknown>>) =>
  answerOf((take) => client.order.create(ACCOUNT, { order: fields }, take));

const market = (units: string) => order({ type: 'MARKET', instrument: 'EUR_USD', units });

describe('@oanda/v20', () => {
  it('reads accounts, instruments, prices and candles', async () => {
    const accounts = await answerOf((take) => client.account.list(take));
    const summary = await answerOf((take) => client.account.summary(ACCOUNT, take));
    const instruments = await answerOf((take) => client.account.instruments(ACCOUNT, {}, take));
    const prices = await answerOf((take) =>
      client.pricing.get(ACCOUNT, { instruments: 'EUR_USD,USD_JPY' }, take),
    );
    const candles = await answerOf((take) =>
      client.instrument.candles('EUR_USD', { granularity: 'M15', count: 3, price: 'MBA' }, take),
    );

    expect(accounts).toMatchObject({ status: '200', body: { accounts: [{ id: ACCOUNT }] } });
    expect(summary.body['account']).toMatchObject({ currency: 'USD', balance: '100000.0000' });
    expect(instruments.body['instruments']).toContainEqual(
      expect.objectContaining({ name: 'USD_JPY', pipLocation: -2, displayPrecision: 3 }),
    );
    expect(prices.body['prices']).toMatchObject([
      { instrument: 'EUR_USD', tradeable: true },
      { instrument: 'USD_JPY', tradeable: true },
    ]);
    expect(candles.body['candles']).toHaveLength(3);
    expect(candles.body['candles']?.[2]).toMatchObject({ complete: false, bid: {}, mid: {}, ask: {} });
  });

  it('buys at the market and closes the trade; the log has all of it', async () => {
    const before = await answerOf((take) => client.account.summary(ACCOUNT, take));
    const bought = await market('1000');
    const tradeId = bought.body['orderFillTransaction']?.['id'] ?? '';
    const open = await answerOf((take) => client.trade.listOpen(ACCOUNT, take));
    const closed = await answerOf((take) => client.trade.close(ACCOUNT, tradeId, {}, take));
    const log = await answerOf((take) =>
      client.transaction.since(ACCOUNT, { id: before.body['lastTransactionID'] }, take),
    );
    const changes = await answerOf((take) =>
      client.account.changes(ACCOUNT, { sinceTransactionID: before.body['lastTransactionID'] }, take),
    );

    expect(bought).toMatchObject({ status: '201', body: { orderFillTransaction: { units: '1000' } } });
    expect(open.body['trades']).toMatchObject([{ id: tradeId, currentUnits: '1000', state: 'OPEN' }]);
    expect(closed).toMatchObject({ status: '200', body: { orderFillTransaction: { units: '-1000' } } });
    expect(log.body['transactions']).toMatchObject([
      { type: 'MARKET_ORDER', reason: 'CLIENT_ORDER' },
      { type: 'ORDER_FILL', tradeOpened: { tradeID: tradeId } },
      { type: 'MARKET_ORDER', reason: 'TRADE_CLOSE' },
      { type: 'ORDER_FILL', tradesClosed: [{ tradeID: tradeId }] },
    ]);
    expect(changes.body['changes']).toMatchObject({ tradesClosed: [{ id: tradeId }] });
  });

  it('places a limit order and cancels it', async () => {
    const placed = await order({ type: 'LIMIT', instrument: 'EUR_USD', units: '1000', price: '0.50000' });
    const id = placed.body['orderCreateTransaction']?.['id'] ?? '';
    const pending = await answerOf((take) => client.order.listPending(ACCOUNT, take));
    const cancelled = await answerOf((take) => client.order.cancel(ACCOUNT, id, take));
    const again = await answerOf((take) => client.order.cancel(ACCOUNT, id, take));

    expect(pending.body['orders']).toMatchObject([{ id, type: 'LIMIT', price: '0.50000' }]);
    expect(cancelled).toMatchObject({ status: '200', body: { orderCancelTransaction: { orderID: id } } });
    expect(again).toMatchObject({ status: '404', body: { errorCode: 'ORDER_DOESNT_EXIST' } });
  });

  it('sells twice and closes the position', async () => {
    await market('-1000');
    await market('-500');
    const position = await answerOf((take) => client.position.get(ACCOUNT, 'EUR_USD', take));
    const closed = await answerOf((take) =>
      client.position.close(ACCOUNT, 'EUR_USD', { longUnits: 'NONE', shortUnits: 'ALL' }, take),
    );
    const flat = await answerOf((take) => client.position.get(ACCOUNT, 'EUR_USD', take));

    expect(position.body['position']).toMatchObject({ long: { units: '0' }, short: { units: '-1500' } });
    expect(closed).toMatchObject({ status: '200', body: { shortOrderFillTransaction: { units: '1500' } } });
    expect(flat.body['position']).toMatchObject({ short: { units: '0' } });
  });

  it('is refused what makes no sense', async () => {
    expect(await market('0')).toMatchObject({ status: '400', body: { errorCode: 'UNITS_INVALID' } });
    expect(await answerOf((take) => client.trade.close(ACCOUNT, '999999', {}, take))).toMatchObject({
      status: '404',
      body: { errorCode: 'TRADE_DOESNT_EXIST' },
    });
  });

  it('reads the stream of transactions', async () => {
    const streamed: unknown[] = [];
    client.transaction.stream(
      ACCOUNT,
      (line) => streamed.push(line),
      () => undefined,
    );

    // The package does not say when the stream has begun: what happened before is not in it.
    const { body } = await until('a fill is in the stream', async () => {
      const bought = await market('1');
      return streamed.length > 0 && bought;
    });

    const id = body['orderFillTransaction']?.['id'];
    await until('the last fill is in the stream', () =>
      streamed.some((line) => (line as V20Json)['id'] === id),
    );
    expect(streamed).toContainEqual(expect.objectContaining({ id, type: 'ORDER_FILL', units: '1' }));
  });

  // Its own method for prices does not know the class of the lines that it makes.
  it('reads the stream of prices line by line; its own reader ends the process at the first price', async () => {
    const path = `/v3/accounts/${ACCOUNT}/pricing/stream?instruments=EUR_USD`;
    const lines: V20Json[] = [];
    await new Promise<void>((resolve) => {
      const take = (line: string): void => {
        lines.push(JSON.parse(line) as V20Json);
        if (lines.length === 2) resolve();
      };
      client.request('GET', path, {}, take, () => undefined);
    });

    expect(lines).toMatchObject([{ type: 'PRICE' }, { type: 'PRICE', instrument: 'EUR_USD' }]);
    expect(await stderrOfOwnReader()).toContain('ReferenceError: Price is not defined');
  });
});

async function stderrOfOwnReader(): Promise<string> {
  const program = `
    const { Context } = require('@oanda/v20/context');
    const client = new Context('127.0.0.1', ${port}, false, 'test');
    client.setToken('${TOKEN}');
    client.pricing.stream('${ACCOUNT}', { instruments: 'EUR_USD' }, console.log, console.log);`;
  const child = spawn(process.execPath, ['-e', program], { cwd: import.meta.dirname });
  const [stderr] = await Promise.all([text(child.stderr), once(child, 'close')]);
  return stderr;
}
