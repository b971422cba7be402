/** `manage simulator` as a person starts it: what it says, what its options do, how it ends. */
import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { quoteFile } from '../support/price-files.ts';
import { SimulatorProcess } from '../support/simulator-process.ts';
import { until } from '../support/until.ts';
import { ACCOUNT, TOKEN } from '../support/v20-simulator.ts';
import { openStream } from '../support/v20-stream.ts';
import type { V20Json } from '../support/v20-simulator.ts';

/** A Tuesday, so that the market is open whenever the tests run. */
const TUESDAY = 'synthetic?start=2026-01-06T12:00:00Z';
const OTHER_TOKEN = TOKEN.toUpperCase();
const OTHER_ACCOUNT = '101-004-1435156-002';

async function get(url: string, token = TOKEN): Promise<{ status: number; body: V20Json }> {
  const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
  return { status: response.status, body: (await response.json()) as V20Json };
}

async function summaryOf(url: string, account = ACCOUNT): Promise<V20Json | undefined> {
  return (await get(`${url}/v3/accounts/${account}/summary`)).body['account'];
}

describe('manage simulator', () => {
  it('says how to reach it, and what it says to try has an answer; there are candles of the days before', async () => {
    await using simulator = new SimulatorProcess(['--feed', TUESDAY]);
    const usage = await simulator.usage;
    const [, token = '', tried = ''] = /Bearer (\S+)" "(\S+)"/.exec(usage) ?? [];

    const { status, body } = await get(tried, token);

    expect(usage).toContain(ACCOUNT);
    expect(usage).toContain(`${await simulator.url()}/simulator/faults`);
    expect(status).toBe(200);
    expect(body['prices']?.[0]).toMatchObject({ instrument: 'EUR_USD', tradeable: true });

    const history = await get(
      `${await simulator.url()}/v3/instruments/EUR_USD/candles?granularity=H1&count=30`,
    );

    expect(history.body['candles']).toHaveLength(30);
    expect(history.body['candles']?.[0]).toMatchObject({
      time: '2026-01-05T07:00:00.000000000Z',
      volume: 60,
      complete: true,
    });
  });

  it('cancels what is larger than the ladder that its prices show, with --depth ladder', async () => {
    await using simulator = new SimulatorProcess(['--feed', TUESDAY, '--depth', 'ladder']);
    const url = await simulator.url();
    const { body } = await get(`${url}/v3/accounts/${ACCOUNT}/pricing?instruments=EUR_USD`);
    const asks = body['prices']?.[0]?.['asks'] ?? [];
    const units = String(asks.reduce((sum, { liquidity }) => sum + Number(liquidity), 1));

    const answer = await fetch(`${url}/v3/accounts/${ACCOUNT}/orders`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
      body: JSON.stringify({ order: { type: 'MARKET', instrument: 'EUR_USD', units } }),
    });

    expect(asks.length).toBeGreaterThan(1);
    expect(await answer.json()).toMatchObject({
      orderCancelTransaction: { reason: 'INSUFFICIENT_LIQUIDITY' },
    });
  });

  it('shows the last prices of the week, not tradeable, where it begins at a weekend', async () => {
    await using simulator = new SimulatorProcess(['--feed', 'synthetic?start=2026-01-10T12:00:00Z']);

    const { body } = await get(`${await simulator.url()}/v3/accounts/${ACCOUNT}/pricing?instruments=EUR_USD`);

    expect(body['prices']?.[0]).toMatchObject({
      tradeable: false,
      time: '2026-01-09T21:57:59.999000000Z',
    });
  });

  it('gives every account what the options say, and lets time pass as fast', async () => {
    const accounts = ['--account', ACCOUNT, '--account', OTHER_ACCOUNT];
    const terms = ['--currency', 'JPY', '--balance', '5000000.5', '--hedging', '--margin-rate', '0.04'];
    await using simulator = new SimulatorProcess([
      '--feed',
      TUESDAY,
      ...accounts,
      ...terms,
      '--speed',
      '3600',
    ]);
    const url = await simulator.url();

    const summaries = await Promise.all([summaryOf(url), summaryOf(url, OTHER_ACCOUNT)]);

    for (const [index, summary] of summaries.entries())
      expect(summary).toMatchObject({
        id: [ACCOUNT, OTHER_ACCOUNT][index],
        currency: 'JPY',
        balance: '5000000.5000',
        hedgingEnabled: true,
        marginRate: '0.04',
      });
    await until('an hour of the market has passed', async () => {
      const { body } = await get(`${url}/simulator`);
      return Date.parse(body['time'] ?? '') >= Date.UTC(2026, 0, 6, 13);
    });
  });

  it('has accounts that net and accounts that hedge beside each other', async () => {
    await using simulator = new SimulatorProcess(['--account', ACCOUNT, '--hedging-account', OTHER_ACCOUNT]);
    const url = await simulator.url();

    const summaries = await Promise.all([summaryOf(url), summaryOf(url, OTHER_ACCOUNT)]);

    expect(summaries.map((summary) => summary?.['hedgingEnabled'])).toEqual([false, true]);
    expect(await simulator.usage).toMatch(/001 .* netting\n.*002 .* hedging\n/);
  });

  it('replays a recording and says when it is over', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'simulator-'));
    const file = join(folder.path, 'EUR_USD-quotes.csv');
    await writeFile(
      file,
      quoteFile([
        [0, '1.10000', '1.10010'],
        [60, '1.10020', '1.10030'],
      ]),
    );
    await using simulator = new SimulatorProcess(['--feed', `replay:${file}`, '--speed', '1000']);
    const url = await simulator.url();
    await simulator.says(/The recording is over/);

    const [instruments, pricing] = await Promise.all([
      get(`${url}/v3/accounts/${ACCOUNT}/instruments`),
      get(`${url}/v3/accounts/${ACCOUNT}/pricing?instruments=EUR_USD`),
    ]);

    expect(instruments.body['instruments']).toMatchObject([{ name: 'EUR_USD' }]);
    const [price] = pricing.body['prices'] ?? [];
    expect([price?.['bids']?.[0]?.['price'], price?.['asks']?.[0]?.['price']]).toEqual([
      '1.10020',
      '1.10030',
    ]);
  });

  it('takes the token of SIMULATOR_TOKEN only, and ends with 0 at SIGTERM, open streams and all', async () => {
    await using simulator = new SimulatorProcess(['--feed', TUESDAY], { SIMULATOR_TOKEN: TOKEN });
    const url = `${await simulator.url()}/v3/accounts`;
    using stream = await openStream(`${url}/${ACCOUNT}/pricing/stream?instruments=EUR_USD`);
    await stream.next();

    expect((await get(url, OTHER_TOKEN)).status).toBe(401);
    expect((await get(url)).status).toBe(200);
    expect(await simulator.usage).not.toContain(TOKEN);
    expect(await simulator.kill('SIGTERM')).toMatchObject({ code: 0, stderr: '' });
  });
});
