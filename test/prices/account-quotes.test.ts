/** Prices on screens are those of the account's own broker: here the simulator, at prices unlike those of the paper market. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TestClient } from '../support/stream-server.ts';
import { openTestServer } from '../support/test-server.ts';
import { askerFor } from '../support/trading-client.ts';
import { until } from '../support/until.ts';
import { ACCOUNT, startSimulator, TOKEN } from '../support/v20-simulator.ts';
import type { TestServer, TestUser } from '../support/test-server.ts';
import type { RunningSimulator } from '../support/v20-simulator.ts';

let simulator: RunningSimulator;
let server: TestServer;
let url: string;
let user: TestUser;
let ask: ReturnType<typeof askerFor>;
let accountId: string;

beforeAll(async () => {
  simulator = await startSimulator();
  server = await openTestServer({ oanda: { practiceUrl: simulator.url } });
  url = `ws://${await server.listen()}/ws`;
  user = await server.addUser();
  ask = askerFor(server, user);
  const connected = await ask('POST', '/accounts', {
    name: 'Practice',
    environment: 'practice',
    token: TOKEN,
    brokerAccountId: ACCOUNT,
  });
  if (connected.statusCode !== 201) throw new Error(connected.body);
  accountId = connected.json().id;
});
afterAll(async () => {
  await server.close();
  await simulator[Symbol.asyncDispose]();
});

beforeEach(async () => {
  await server.quote('EUR_USD', 135_000, 135_050);
  await server.quote('GBP_USD', 155_000, 155_050);
});

const quotes = (query = '') => ask('GET', `/quotes?accountId=${accountId}${query}`);

/** Waits until the account has a price of its broker. */
const quoted = (bid: string) =>
  until(`the account has ${bid}`, async () => {
    const { items } = (await quotes('&instrument=EUR_USD')).json();
    return items[0]?.bid === bid;
  });

/** Moves the price at the broker, and waits until the account has it. */
async function quoteAtBroker(bid: number): Promise<void> {
  simulator.market.publish('EUR_USD', bid, bid + 10);
  simulator.timers.pass(5_000);
  await quoted(`1.${String(bid).slice(1)}`);
}

describe('GET /quotes of an account', () => {
  it('refuses an account of another person, and instruments that the account cannot trade', async () => {
    const other = askerFor(server, await server.addUser());

    expect((await other('GET', `/quotes?accountId=${accountId}`)).statusCode).toBe(404);
    expect((await quotes('&instrument=EURUSD')).json()).toMatchObject({
      status: 400,
      errors: [{ pointer: '/instrument', detail: expect.stringContaining('there is no EURUSD') }],
    });
  });

  it('has the prices of its broker only, and without an account those of the paper market', async () => {
    await quoteAtBroker(110_020);

    const { items } = (await quotes()).json();
    expect(items).toContainEqual({
      instrument: 'EUR_USD',
      at: new Date(simulator.market.marketTime()).toISOString(),
      bid: '1.10020',
      ask: '1.10030',
    });
    expect(items.map(({ instrument }: { instrument: string }) => instrument).toSorted()).toEqual([
      'EUR_USD',
      'USD_JPY',
    ]);
    const paper = (await ask('GET', '/quotes?instrument=EUR_USD')).json().items;
    expect(paper).toMatchObject([{ bid: '1.35000', ask: '1.35050' }]);
  });
});

describe('the channel quotes of an account', () => {
  it('sends the prices of its broker only', async () => {
    await quoteAtBroker(110_040);
    const client = await TestClient.signedIn({ url }, user);
    const bidsOf = () =>
      client
        .dataOf('quotes')
        .flatMap(({ data }) => data.quotes)
        .map(({ instrument, bid }: { instrument: string; bid: string }) => `${instrument} ${bid}`);

    await client.subscribe('quotes', { accountId, instruments: ['EUR_USD', 'GBP_USD'] });
    await client.next(({ type }) => type === 'data');
    await server.quote('EUR_USD', 135_070, 135_080);
    await quoteAtBroker(110_050);
    await client.next(({ data }) => data?.quotes?.[0]?.bid === '1.10050');

    expect(bidsOf()).toEqual(['EUR_USD 1.10040', 'EUR_USD 1.10050']);
    client.socket.close();
  });

  it('ends with an error when this process stops running the account, and is refused until it runs again', async () => {
    const client = await TestClient.signedIn({ url }, user);
    const wish = { accountId, instruments: ['EUR_USD'] };
    await client.subscribe('quotes', wish);
    await client.next(({ type }) => type === 'data');

    await server.supervisor.dismiss(accountId);
    expect(await client.next(({ type }) => type === 'error')).toEqual({
      type: 'error',
      code: 'account-not-trading',
      detail: 'This copy of the server does not run the account any more. Subscribe again.',
      channel: 'quotes',
      accountId,
    });
    expect(await client.subscribe('quotes', wish)).toMatchObject({
      type: 'error',
      code: 'account-not-trading',
    });
    expect((await quotes()).json()).toMatchObject({ status: 503, code: 'account-not-trading' });

    await server.supervisor.adopt(await server.accounts.get(user.id, accountId));
    await quoteAtBroker(110_060);
    expect(await client.subscribe('quotes', wish)).toMatchObject({ type: 'subscribed' });
    await client.next(({ data }) => data?.quotes?.[0]?.bid === '1.10060');
    client.socket.close();
  });
});
