/** A strategy that is being stopped when the server is killed: the next start ends that, and nothing else. */
import { expect, it } from 'vitest';
import { ApiClient } from '../support/api-client.ts';
import { createTestDatabase } from '../support/database.ts';
import { ServerHere } from '../support/server-here.ts';
import { ServerProcess } from '../support/server-process.ts';
import { connectAccount, entriesOf, QUICK_CROSS, startStrategy } from '../support/trading.ts';
import { until } from '../support/until.ts';
import { arm, control } from '../support/v20-faults.ts';
import { startSimulator } from '../support/v20-simulator.ts';

it('closes its position after the restart, and makes no entry any more', async () => {
  await using simulator = await startSimulator();
  const database = await createTestDatabase();
  const settings = { DATABASE_URL: database.url, OANDA_PRACTICE_URL: simulator.url };
  await using servers = new AsyncDisposableStack();
  const killed = servers.use(new ServerProcess(settings));
  /** Looks once a minute of the market, whose price goes up and down. */
  const untilTraded = <Seen>(what: string, look: () => Promise<Seen | undefined | false>): Promise<Seen> => {
    let minute = 0;
    return until(what, () => {
      minute += 1;
      for (let quote = 0; quote < 6; quote += 1) {
        const bid = 110_000 + (minute % 6 < 3 ? 100 : 0) + quote;
        simulator.market.publish('EUR_USD', bid, bid + 10, simulator.market.marketTime() + 10_000);
        simulator.timers.pass(5_000);
      }
      return look();
    });
  };
  try {
    let person = await ApiClient.signUp(await killed.ready);
    const strategyId = await startStrategy(person, await connectAccount(person), QUICK_CROSS);
    const path = `/strategies/${strategyId}`;
    const status = async () => (await person.get<{ status: string }>(path)).status;
    const open = () => person.all(`/positions?strategyId=${strategyId}&open=true`);
    const entries = () => entriesOf(person, strategyId);
    await untilTraded('it holds a position', async () => (await open()).length > 0);
    const lost = { fault: 'request-lost', method: 'PUT', path: '/trades/*/close' };
    const fault = await arm(simulator, lost);

    const stopped = await person.post<{ status: string }>(`${path}/stop`, { body: { mode: 'close' } });
    expect(stopped.status).toBe('stopping');
    const before = await entries();
    await killed.kill('SIGKILL');
    const next = servers.use(new ServerHere(settings));
    person = person.at(await next.ready);
    expect(await status()).toBe('stopping');
    expect(await open()).toHaveLength(1);
    await control(simulator, 'DELETE', `/faults/${fault}`);
    await untilTraded('it is stopped', async () => (await status()) === 'stopped');

    expect(await open()).toEqual([]);
    expect(await entries()).toHaveLength(before.length);
    expect((await simulator.send('GET', '/{A}')).body['account']).toMatchObject({ openTradeCount: 0 });
  } finally {
    await servers.disposeAsync();
    await database.drop();
  }
});
