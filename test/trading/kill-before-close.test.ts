/** A kill is recorded before anything is closed, so that a crash in between does not forget it. */
import { describe, expect, it } from 'vitest';
import { present } from '../../src/core/shared/assert.ts';
import { crashAccount } from '../support/crashed-account.ts';
import { useServer } from '../support/test-server.ts';
import { addTrader } from '../support/trading-client.ts';
import type { TestServer } from '../support/test-server.ts';

const UNDER_WAY = 'Account killed: orders are being cancelled and positions closed';

const context = useServer();

/** A trader with an open position, and what the account's row said each time that a close was sent; `isAway`: no close reaches the broker. */
async function addHolder(server: TestServer, { isAway = false } = {}) {
  const sent = { statuses: [] as string[] };
  server.wire.through = (broker, accountId) => {
    const close = broker.closePosition.bind(broker);
    broker.closePosition = async (request) => {
      const stored = await server.stores.accounts.find(accountId);
      sent.statuses.push(`${stored?.status}: ${stored?.statusReason}`);
      return isAway ? new Promise(() => undefined) : close(request);
    };
    return broker;
  };
  const trader = await addTrader(server);
  await trader.order();
  return { ...trader, sent };
}

it('is recorded as under way when its first close is sent', async () => {
  const { ask, accountId, sent } = await addHolder(context.server);

  const killed = await ask('POST', `/accounts/${accountId}/kill`);

  expect(killed.json()).toMatchObject({ status: 'halted' });
  expect(sent.statuses).toEqual([`halted: ${UNDER_WAY}`]);
});

describe('a kill that a crash cut off', () => {
  const adopt = async (accountId: string) => {
    const { stores, supervisor, wire } = context.server;
    wire.through = (broker) => broker;
    await supervisor.adopt(present(await stores.accounts.find(accountId), 'the account'));
  };
  /** A close that had no price to fill at is asked for again, a little later by the market's clock. */
  const reasonAfterQuote = async ({ ask, accountId }: Awaited<ReturnType<typeof addHolder>>) => {
    await context.server.quote('EUR_USD', 110_000, 110_010, 60_000);
    return (await ask('GET', `/accounts/${accountId}`)).json().statusReason;
  };

  it('is finished by the next start when no close had reached the broker, and nothing is closed twice', async () => {
    const { server } = context;
    const holder = await addHolder(server, { isAway: true });
    const { ask, accountId, sent } = holder;
    Object.assign(server.patience, { personMs: 1, stopMs: 1 });
    await ask('POST', `/accounts/${accountId}/kill`);
    await crashAccount(server, accountId);

    await adopt(accountId);

    await expect.poll(() => reasonAfterQuote(holder)).toMatch(/flat/);
    const { items } = (await ask('GET', `/orders?accountId=${accountId}`)).json();
    const orders = items.map(({ side, status }: { side: string; status: string }) => `${side} ${status}`);
    expect(orders.toSorted()).toEqual(['buy filled', 'sell filled', 'sell rejected']);
    expect(sent.statuses).toHaveLength(1);
  });

  it('is finished by the next start when nothing but its record was there', async () => {
    const { server } = context;
    const holder = await addHolder(server);
    const { ask, accountId } = holder;
    await crashAccount(server, accountId);
    await server.stores.accounts.setStatus(accountId, 'halted', { reason: UNDER_WAY });

    await adopt(accountId);

    await expect.poll(() => reasonAfterQuote(holder)).toMatch(/flat/);
    expect((await ask('GET', `/positions?accountId=${accountId}&open=true`)).json().items).toEqual([]);
  });
});
