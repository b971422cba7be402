/** A strategy that drains closes what it holds and makes no entry, also when the server stops and starts meanwhile. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ApiClient } from '../support/api-client.ts';
import { createTestDatabase } from '../support/database.ts';
import { ServerProcess } from '../support/server-process.ts';
import { auditAccount, createAccount, startStrategy } from '../support/trading.ts';
import { until } from '../support/until.ts';
import type { TestDatabase } from '../support/database.ts';

/** Ten minutes of the market a second. */
const MARKET = 'synthetic?seed=5&speed=600&start=2026-01-05T00:00:00Z&interval=20';

let database: TestDatabase;
let server: ServerProcess;
let person: ApiClient;

const serve = () => new ServerProcess({ DATABASE_URL: database.url, PAPER_FEED: MARKET });

beforeEach(async () => {
  database = await createTestDatabase();
  server = serve();
  person = await ApiClient.signUp(await server.ready);
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
  await database.drop();
});

async function restart(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  await server.kill(signal);
  server = serve();
  person = person.at(await server.ready);
}

describe.each(['SIGTERM', 'SIGKILL'] as const)(
  'a strategy that drains while the server ends by %s',
  (signal) => {
    it('makes no entry any more, closes its position, and is stopped then', async () => {
      const accountId = await createAccount(person);
      const strategyId = await startStrategy(person, accountId, {
        strategyType: 'donchian_breakout',
        instrument: 'EUR_USD',
        parameters: { granularity: 'M5', lookback: 10, exitLookback: 8, atrStop: 0 },
      });
      const status = async () => (await person.get<{ status: string }>(`/strategies/${strategyId}`)).status;
      const open = () => person.all(`/positions?strategyId=${strategyId}&open=true`);
      const entries = async () =>
        (
          await person.all<{ positionId: string | null; status: string }>(`/orders?strategyId=${strategyId}`)
        ).filter(({ positionId }) => positionId === null);
      await until('it holds a position', async () => (await open()).length > 0);
      const drained = await person.post<{ status: string }>(`/strategies/${strategyId}/stop`, {
        body: { mode: 'drain' },
      });
      const before = await entries();
      await restart(signal);
      expect([drained.status, await status()]).toEqual(['draining', 'draining']);
      await until('it is stopped', async () => (await status()) === 'stopped');

      expect(await open()).toEqual([]);
      expect(await entries()).toHaveLength(before.length);
      await server.kill('SIGTERM');
      await auditAccount(database.url, accountId);
    });
  },
);
