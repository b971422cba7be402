/** A server whose database goes away under it says so, trades on when it is back, and has done nothing twice. */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEmbeddedPostgres } from '../../src/persistence/embedded-postgres/embedded-postgres.ts';
import { openPlainConnection } from '../../src/migrator/run/connect/plain-connection.ts';
import { createPrng } from '../../src/core/shared/prng.ts';
import { ApiClient, endLeases } from '../support/api-client.ts';
import { memoryFolder } from '../support/memory-folder.ts';
import { OrderClients } from '../support/order-clients.ts';
import { quiet } from '../support/quiet-log.ts';
import { ServerProcess, WARN } from '../support/server-process.ts';
import {
  auditAccount,
  createAccount,
  expectToTradeOn,
  FAST_MARKET,
  QUICK_STRATEGIES,
  startStrategy,
} from '../support/trading.ts';
import { until } from '../support/until.ts';
import type { EmbeddedPostgres } from '../../src/persistence/embedded-postgres/embedded-postgres.ts';

const LOST = 'the connection that holds our accounts was lost';
/** All that a server complains of for want of its database, once for each outage, and what it says when that is over. */
const AWAY = 'the database does not answer; nothing is traded until it does';
const BACK = 'the database answers again';
const CUT = 'a connection to the database was lost; the database answers';
/** Shows that trading continues. */
const MORE_ORDERS = 15;
const CUTS = 20;
const LONGEST_PEACE_MS = 600;

let folder: string;
let postgres: EmbeddedPostgres;

beforeAll(async () => {
  folder = await mkdtemp(join(await memoryFolder(), 'auto-forex-loss-'));
  // Run by root, PostgreSQL is another user and must get in.
  await chmod(folder, 0o711);
  postgres = await startEmbeddedPostgres({ dataDirectory: folder, isDurable: false, log: quiet });
});

afterAll(async () => {
  await postgres.stop();
  await rm(folder, { recursive: true, force: true });
});

async function query(sql: string): Promise<Record<string, unknown>[]> {
  const connection = openPlainConnection(postgres.url, 'test');
  try {
    return await connection.query(sql);
  } finally {
    await connection.close();
  }
}

/** Ends every connection of the server whose name begins like this. */
async function cutOff(name: string): Promise<void> {
  await query(
    `select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'auto-forex ${name}%' and pid <> pg_backend_pid()`,
  );
}

/** Waits until a copy holds the account, so that another can be kept from it. */
async function untilLocked(): Promise<void> {
  await until('the account is held again', async () => {
    const [row] = await query(
      `select count(*)::int as locks from pg_locks where locktype = 'advisory' and granted`,
    );
    return row?.['locks'] === 1;
  });
}

async function statusOf(address: string, path: string): Promise<number> {
  const answer = await fetch(`${address}${path}`, { signal: AbortSignal.timeout(60_000) });
  await answer.arrayBuffer();
  return answer.status;
}

async function problemOf(address: string, path: string): Promise<unknown> {
  const answer = await fetch(`${address}${path}`, { signal: AbortSignal.timeout(60_000) });
  expect(answer.headers.get('content-type')).toContain('application/problem+json');
  return answer.json();
}

async function untilTraded(clients: OrderClients): Promise<void> {
  const before = clients.acknowledgedIds.length;
  await until('orders are placed again', () => clients.acknowledgedIds.length >= before + MORE_ORDERS);
}

describe('a server that trades', () => {
  it('lives through losing its connections and its database, and keeps its books', async () => {
    await using server = new ServerProcess({ DATABASE_URL: postgres.url, PAPER_FEED: FAST_MARKET });
    const address = await server.ready;
    const person = await ApiClient.signUp(address);
    const accountId = await createAccount(person);
    const strategyIds = await Promise.all(
      QUICK_STRATEGIES.map((wanted) => startStrategy(person, accountId, wanted)),
    );
    const random = createPrng(1);
    const clients = new OrderClients(accountId, random);
    clients.start(person, 2);

    await untilTraded(clients);
    await cutOff('ownership');
    await until('it has noticed', () => server.said(LOST).length > 0);
    await untilLocked();
    await untilTraded(clients);
    // Again and again, so that some cuts fall into the making again of the account.
    for (let cut = 0; cut < CUTS; cut += 1) {
      await cutOff(['server', 'ownership', ''][cut % 3] ?? '');
      await sleep(random() * LONGEST_PEACE_MS);
    }
    await untilTraded(clients);
    await until('the cuts are over', () => server.said(BACK).length === server.said(AWAY).length);
    const before = server.lines.length;

    const port = Number(new URL(postgres.url).port);
    await postgres.stop();
    expect(await statusOf(address, '/livez')).toBe(200);
    // Before, it may say that an account is made again, because something of it could not be written.
    const away = { type: '/problems/database-unavailable', detail: 'The database does not answer.' };
    await expect.poll(() => problemOf(address, '/readyz')).toMatchObject(away);
    await expect(person.get('/accounts')).rejects.toMatchObject({
      status: 503,
      problem: { type: '/problems/database-unavailable' },
    });
    postgres = await startEmbeddedPostgres({ dataDirectory: folder, isDurable: false, port, log: quiet });
    await until('it is ready by itself', async () => (await statusOf(address, '/readyz')) === 200);
    // Ready means that its accounts are there too.
    await person.get(`/accounts/${accountId}/summary`);
    await untilTraded(clients);
    await untilLocked();
    await until('it says that it is over', () => server.said(BACK).length === server.said(AWAY).length);
    expect(server.said(BACK).at(-1)).toMatchObject({ seconds: expect.any(Number) });

    await clients.stop();
    await endLeases(postgres.url);
    await clients.repeatAll();
    for (const strategyId of strategyIds) await expectToTradeOn(person, strategyId);
    expect(await server.kill('SIGTERM')).toMatchObject({ code: 0, stderr: '' });
    expect(server.said('stopped')).toHaveLength(1);
    const complaints = server.lines.filter(({ level, msg }) => level >= WARN && msg !== CUT);
    expect(
      complaints.map(({ msg }) => msg),
      JSON.stringify(complaints),
    ).toEqual([AWAY]);
    const saidAt = server.lines.findIndex(({ msg }) => msg === AWAY);
    expect(saidAt, 'and not when connections were cut').toBeGreaterThanOrEqual(before);
    const { orders } = await auditAccount(postgres.url, accountId);
    const ofPeople = orders.filter(({ createdBy, status }) => createdBy === 'person' && status !== 'denied');
    expect(ofPeople.map(({ id }) => id).toSorted()).toEqual(clients.acknowledgedIds.toSorted());
  });
});
