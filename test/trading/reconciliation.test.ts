/** An account is compared with its broker: nothing trades before both agree, and what no log explains halts it. */
import { beforeEach, describe, expect, it } from 'vitest';
import { openTestServer, useServer } from '../support/test-server.ts';
import { addTrader } from '../support/trading-client.ts';
import { until } from '../support/until.ts';
import { WrittenBroker } from '../support/written-broker.ts';
import type { AccountAdopted } from '../../src/core/domain/transaction.ts';
import type { TestServer } from '../support/test-server.ts';
import type { TestTrader } from '../support/trading-client.ts';

const context = useServer();
let trader: TestTrader;
let broker: WrittenBroker;

/** Makes an account whose broker says this of it. */
async function openAccount(
  states?: (account: AccountAdopted) => AccountAdopted,
  { server }: { readonly server: TestServer } = context,
): Promise<void> {
  server.wire.through = (paper) => {
    broker = new WrittenBroker(paper, () => server.market.now);
    if (states) broker.states = states;
    broker.open();
    return broker;
  };
  trader = await addTrader(server);
  server.wire.through = (paper) => paper;
}

const lost = (account: AccountAdopted): AccountAdopted => ({ ...account, balance: account.balance - 1 });

const status = async () => (await context.server.stores.accounts.find(trader.accountId))?.status;
/** Read from the table: the route shows an entry only once no older transaction runs any more, of other tests either. */
const entries = (type: string) =>
  context.server.database
    .selectFrom('events')
    .select(['severity', 'description', 'details'])
    .where('account_id', '=', trader.accountId)
    .where('type', '=', type)
    .execute();

describe('an account that differs from its broker at its start', () => {
  beforeEach(() => openAccount(lost));

  it('starts halted, says why, and takes no new exposure', async () => {
    expect(await status()).toBe('halted');
    expect(await entries('account-halted')).toMatchObject([
      {
        severity: 'critical',
        description:
          'Account halted: it differs from the broker: the balance is 999.9999 at the broker, 1000.0000 here',
        details: { differences: ['the balance is 999.9999 at the broker, 1000.0000 here'] },
      },
    ]);
    const denied = await trader.order();
    expect([denied.statusCode, denied.json().code]).toEqual([422, 'account-halted']);
  });

  it('cannot be resumed while it differs, and can when it agrees again', async () => {
    const refused = await trader.ask('POST', `/accounts/${trader.accountId}/resume`);
    expect(refused.statusCode).toBe(409);
    expect(refused.json()).toMatchObject({
      type: '/problems/account-differs',
      facts: { differences: ['the balance is 999.9999 at the broker, 1000.0000 here'] },
    });
    expect(await status()).toBe('halted');

    broker.states = (account) => account;
    const resumed = await trader.ask('POST', `/accounts/${trader.accountId}/resume`);

    expect([resumed.statusCode, resumed.json().status]).toEqual([200, 'trading']);
    expect(await entries('account-agrees')).toHaveLength(1);
    expect(await entries('account-halted')).toHaveLength(1);
  });
});

describe('an account whose stream comes back', () => {
  beforeEach(() => openAccount());

  it('is halted when it differs then, once', async () => {
    expect(await status()).toBe('trading');
    broker.states = lost;

    broker.reconnect();
    await until('the account is halted', async () => (await status()) === 'halted');
    const { snapshots } = broker;
    broker.reconnect();
    await until('it was compared again', () => broker.snapshots > snapshots + 1);

    expect(await entries('account-halted')).toHaveLength(1);
  });

  it('is not halted by what one look shows and the next does not', async () => {
    let looks = 0;
    broker.states = (account) => ((looks += 1) === 1 ? lost(account) : account);

    broker.reconnect();
    await until('it was compared twice', () => looks >= 2);
    await context.server.supervisor.settled();

    expect(await status()).toBe('trading');
    expect(await entries('account-halted')).toEqual([]);
  });

  it('takes in what happened during the gap instead of finding a difference', async () => {
    const created = broker.order({ orderType: 'limit', price: 109_000, timeInForce: 'GTC' });
    const { snapshots } = broker;

    broker.reconnect();
    await until('the order is known', async () => {
      const known = await context.server.stores.orders.inLogOf(trader.accountId);
      return known.some(({ brokerOrderId }) => brokerOrderId === created.id);
    });
    await until('it was compared', () => broker.snapshots > snapshots);
    await context.server.supervisor.settled();

    expect(await status()).toBe('trading');
  });
});

describe('an account that trades all the time', () => {
  it('can be compared, and resumed', async () => {
    await openAccount();
    const path = `/accounts/${trader.accountId}`;
    expect((await trader.ask('POST', `${path}/halt`)).json()).toMatchObject({ status: 'halted' });
    // What the broker says is not the newest any more when it is heard.
    broker.states = (account) => {
      broker.show(broker.order({ orderType: 'limit', price: 109_000, timeInForce: 'GTC' }));
      return account;
    };

    const resumed = await trader.ask('POST', `${path}/resume`);

    expect([resumed.statusCode, resumed.json().status]).toEqual([200, 'trading']);
  });
});

describe('an account that runs', () => {
  it('is compared again and again, and halted when it differs', async () => {
    const server = await openTestServer({ checkPace: { everyMs: 10, againMs: 5 } });
    try {
      await openAccount(undefined, { server });
      await until('it was compared', () => broker.snapshots > 2);
      broker.states = lost;

      const halted = await until('the account is halted', async () => {
        const account = await server.stores.accounts.find(trader.accountId);
        return account?.status === 'halted' && account;
      });
      expect(halted.id).toBe(trader.accountId);
    } finally {
      await server.close();
    }
  });
});
