/** `/metrics` as Prometheus reads it, from a server that is composed as in production and trades. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiClient } from '../support/api-client.ts';
import { createTestDatabase } from '../support/database.ts';
import { NO_PROMTOOL, promtool } from '../support/promtool.ts';
import { ServerHere } from '../support/server-here.ts';
import { openReceiver } from '../support/receiver.ts';
import { createAccount } from '../support/trading.ts';
import { until } from '../support/until.ts';
import type { TestDatabase } from '../support/database.ts';

const TOKEN = 'for-prometheus-only';
/** A market that is open whatever the clock says. */
const MARKET = 'synthetic?start=2026-01-06T12:00:00Z';

const watcher = await openReceiver();
let database: TestDatabase;
let server: ServerHere;
let address: string;

beforeAll(async () => {
  database = await createTestDatabase();
  server = new ServerHere({
    DATABASE_URL: database.url,
    PAPER_FEED: MARKET,
    METRICS_TOKEN: TOKEN,
    ALIVE_PING_URL: `${watcher.url}/alive`,
    ALIVE_PING_SECONDS: '5',
  });
  address = await server.ready;
});
afterAll(async () => {
  await server.stop();
  await database.drop();
});

async function ask(token?: string) {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const answer = await fetch(`${address}/metrics`, { headers });
  return { status: answer.status, type: answer.headers.get('content-type'), text: await answer.text() };
}

/** The value of a series; undefined when there is none. */
async function value(series: string): Promise<number | undefined> {
  const { text } = await ask(TOKEN);
  const line = text.split('\n').find((each) => each.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length + 1));
}

it('the watcher outside that the settings name is called', async () => {
  await until('it is called', () => watcher.at('/alive').length > 0);

  expect(await value('auto_forex_ready')).toBe(1);
});

describe('/metrics', () => {
  it('is for the token alone', async () => {
    expect(await ask()).toMatchObject({
      status: 401,
      type: expect.stringContaining('application/problem+json'),
    });
    expect(await ask(`${TOKEN}!`)).toMatchObject({ status: 401 });
    expect((await fetch(`${address}/metrics?token=${TOKEN}`)).status).toBe(401);
    expect(await ask(TOKEN)).toMatchObject({
      status: 200,
      type: expect.stringContaining('text/plain; version=0.0.4'),
    });
  });

  it('counts accounts, orders by their stages, and requests by their routes, and names no one', async () => {
    const person = await ApiClient.signUp(address);
    const accountId = await createAccount(person);
    const order = { accountId, instrument: 'EUR_USD', type: 'market', side: 'buy', units: 1_000 };
    await until('there is a price', async () => {
      const { items } = await person.get<{ items: unknown[] }>(
        `/quotes?accountId=${accountId}&instrument=EUR_USD`,
      );
      return items.length > 0;
    });
    await person.post('/orders', { body: order });
    const filled = 'auto_forex_order_stage_duration_seconds_count{environment="paper",stage="filled"}';
    await until('the fill is measured', async () => (await value(filled)) === 1);

    expect(
      await value('auto_forex_order_stage_duration_seconds_count{environment="paper",stage="sent"}'),
    ).toBe(1);
    expect(await value('auto_forex_accounts_running{environment="paper"}')).toBe(1);
    expect(await value('auto_forex_accounts_differing{environment="paper"}')).toBe(0);
    expect(
      await value('auto_forex_account_comparison_age_seconds{environment="paper"}'),
    ).toBeGreaterThanOrEqual(0);
    expect(
      await value('auto_forex_http_requests_total{method="POST",route="/api/v1/orders",status="201"}'),
    ).toBe(1);
    expect(await value('auto_forex_ready')).toBe(1);
    expect(await value('auto_forex_database_up')).toBe(1);
    expect(await value('auto_forex_migrations_pending')).toBe(0);
    expect(await value('auto_forex_queue_waiting{queue="backtests"}')).toBe(0);
    expect(await value('auto_forex_database_pool_connections{pool="server"}')).toBeGreaterThan(0);
    expect(await value('auto_forex_log_lines_total{level="error"}')).toBe(0);
    const jobAge = 'auto_forex_job_success_age_seconds{scheduled_job="clean-up"}';
    await until('the first clean-up is done', async () => (await value(jobAge)) !== undefined);
    expect(await value(jobAge)).toBeLessThan(600);
    expect(await value('auto_forex_job_failures{scheduled_job="clean-up"}')).toBe(0);

    await fetch(`${address}/api/v1/accounts/${accountId}/nothing`);
    const { text } = await ask(TOKEN);
    expect(text).toContain('route="none",status="404"');
    expect(text).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-/);
    expect(text).not.toContain('example');
  });

  it('counts notifications, and messages about them by the kind of their channel', async () => {
    const person = await ApiClient.signUp(address);
    await person.patch('/notification-settings', { body: { groupSeconds: 0 } });
    // Not a public address, so that it is given up at once.
    await person.post('/notification-channels', {
      body: { kind: 'slack', name: 'Here', url: 'http://127.0.0.1:9/x', mutedTypes: ['login'] },
    });
    await until(
      'the message about it is given up',
      async () => (await value('auto_forex_notification_messages_total{kind="slack",result="dead"}')) === 1,
    );

    expect(await value('auto_forex_notifications_total')).toBeGreaterThanOrEqual(1);
    expect(await value('auto_forex_notification_messages_dead{kind="slack"}')).toBe(1);
    expect(await value('auto_forex_notification_messages_waiting{kind="slack"}')).toBe(0);
    expect(await value('auto_forex_notification_message_overdue_seconds')).toBe(0);
  });

  it('is without fault to the linter of Prometheus', async (test) => {
    const { text } = await ask(TOKEN);
    const checked = promtool(['check', 'metrics'], { text });
    if (!checked) return test.skip(NO_PROMTOOL);

    expect(checked).toEqual({ code: 0, output: '' });
  });

  it('is not there without the setting', async () => {
    await using other = new ServerHere({ DATABASE_URL: database.url, PAPER_FEED: MARKET });

    expect((await fetch(`${await other.ready}/metrics`)).status).toBe(404);
  });
});
