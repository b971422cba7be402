/**
 * What a server reports of its troubles, and where: `/readyz`, the log, metrics and notifications, one trouble after the other. Composed as in
 * production, in front of a simulator of OANDA and a PostgreSQL that the test stops and starts.
 */

import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { EMA_CROSS } from '../../src/core/strategies/ema-cross.ts';
import { startEmbeddedPostgres } from '../../src/persistence/embedded-postgres/embedded-postgres.ts';
import { ApiClient, ProblemError } from '../support/api-client.ts';
import { memoryFolder } from '../support/memory-folder.ts';
import { quiet } from '../support/quiet-log.ts';
import { ServerHere } from '../support/server-here.ts';
import { WARN } from '../support/server-process.ts';
import { connectAccount, QUICK_CROSS, startStrategy } from '../support/trading.ts';
import { until } from '../support/until.ts';
import { arm, control } from '../support/v20-faults.ts';
import { startSimulator } from '../support/v20-simulator.ts';
import type { EmbeddedPostgres } from '../../src/persistence/embedded-postgres/embedded-postgres.ts';
import type { RunningSimulator } from '../support/v20-simulator.ts';

const METRICS_TOKEN = 'for-prometheus-only';
const MINUTE_MS = 60_000;

let folder: string;
let postgres: EmbeddedPostgres;
let simulator: RunningSimulator;
let server: ServerHere;
let address: string;
let person: ApiClient;
let accountId: string;

beforeAll(async () => {
  folder = await mkdtemp(join(await memoryFolder(), 'auto-forex-troubles-'));
  // Run by root, PostgreSQL is another user and must get in.
  await chmod(folder, 0o711);
  postgres = await startEmbeddedPostgres({ dataDirectory: folder, isDurable: false, log: quiet });
  simulator = await startSimulator();
  const settings = { DATABASE_URL: postgres.url, OANDA_PRACTICE_URL: simulator.url, METRICS_TOKEN };
  const oanda = {
    priceSilenceMs: 2_000,
    transactionSilenceMs: 2_000,
    streamAgain: { firstMs: 50, longestMs: 200 },
  };
  server = new ServerHere(settings, undefined, {
    oanda,
    silence: { silentAfterMs: 4_000, heardForMs: 1_000 },
  });
  address = await server.ready;
  person = await ApiClient.signUp(address);
  accountId = await connectAccount(person);
});
afterAll(async () => {
  await server.stop();
  await simulator[Symbol.asyncDispose]();
  await postgres.stop();
  await rm(folder, { recursive: true, force: true });
});

/** The value of a metric. */
async function metric(series: string): Promise<number> {
  const headers = { authorization: `Bearer ${METRICS_TOKEN}` };
  const text = await (await fetch(`${address}/metrics`, { headers })).text();
  const line = text.split('\n').find((each) => each.startsWith(`auto_forex_${series} `));
  return Number(line?.split(' ').at(-1));
}

async function readyz(): Promise<{ readonly status: number; readonly code?: string }> {
  const answer = await fetch(`${address}/readyz`);
  const { code } = (await answer.json()) as { code?: string };
  return { status: answer.status, ...(code !== undefined && { code }) };
}

async function notified(): Promise<readonly string[]> {
  const { items } = await person.get<{ items: { type: string }[] }>('/notifications?limit=100');
  return items.map(({ type }) => type);
}

/** Looks while prices and heartbeats come, a minute of the market apart. */
function untilQuoted<Seen>(
  what: string,
  bid: number,
  look: () => Promise<Seen | undefined | false>,
): Promise<Seen> {
  let moved = 0;
  return until(what, () => {
    moved = 1 - moved;
    const price = bid + moved;
    simulator.market.publish('EUR_USD', price, price + 10, simulator.market.marketTime() + MINUTE_MS);
    simulator.timers.pass(5_000);
    return look();
  });
}

/** The lines of the log since `from`, but what a line at its level says is no news. */
const linesSince = (from: number): readonly [level: number, msg: string][] =>
  server.lines.slice(from).map(({ level, msg }) => [level, msg]);

