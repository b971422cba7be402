import { describe, expect, it } from 'vitest';
import { schemaDifferences } from '../../support/v20-schema.ts';
import { startSimulator } from '../../support/v20-simulator.ts';
import type { RunningSimulator, V20Json } from '../../support/v20-simulator.ts';

// Friday, 9 January 2026, 21:00 UTC, and the opening of the market after that weekend.
const FRIDAY = Date.UTC(2026, 0, 9, 21);
const SUNDAY = Date.UTC(2026, 0, 11, 22, 10);

const buy = (running: RunningSimulator, instrument: string, units: string): Promise<unknown> =>
  running.send('POST', '/{A}/orders', { order: { type: 'MARKET', instrument, units } });

/** The log after a transaction; what OANDA published of its fields holds. */
async function logAfter(running: RunningSimulator, id: number): Promise<V20Json> {
  const { body } = await running.send('GET', `/{A}/transactions/sinceid?id=${id}`);
  const differences = schemaDifferences('GET /accounts/{accountID}/transactions/sinceid 200', body);
  const concerned = differences.filter((text) => /^(?:MarginCall|DelayedTrade|Market)/.test(text));
  // OANDA's page calls it a list of ids, its schema a string.
  expect(concerned.filter((text) => !text.includes('tradeIDs'))).toEqual([]);
  return body['transactions'] as V20Json;
}

describe('an account whose margin is short', () => {
  it('is warned, and the warning is taken back', async () => {
    await using running = await startSimulator();
    await buy(running, 'EUR_USD', '2600000');
    const callTime = async (): Promise<unknown> =>
      (await running.send('GET', '/{A}/summary')).body['account']?.['marginCallEnterTime'];

    running.market.publish('EUR_USD', 109_700, 109_710);
    expect(await callTime()).toBe('2026-01-06T12:00:03.000000000Z');
    running.market.publish('EUR_USD', 110_300, 110_310);

    expect(await callTime()).toBeUndefined();
    const transactions = await logAfter(running, 4);
    expect(transactions.map(({ type }) => type)).toEqual(['MARGIN_CALL_ENTER', 'MARGIN_CALL_EXIT']);
    for (const transaction of transactions) expect(transaction).not.toHaveProperty('requestID');
  });

  it('is closed out when half of the margin is left', async () => {
    await using running = await startSimulator();
    await buy(running, 'EUR_USD', '2600000');

    running.market.publish('EUR_USD', 107_500, 107_510);

    expect(await logAfter(running, 4)).toMatchObject([
      {
        type: 'MARKET_ORDER',
        units: '-2600000',
        positionFill: 'REDUCE_ONLY',
        reason: 'MARGIN_CLOSEOUT',
        marginCloseout: { reason: 'MARGIN_CHECK_VIOLATION' },
      },
      {
        type: 'ORDER_FILL',
        reason: 'MARKET_ORDER_MARGIN_CLOSEOUT',
        price: '1.07500',
        tradesClosed: [{ tradeID: '4', units: '-2600000' }],
      },
    ]);
  });

  it('closes what could not be closed when its market opens', async () => {
    await using running = await startSimulator();
    running.market.publish('USD_JPY', 150_000, 150_010, FRIDAY);
    running.market.publish('EUR_USD', 110_000, 110_010, FRIDAY);
    await buy(running, 'EUR_USD', '1300000');
    await buy(running, 'USD_JPY', '1000000');
    const tradeState = async (): Promise<unknown> =>
      (await running.send('GET', '/{A}/trades/6')).body['trade']?.['state'];

    // On Sunday the euro opens first, and low; the dollar has no price in yen yet.
    running.market.publish('EUR_USD', 104_000, 104_010, SUNDAY);
    expect(await tradeState()).toBe('CLOSE_WHEN_TRADEABLE');
    running.market.publish('USD_JPY', 150_000, 150_010);

    expect(await tradeState()).toBe('CLOSED');
    const transactions = await logAfter(running, 6);
    const closure = transactions.find(({ type }) => type === 'DELAYED_TRADE_CLOSURE');
    expect(closure).toMatchObject({ reason: 'MARGIN_CLOSEOUT', tradeIDs: ['6'] });
    expect(transactions.find(({ reason }) => reason === 'DELAYED_TRADE_CLOSE')).toMatchObject({
      type: 'MARKET_ORDER',
      instrument: 'USD_JPY',
      positionFill: 'REDUCE_ONLY',
      delayedTradeClose: { tradeID: '6', sourceTransactionID: closure?.['id'] },
    });
    expect(transactions.map(({ type }) => type).slice(-3)).toEqual([
      'MARKET_ORDER',
      'ORDER_FILL',
      'MARGIN_CALL_EXIT',
    ]);
    expect(transactions.at(-2)).toMatchObject({ reason: 'MARKET_ORDER_DELAYED_TRADE_CLOSE' });
  });
});
