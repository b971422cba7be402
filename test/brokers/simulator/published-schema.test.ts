import { describe, expect, it } from 'vitest';
import { PUBLISHED_ANSWERS, schemaDifferences } from '../../support/v20-schema.ts';
import { NOON, startSimulator } from '../../support/v20-simulator.ts';
import type { RunningSimulator, V20Answer } from '../../support/v20-simulator.ts';

/** Where today's API, as it was recorded, differs from the schema of 2018, each with the reason. */
const KNOWN_DIFFERENCES: readonly (readonly [RegExp, string])[] = [
  [/^answer\.(relatedTransactionIDs|lastTransactionID) is not/, 'every answer about an account has them'],
  [/\.(dividendAdjustment|quotePL|baseFinancing|requestedUnits) is not/, 'newer fields of money and units'],
  [/\.homeConversionFactors is not/, 'conversion has factors of the base currency too'],
  [/\.\w*(HomeConversionCost|homeConversionCost) is not/, 'what conversion costs is stated since 2022'],
  [/\.quoteGuaranteedExecutionFee is not/, 'what guaranteed stop losses cost is stated twice'],
  [/^(ClientPrice|Price)\.timestamp is not/, 'the price of a fill has a timestamp and no time'],
  [/\.liquidity is no integer/, 'the price of a fill has its liquidity as text'],
  [/\.partialFill is not/, 'an undocumented field of limit, stop and market-if-touched orders'],
  [/\.(closedTradeID|tradeCloseTransactionID) is not/, 'recorded with the cancellations of a closed trade'],
  [/\.clientTradeID is not/, 'recorded with closed trades since 2026'],
  [/^Instrument\.(financing|tags|guaranteedStopLossOrderMode) is not/, 'newer descriptions of instruments'],
  [/^AccountChangesState\.\w+ is not/, 'the state has the sums of money too since 2020'],
  [/GuaranteedStopLossOrderRejectTransaction/, 'guaranteed stop losses became orders of their own'],
];

const limit = { type: 'LIMIT', instrument: 'EUR_USD', units: '100', price: '1.05' };

