/** An account that does nothing leaves prices out, in the server as it is composed. */
import { expect, it } from 'vitest';
import { ApiClient } from '../support/api-client.ts';
import { createTestDatabase } from '../support/database.ts';
import { ServerHere } from '../support/server-here.ts';
import { createAccount } from '../support/trading.ts';

interface Price {
  readonly bid: string;
  readonly ask: string;
}

interface MarketPrice extends Price {
  readonly at: string;
}

it('judges an order at the newest price, however long it has done nothing', async () => {
  const database = await createTestDatabase();
  try {
    await using server = new ServerHere({
      DATABASE_URL: database.url,
      // A Monday, and another price every time: a minute of the market in each step.
      PAPER_FEED: 'synthetic?seed=1&speed=240&start=2026-01-05T10:00:00Z',
    });
    const person = await ApiClient.signUp(await server.ready);
    const accountId = await createAccount(person);
    const market = async (): Promise<MarketPrice> => {
      const answer = await person.get<{ items: readonly [MarketPrice] }>('/quotes?instrument=EUR_USD');
      return answer.items[0];
    };
    const first = await market();
    // Several clocks of the market, at which the account says that it does not follow prices.
    await expect
      .poll(async () => Date.parse((await market()).at) - Date.parse(first.at))
      .toBeGreaterThan(600_000);

    await expect
      .poll(async () => {
        const before = await market();
        const order = { accountId, instrument: 'EUR_USD', side: 'buy', type: 'market', units: 1_000 };
        const { quote } = await person.post<{ quote: Price }>('/orders/preview', { body: order });
        const after = await market();
        // Between two steps of the market there is one price.
        return before.at === after.at && [quote.bid, quote.ask].join() === [after.bid, after.ask].join();
      })
      .toBe(true);
  } finally {
    await database.drop();
  }
});