it('a strategy that throws: one line, one notification, and everything else continues', async () => {
  const from = server.lines.length;
  const errors = await metric('log_lines_total{level="error"}');
  const create = vi.spyOn(EMA_CROSS, 'create').mockImplementation(() => {
    const strategy = { granularities: ['M1'], save: () => null, restore: () => undefined } as const;
    return {
      ...strategy,
      onCandle: () => {
        throw new TypeError('no such thing');
      },
    };
  });
  await startStrategy(person, accountId, QUICK_CROSS);

  await untilQuoted('it has failed', 110_000, async () => (await notified()).includes('strategy-failed'));
  create.mockRestore();

  expect(await readyz()).toEqual({ status: 200 });
  expect(linesSince(from)).toEqual([[50, 'a strategy failed']]);
  expect((await metric('log_lines_total{level="error"}')) - (errors || 0)).toBe(1);
  expect(await metric('strategies_running')).toBe(0);
  expect(await metric('accounts_halted{environment="practice"}')).toBe(0);
});

it('an account that a rule halts: its metric, one notification, and nothing in the log', async () => {
  const from = server.lines.length;
  await person.patch(`/accounts/${accountId}`, { body: { limits: { maxDailyLoss: '50' } } });
  const order = { accountId, instrument: 'EUR_USD', type: 'market', side: 'buy', units: 10_000 };
  await untilQuoted('there is a position', 110_000, () =>
    person.post('/orders', { body: order }).catch((error: unknown) => {
      if (error instanceof ProblemError && error.status === 422) return undefined;
      throw error;
    }),
  );

  await untilQuoted('it is halted', 109_000, async () => (await notified()).includes('account-halted'));

  expect(await readyz()).toEqual({ status: 200 });
  expect(linesSince(from)).toEqual([]);
  expect(await metric('accounts_halted{environment="practice"}')).toBe(1);
});

it('streams that stall: a line and a notification when they do and when they are heard again, and their age', async () => {
  const from = server.lines.length;
  await arm(simulator, { fault: 'stream-stalled' });

  await until('it is noticed', () => server.lines.length > from);

  expect(linesSince(from)).toEqual([[40, 'streams of brokers are silent']]);
  await expect.poll(notified).toContain('streams-silent');
  expect(await readyz()).toEqual({ status: 200 });
  expect(await metric('stream_age_seconds{environment="practice",stream="prices"}')).toBeGreaterThan(3);

  await control(simulator, 'DELETE', '/faults');
  await untilQuoted('they are heard again', 109_000, async () => server.lines.length > from + 1);
  await untilQuoted('that is notified', 109_000, async () => (await notified()).includes('streams-heard'));
  expect(linesSince(from)).toEqual([
    [40, 'streams of brokers are silent'],
    [30, 'all streams of brokers are heard again'],
  ]);
});

it('a database that is stopped and started: not ready meanwhile, one line at each end, and nothing is lost', async () => {
  const from = server.lines.length;
  const before = await notified();
  const port = Number(new URL(postgres.url).port);

  await postgres.stop();
  // An account whose lock was lost with its connection may be the first that is noticed.
  await expect.poll(readyz).toEqual({ status: 503, code: 'database-unavailable' });
  expect([await metric('ready'), await metric('database_up')]).toEqual([0, 0]);

  postgres = await startEmbeddedPostgres({ dataDirectory: folder, isDurable: false, port, log: quiet });
  await untilQuoted('it is ready again', 109_000, async () => (await readyz()).status === 200);
  await until('it says so', () => linesSince(from).some(([, msg]) => msg === 'the database answers again'));

  expect([await metric('ready'), await metric('database_up')]).toEqual([1, 1]);
  expect(linesSince(from).filter(([level]) => level >= WARN)).toEqual([
    [50, 'the database does not answer; nothing is traded until it does'],
  ]);
  await person.post(`/accounts/${accountId}/resume`);
  await untilQuoted('what happens now is notified', 109_000, async () =>
    (await notified()).includes('account-trading'),
  );
  expect((await notified()).slice(-before.length)).toEqual(before);
});