/** Requests that bring about every answer that has a body of its own; `{A}` is the account. */
async function everyAnswer(running: RunningSimulator): Promise<ReadonlyMap<string, V20Answer[]>> {
  const answers = new Map<string, V20Answer[]>();
  const ask = async (method: string, path: string, body?: unknown): Promise<V20Answer> => {
    const answer = await running.send(method, path, body);
    const pattern = path
      .split('?')[0]
      ?.replace('{A}', 'accounts/{accountID}')
      .replace(/orders\/[@\d]\w*/, 'orders/{orderSpecifier}')
      .replace(/trades\/[@\d]\w*/, 'trades/{tradeSpecifier}')
      .replace(/positions\/\w+/, 'positions/{instrument}')
      .replace(/^\/instruments\/\w+/, '/instruments/{instrument}')
      .replace(/transactions\/\d+/, 'transactions/{transactionID}');
    const name = `${method} ${pattern} ${answer.status}`;
    answers.set(name, [...(answers.get(name) ?? []), answer]);
    return answer;
  };
  const create = (order: object): Promise<V20Answer> => ask('POST', '/{A}/orders', { order });

  await create({
    type: 'MARKET',
    instrument: 'EUR_USD',
    units: '1000',
    clientExtensions: { id: 'entry', tag: 'tag', comment: 'comment' },
    tradeClientExtensions: { id: 'lot' },
    takeProfitOnFill: { price: '1.2', timeInForce: 'GTD', gtdTime: '2026-01-07T12:00:00Z' },
    stopLossOnFill: { distance: '0.01' },
    trailingStopLossOnFill: { distance: '0.02' },
  });
  await create({ ...limit, clientExtensions: { id: 'resting' } });
  await create({ ...limit, type: 'STOP', price: '1.3', priceBound: '1.31', timeInForce: 'GFD' });
  await create({ ...limit, type: 'MARKET_IF_TOUCHED', price: '1.3' });
  await create({ ...limit, units: '0' });
  await create({ ...limit, units: '0.5' });
  await create({ type: 'GUARANTEED_STOP_LOSS', tradeID: '4', distance: '0.01' });
  await create({ type: 'TAKE_PROFIT', tradeID: '99', price: '1.3' });
  await create({ type: 'MARKET', instrument: 'EUR_USD', units: '99000000' });
  await ask('PUT', '/{A}/orders/@resting', { order: { ...limit, price: '1.06' } });
  await ask('PUT', '/{A}/orders/@resting', { order: { ...limit, price: '-1' } });
  await ask('PUT', '/{A}/orders/99', { order: limit });
  await ask('PUT', '/{A}/orders/@resting/clientExtensions', { clientExtensions: { tag: 'other' } });
  await ask('PUT', '/{A}/orders/@resting/clientExtensions', {});
  await ask('PUT', '/{A}/orders/99/clientExtensions', { clientExtensions: { tag: 'other' } });
  await ask('GET', '/{A}/orders');
  await ask('GET', '/{A}/pendingOrders');
  await ask('GET', '/{A}/orders/@resting');
  await ask('PUT', '/{A}/orders/@resting/cancel');
  await ask('PUT', '/{A}/orders/@resting/cancel');
  await ask('PUT', '/{A}/trades/@lot/clientExtensions', { clientExtensions: { comment: 'other' } });
  await ask('PUT', '/{A}/trades/@lot/clientExtensions', {});
  await ask('PUT', '/{A}/trades/99/clientExtensions', { clientExtensions: { comment: 'other' } });
  await ask('PUT', '/{A}/trades/@lot/orders', { takeProfit: null, stopLoss: { price: '1.08' } });
  await ask('PUT', '/{A}/trades/@lot/orders', { takeProfit: null, stopLoss: { price: '0' } });
  await ask('PUT', '/{A}/trades/@lot/close', { units: '100' });
  await ask('PUT', '/{A}/trades/@lot/close', { units: '5000' });
  await ask('PUT', '/{A}/trades/99/close');
  for (const path of ['trades', 'openTrades', 'trades/4', 'positions', 'openPositions', 'positions/EUR_USD'])
    await ask('GET', `/{A}/${path}`);
  // The end of a day is charged, and a take profit fills.
  running.market.publish('EUR_USD', 110_000, 110_010, NOON + 12 * 3_600_000);
  await create({ type: 'MARKET', instrument: 'USD_JPY', units: '-1000', takeProfitOnFill: { price: '149' } });
  running.market.publish('USD_JPY', 148_000, 148_010);
  for (const path of ['', '/summary', '/instruments', '/changes?sinceTransactionID=2'])
    await ask('GET', `/{A}${path}`);
  await ask('PUT', '/{A}/positions/EUR_USD/close', { longUnits: '100', shortUnits: 'NONE' });
  await ask('PUT', '/{A}/positions/EUR_USD/close', { longUnits: 'ALL', shortUnits: 'ALL' });
  await ask('PUT', '/{A}/positions/GBP_USD/close', { longUnits: 'ALL' });
  await ask('PUT', '/{A}/trades/@lot/close');
  await ask('PATCH', '/{A}/configuration', { alias: 'name', marginRate: '0.05' });
  await ask('PATCH', '/{A}/configuration', { marginRate: '2' });
  await ask('GET', '/instruments/EUR_USD/orderBook');
  await ask('GET', '/instruments/EUR_USD/positionBook');
  await ask('GET', '/accounts');
  await ask('GET', '/{A}/transactions?type=ORDER');
  await ask('GET', '/{A}/transactions/1');
  await ask('GET', '/{A}/transactions/idrange?from=1&to=10');
  await ask('GET', '/{A}/transactions/sinceid?id=0');
  return answers;
}

/** What no request here brings about. */
const NOT_MADE = new Map([['PATCH /accounts/{accountID}/configuration 403', 'no account here is locked']]);

describe('the answers of the v20 simulator', () => {
  it('are those of the published schema, but for what is known to be newer', async () => {
    await using running = await startSimulator();

    const answers = await everyAnswer(running);

    const missing = PUBLISHED_ANSWERS.filter((name) => !answers.has(name) && !NOT_MADE.has(name));
    expect(missing).toEqual([]);
    const found = PUBLISHED_ANSWERS.flatMap((name) =>
      (answers.get(name) ?? []).flatMap(({ body }) => schemaDifferences(name, body)),
    );
    const unknown = found.filter((text) => !KNOWN_DIFFERENCES.some(([pattern]) => pattern.test(text)));
    expect([...new Set(unknown)]).toEqual([]);
    const stale = KNOWN_DIFFERENCES.filter(([pattern]) => !found.some((text) => pattern.test(text)));
    expect(stale.map(([, reason]) => reason)).toEqual([]);
  });

  it('that differ are found', () => {
    expect(schemaDifferences('GET /accounts 200', { accounts: [{ id: 7, alias: 'x' }] })).toEqual([
      'AccountProperties.id is no string',
      'AccountProperties.alias is not in it',
    ]);
  });
});
