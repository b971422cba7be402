/** A strategy that drains closes what it holds and makes no entry, also when the server stops and starts meanwhile. */
import { describe, expect, it } from 'vitest';
import { openPlainConnection } from '../../src/migrator/run/connect/plain-connection.ts';
import { ApiClient } from '../support/api-client.ts';
import { createTestDatabase } from '../support/database.ts';
import { ServerHere } from '../support/server-here.ts';
import { ServerProcess } from '../support/server-process.ts';
import { auditAccount, createAccount, entriesOf, startStrategy } from '../support/trading.ts';
import { until } from '../support/until.ts';

/** Half an hour of the market a second. */
const MARKET = 'synthetic?seed=5&speed=1800&start=2026-01-05T00:00:00Z&interval=20';

interface Serving {
  readonly server: ServerHere | ServerProcess;
  /** As the test is about. */
  end(): Promise<unknown>;
  stop(): Promise<unknown>;
}

/** What stops need not be a process. */
const WAYS: Readonly<Record<string, (settings: Readonly<Record<string, string>>) => Serving>> = {
  stops: (settings) => {
    const server = new ServerHere(settings);
    const stop = () => server.stop();
    return { server, end: stop, stop };
  },
  'is killed': (settings) => {
    const server = new ServerProcess(settings);
    return { server, end: () => server.kill('SIGKILL'), stop: () => server.kill('SIGTERM') };
  },
};

async function storedStatus(databaseUrl: string, strategyId: string): Promise<unknown> {
  const connection = openPlainConnection(databaseUrl);
  const [row] = await connection.query(`select status from strategies where id = '${strategyId}'`);
  await connection.close();
  return row?.['status'];
}

describe.concurrent.each(Object.entries(WAYS))(
  'a strategy that drains while the server %s',
  (_way, start) => {
    it('makes no entry any more, closes its position, and is stopped then', async () => {
      const database = await createTestDatabase();
      await using servers = new AsyncDisposableStack();
      const serve = (): Serving => {
        const serving = start({ DATABASE_URL: database.url, PAPER_FEED: MARKET });
        servers.use(serving.server);
        return serving;
      };
      let serving = serve();
      let person = await ApiClient.signUp(await serving.server.ready);
      const accountId = await createAccount(person);
      const strategyId = await startStrategy(person, accountId, {
        strategyType: 'donchian_breakout',
        instrument: 'EUR_USD',
        parameters: { granularity: 'M5', lookback: 10, exitLookback: 8, atrStop: 0 },
      });
      const status = async () => (await person.get<{ status: string }>(`/strategies/${strategyId}`)).status;
      const open = () => person.all(`/positions?strategyId=${strategyId}&open=true`);
      const entries = () => entriesOf(person, strategyId);

      let before: number;
      for (;;) {
        await until('it holds a position', async () => (await open()).length > 0);
        const drained = await person.post<{ status: string }>(`/strategies/${strategyId}/stop`, {
          body: { mode: 'drain' },
        });
        before = (await entries()).length;
        await serving.end();
        const ended = await storedStatus(database.url, strategyId);
        serving = serve();
        person = person.at(await serving.server.ready);
        if (drained.status === 'draining' && ended === 'draining') break;
        // The market went on, and the position was closed before the server ended.
        expect([drained.status, ended]).toContain('stopped');
        // The account may not trade yet.
        const started = () => person.post(`/strategies/${strategyId}/start`);
        await until('it starts again', () => started().then(Boolean, () => false));
      }
      expect(['draining', 'stopped']).toContain(await status());
      await until('it is stopped', async () => (await status()) === 'stopped');

      expect(await open()).toEqual([]);
      expect(await entries()).toHaveLength(before);
      await serving.stop();
      await auditAccount(database.url, accountId);
      await database.drop();
    });
  },
);
