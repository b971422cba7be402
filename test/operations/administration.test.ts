/** Copies, backups, migrations and health as administrators see them, over HTTP and with commands. */

import { hostname } from 'node:os';
import { randomUUIDv7 } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { runCommand } from '../../src/commands/command.ts';
import { backupsCommand } from '../../src/operations/administration/backups-command.ts';
import { copiesCommand } from '../../src/operations/administration/copies-command.ts';
import { useServer } from '../support/test-server.ts';
import { addTrader } from '../support/trading-client.ts';
import type { Command } from '../../src/commands/command.ts';

const context = useServer();
const HOUR_MS = 3_600_000;

let headers: { readonly authorization: string };
beforeEach(async () => {
  ({ headers } = await context.server.addUser('admin'));
  await context.server.database.deleteFrom('app_instances').execute();
  await context.server.database.deleteFrom('database_backups').execute();
});

async function ask(method: 'GET' | 'POST', path: string) {
  const answer = await context.server.app.inject({ method, url: `/api/v1/admin${path}`, headers });
  return { status: answer.statusCode, body: answer.json() };
}

async function manage(command: Command, argv: readonly string[] = []) {
  const written = { out: '', err: '' };
  const io = {
    stdout: { write: (text: string) => (written.out += text) },
    stderr: { write: (text: string) => (written.err += text) },
  };
  const open = async () => ({ url: context.server.databaseUrl, close: () => Promise.resolve() });
  const code = await runCommand(io, () => command.run(argv, io, open));
  return { code, ...written };
}

/** A copy of the server, as its heartbeat records it. */
async function addCopy(copy: {
  readonly pid?: number;
  readonly lastSeenAt?: Date;
  readonly stoppedAt?: Date;
}) {
  const id = randomUUIDv7();
  const { pid = process.pid, lastSeenAt = new Date(), stoppedAt = null } = copy;
  await context.server.database
    .insertInto('app_instances')
    .values({
      id,
      version: '1.2.3',
      migrations_head: 'Migration20260101000000_newest',
      host: hostname(),
      pid,
      last_seen_at: lastSeenAt,
      stopped_at: stoppedAt,
    })
    .execute();
  return id;
}

describe('copies of the server', () => {
  it('are listed with the accounts that each runs', async () => {
    const { accountId } = await addTrader(context.server);
    const here = await addCopy({});
    const gone = await addCopy({ pid: 1, lastSeenAt: new Date(Date.now() - HOUR_MS) });
    const stopped = await addCopy({ stoppedAt: new Date() });

    const { body } = await ask('GET', '/copies');
    const shown = await manage(copiesCommand);
    const machines = await manage(copiesCommand, ['--json']);

    const of = (id: string) => body.items.find((copy: { id: string }) => copy.id === id);
    expect(body.items).toHaveLength(3);
    expect(of(here)).toMatchObject({
      state: 'running',
      host: hostname(),
      pid: process.pid,
      version: '1.2.3',
    });
    expect(of(here).accountIds).toContain(accountId);
    expect(of(gone)).toMatchObject({ state: 'gone', accountIds: [], stoppedAt: null });
    expect(of(stopped)).toMatchObject({ state: 'stopped', accountIds: [] });
    expect(JSON.parse(machines.out)).toEqual(body);
    expect(shown.out).toMatch(
      new RegExp(`^${hostname()} process ${process.pid}: 1\\.2\\.3, running, since .*, \\d+ accounts?$`, 'm'),
    );
    expect(shown.out).toMatch(/ process 1: 1\.2\.3, gone, since .*, seen last .*, no accounts$/m);
  });

  it('may be none', async () => {
    expect((await ask('GET', '/copies')).body).toEqual({ items: [] });
    expect(await manage(copiesCommand)).toMatchObject({ code: 0, out: 'No copy of the server runs.\n' });
  });
});

describe('backups', () => {
  it('are listed, newest first', async () => {
    const backup = { sha256: 'a'.repeat(64), size_bytes: 12_345, migrations_head: null };
    await context.server.database
      .insertInto('database_backups')
      .values([
        { ...backup, location: '/backups/old.dump', made_at: new Date(1e12), verified_at: new Date(1.1e12) },
        { ...backup, location: '/backups/new.dump', made_at: new Date(1.2e12) },
      ])
      .execute();

    const { body } = await ask('GET', '/backups');
    const shown = await manage(backupsCommand);

    expect(body.items).toMatchObject([
      { location: '/backups/new.dump', sizeBytes: 12_345, verifiedAt: null },
      { location: '/backups/old.dump', verifiedAt: new Date(1.1e12).toISOString() },
    ]);
    expect(shown.out.split('\n')[1]).toBe(
      '2001-09-09 01:46 UTC  /backups/old.dump  12,345 bytes, restored 2004-11-09 11:33 UTC',
    );
    expect(JSON.parse((await manage(backupsCommand, ['--json'])).out)).toEqual(body);
  });

  it('are not made where the settings name no time for it', async () => {
    expect((await ask('POST', '/backups')).body).toMatchObject({ status: 409, code: 'backup-off' });
    expect(await manage(backupsCommand)).toMatchObject({ code: 0, out: 'No backup is recorded.\n' });
  });
});

it.each([copiesCommand, backupsCommand])('manage $name refuses words in one line', async (command) => {
  const { code, err } = await manage(command, ['all']);

  expect(code).not.toBe(0);
  expect(err.trimEnd().split('\n')).toHaveLength(1);
});

describe('migrations', () => {
  it('are listed as they stand', async () => {
    const { body } = await ask('GET', '/migrations');

    expect(body.faults).toEqual([]);
    expect(body.items.at(-1)).toMatchObject({ name: body.head, state: 'applied', faults: [] });
    expect(body.items[0]).toMatchObject({
      name: expect.stringMatching(/_accounts_initial$/),
      state: 'applied',
    });

    await context.server.orm.em
      .fork()
      .execute(
        `update mikro_orm_migrations set name = 'Migration20990101000000_newer' where name = '${body.head}'`,
      );
    const changed = (await ask('GET', '/migrations')).body.items;
    await context.server.orm.em
      .fork()
      .execute(
        `update mikro_orm_migrations set name = '${body.head}' where name = 'Migration20990101000000_newer'`,
      );

    expect(changed.slice(-2)).toMatchObject([
      { name: body.head, state: 'pending', appliedAt: null },
      { name: 'Migration20990101000000_newer', state: 'ahead' },
    ]);
  });
});

describe('the health of the server', () => {
  it('is what manage doctor finds', async () => {
    const [first, second] = await Promise.all([ask('GET', '/health'), ask('GET', '/health')]);

    expect(first).toEqual(second);
    expect(first.status).toBe(200);
    const verdicts = first.body.findings.map(({ verdict }: { verdict: string }) => verdict);
    expect(first.body.isHealthy).toBe(!verdicts.includes('fail'));
    const checks = first.body.findings.map(({ check }: { check: string }) => check);
    expect(checks).toEqual(
      expect.arrayContaining(['migrations', 'database', 'clock', 'keys', 'mail', 'copies']),
    );
    expect(first.body.findings.find(({ check }: { check: string }) => check === 'copies')).toMatchObject({
      verdict: 'warn',
      said: 'no copy of the server runs. Start it',
    });
  });
});
