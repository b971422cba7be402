/** A weekend in front of OANDA's simulator: only heartbeats come, and the server waits in silence. */
import { expect, it } from 'vitest';
import { ApiClient } from '../support/api-client.ts';
import { createTestDatabase } from '../support/database.ts';
import { ServerHere } from '../support/server-here.ts';
import { WARN } from '../support/server-process.ts';
import { connectAccount, QUICK_CROSS, startStrategy } from '../support/trading.ts';
import { until } from '../support/until.ts';
import { startSimulator } from '../support/v20-simulator.ts';

const SATURDAY = Date.UTC(2026, 0, 10, 12);
const SUNDAY_OPENING = Date.UTC(2026, 0, 11, 22, 3);
const HEARTBEATS = 200;
const HEARTBEAT_MS = 5_000;

interface Strategy {
  readonly status: string;
  readonly statusReason: string | null;
  readonly marketOpensAt: string | null;
}

it('is waited through without a warning, on the streams that were opened first', async () => {
  await using simulator = await startSimulator();
  const database = await createTestDatabase();
  const { timers, market } = simulator;
  // Each stream that is opened has timers of its own.
  let timersStarted = 0;
  const every = timers.every.bind(timers);
  timers.every = (task, everyMs) => {
    timersStarted += 1;
    return every(task, everyMs);
  };
  const server = new ServerHere({ DATABASE_URL: database.url, OANDA_PRACTICE_URL: simulator.url });
  try {
    market.clock(SATURDAY);
    const person = await ApiClient.signUp(await server.ready);
    const accountId = await connectAccount(person);
    const strategyId = await startStrategy(person, accountId, QUICK_CROSS);
    const read = () => person.get<Strategy>(`/strategies/${strategyId}`);
    expect(await read()).toMatchObject({
      status: 'running',
      statusReason: 'waiting for the market',
      marketOpensAt: new Date(SUNDAY_OPENING).toISOString(),
    });
    await until('both streams are open', () => {
      timers.pass(HEARTBEAT_MS);
      return timersStarted >= 3;
    });
    const startedFirst = timersStarted;

    const stepMs = (SUNDAY_OPENING - SATURDAY) / HEARTBEATS;
    for (let heartbeat = 1; heartbeat < HEARTBEATS; heartbeat += 1) {
      market.clock(SATURDAY + heartbeat * stepMs);
      timers.pass(HEARTBEAT_MS);
    }
    expect(await read()).toMatchObject({ statusReason: 'waiting for the market' });
    // Lines are read in turn: what shows the opening has read all heartbeats before it.
    market.clock(SUNDAY_OPENING);
    await until('the market is open', async () => {
      market.publish('EUR_USD', 110_000, 110_010);
      timers.pass(HEARTBEAT_MS);
      return (await read()).marketOpensAt === null;
    });

    expect(await read()).toMatchObject({ status: 'running', statusReason: null });
    expect(timersStarted).toBe(startedFirst);
    expect(server.lines.filter(({ level }) => level >= WARN)).toEqual([]);
    const { items } = await person.get<{ items: readonly { severity: string }[] }>(
      `/events?accountId=${accountId}&limit=200`,
    );
    expect(items.filter(({ severity }) => severity !== 'info' && severity !== 'debug')).toEqual([]);
  } finally {
    await server[Symbol.asyncDispose]();
    await database.drop();
  }
});
