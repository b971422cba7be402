/** What can be done with an account that cannot be run, and what the journal says of it. */
import { describe, expect, it } from 'vitest';
import { InvariantError } from '../../src/core/shared/assert.ts';
import { Problem } from '../../src/core/shared/problem.ts';
import { useServer } from '../support/test-server.ts';
import { addTrader } from '../support/trading-client.ts';

const DAY_MS = 86_400_000;

const context = useServer();

/** A trader whose account starts again and again, with a log that cannot be read as long as there is a fault. */
async function addTraderWith(fault: Error) {
  const { server } = context;
  const trader = await addTrader(server);
  const { accountId, ask } = trader;
  const restart = async (isBroken: boolean) => {
    server.wire.through = (broker) => {
      if (isBroken) broker.transactionsSince = () => Promise.reject(fault);
      return broker;
    };
    const account = await server.stores.accounts.find(accountId);
    if (account) await server.supervisor.restart(account);
    server.wire.through = (broker) => broker;
  };
  await restart(true);
  const account = async () => (await ask('GET', `/accounts/${accountId}`)).json();
  expect(await account()).toMatchObject({ status: 'error' });
  const halts = async () => {
    const { items } = (await ask('GET', `/events?accountId=${accountId}&limit=500`)).json();
    return items.filter(({ type }: { type: string }) => type === 'account-halted');
  };
  const command = (name: string) => ask('POST', `/accounts/${accountId}/${name}`);
  return { ...trader, restart, account, halts, command };
}

describe('an account whose broker cannot be reached', () => {
  const away = new Problem('broker-unreachable', 'OANDA cannot be reached.');

  it('can be halted, and is halted when it is run again', async () => {
    const { command, restart, account, halts, order } = await addTraderWith(away);

    const halted = await command('halt');
    await command('halt');

    expect([halted.statusCode, halted.json().status]).toEqual([200, 'error']);
    await expect.poll(halts).toMatchObject([{ description: 'Account halted: by its owner' }]);
    await restart(false);
    expect(await account()).toMatchObject({
      status: 'halted',
      statusReason: 'Account halted: by its owner',
    });
    expect((await order()).json()).toMatchObject({ code: 'account-halted' });
  });

  it('is halted when an administrator kills it, and its owner reads that nothing was closed', async () => {
    const { account, accountId, halts, ask } = await addTraderWith(away);
    const { interventions } = context.server;
    const asked = { type: 'intervention-requested', severity: 'warning', description: '' } as const;

    interventions.follow([{ ...asked, category: 'admin', accountId, details: { action: 'kill' } }]);
    await interventions.settled();

    expect(await halts()).toMatchObject([{ description: 'Account halted: by an administrator' }]);
    expect(await account()).toMatchObject({ status: 'error' });
    expect((await ask('GET', '/events?category=admin')).json().items).toMatchObject([
      {
        type: 'intervention-refused',
        description: expect.stringContaining('nothing was cancelled or closed'),
        details: { action: 'kill', code: 'account-not-trading' },
      },
    ]);
  });

  it.each([
    ['the same day', 0],
    ['the next day', DAY_MS],
  ])(
    'stays halted by its owner when a rule had halted it before, and it is run again %s',
    async (_when, laterMs) => {
      const { command, restart, account, ask, accountId, order } = await addTraderWith(away);
      const { server } = context;
      await restart(false);
      await ask('PATCH', `/accounts/${accountId}`, { limits: { maxDailyLoss: '5' } });
      await server.quote('EUR_USD', 110_000, 110_010);
      await order();
      await server.quote('EUR_USD', 109_000, 109_010);
      await expect.poll(account).toMatchObject({ statusReason: expect.stringMatching(/by a rule/) });
      await restart(true);
      await command('halt');

      await server.quote('EUR_USD', 109_000, 109_010, laterMs);
      await restart(false);
      await server.quote('EUR_USD', 109_000, 109_010, DAY_MS);

      expect((await order()).json()).toMatchObject({ code: 'account-halted' });
      expect(await account()).toMatchObject({
        status: 'halted',
        statusReason: 'Account halted: by its owner',
      });
    },
  );

  it('is halted by a kill, which says that nothing was closed', async () => {
    const { command, restart, account } = await addTraderWith(away);

    const killed = await command('kill');

    expect(killed.statusCode).toBe(503);
    expect(killed.json()).toMatchObject({
      type: '/problems/account-not-trading',
      code: 'broker-unreachable',
      detail: expect.stringMatching(/is halted, but nothing was cancelled or closed/),
    });
    await restart(false);
    expect(await account()).toMatchObject({ status: 'halted' });
  });
});

describe('an account that the server cannot make sense of', () => {
  it('is halted with an entry in the journal, once', async () => {
    const { restart, halts, account } = await addTraderWith(new InvariantError('a balance was expected'));

    await restart(true);

    await expect
      .poll(halts)
      .toMatchObject([{ severity: 'critical', description: expect.stringContaining('not as it must be') }]);
    await restart(false);
    expect(await account()).toMatchObject({ status: 'halted' });
  });
});
