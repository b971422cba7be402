/** An account that is lost to its process in the middle of an order: no one is promised what cannot be recorded any more. */
import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { holdUp } from '../support/held-up-account.ts';
import { endAccountLocks, waitingForLocks } from '../support/lock-waits.ts';
import { useServer } from '../support/test-server.ts';
import { addTrader } from '../support/trading-client.ts';
import { until } from '../support/until.ts';

const context = useServer();

const query = (statement: string) => context.server.orm.em.getConnection().execute(statement);

it('an order that was being recorded is refused, and never fills unless it is repeated, and then once', async () => {
  const { server } = context;
  await server.supervisor.start();
  const { order, ask, accountId } = await addTrader(server);
  const key = { 'idempotency-key': randomUUID() };
  const release = await holdUp(context.server, accountId);
  Object.assign(server.patience, { personMs: 2_000 });

  const asked = order({}, key);
  await until('the order is being recorded', async () => (await waitingForLocks(query)) > 0);
  await endAccountLocks(query);
  const readiness = await until('the server is not ready', async () => {
    const answer = await server.app.inject({ url: '/readyz' });
    return answer.statusCode === 503 && answer;
  });
  expect(readiness.json()).toMatchObject({
    type: '/problems/not-ready',
    code: 'accounts-reconciling',
    detail: "An account is being rebuilt from the broker's log and compared with the broker.",
    facts: { accounts: 1 },
  });
  const refused = await asked;
  await release();

  expect(refused.statusCode).toBe(503);
  expect(refused.json()).toMatchObject({ type: '/problems/account-not-trading' });
  const repeated = await until('the account runs again', async () => {
    const answer = await order({}, key);
    return answer.statusCode < 500 && answer;
  });
  // Recorded by the process that lost it, it was never sent and is rejected; if it was not recorded, the repetition placed it.
  const end = await until('its end is known', async () => {
    const { status } = (await ask('GET', `/orders/${repeated.json().id}`)).json();
    return status !== 'submitted' && status;
  });
  await until('it is ready', async () => (await server.app.inject({ url: '/readyz' })).statusCode === 200);
  const log = await server.stores.projections.logOf(accountId);
  const sent = log.filter(({ type }) => type === 'order-created');
  expect([end, sent.length]).toEqual(sent.length === 0 ? ['rejected', 0] : ['filled', 1]);
  expect((await ask('GET', `/orders?accountId=${accountId}`)).json().items).toHaveLength(1);
});
