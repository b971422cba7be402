/** A person with a paper account, who asks the server by HTTP. */

import { untilJournalShowsAll } from './readable-journal.ts';
import type { TestServer, TestUser } from './test-server.ts';

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface Ask {
  readonly headers?: Record<string, string>;
}

export type TestTrader = Awaited<ReturnType<typeof addTrader>>;

/** Returns a function that sends a user's requests; paths are below `/api/v1`. Entries of the journal are read when all of them show. */
export function askerFor(server: TestServer, user: TestUser) {
  return async (method: Method, path: string, payload?: object, { headers = {} }: Ask = {}) => {
    if (path.startsWith('/events')) await untilJournalShowsAll(server.orm);
    return server.app.inject({
      method,
      url: `/api/v1${path}`,
      headers: { ...user.headers, ...headers },
      ...(payload !== undefined && { payload }),
    });
  };
}

/** A person with an account of 100,000 USD, while EUR_USD stands at 1.10000 / 1.10010. */
export async function addTrader(server: TestServer, account: object = {}) {
  const user = await server.addUser();
  const ask = askerFor(server, user);
  const created = await ask('POST', '/accounts', {
    name: 'Paper',
    environment: 'paper',
    currency: 'USD',
    initialBalance: '100000',
    ...account,
  });
  if (created.statusCode !== 201) throw new Error(created.body);
  await server.quote('EUR_USD', 110_000, 110_010);
  const accountId: string = created.json().id;
  return {
    user,
    ask,
    accountId,
    /** Places an order of 1,000 EUR_USD at the market, or what a test makes of it. */
    order: (order: object = {}, headers: Record<string, string> = {}) =>
      ask(
        'POST',
        '/orders',
        { accountId, instrument: 'EUR_USD', side: 'buy', type: 'market', units: 1_000, ...order },
        { headers },
      ),
  };
}
