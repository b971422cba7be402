/** Administrators and the price series of everyone: `/admin/price-series` and `manage price-series`. */
import { randomUUIDv7 } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { runCommand } from '../../src/commands/command.ts';
import { priceSeriesCommand } from '../../src/prices/administration/price-series-command.ts';
import { longQuoteFile } from '../support/price-files.ts';
import { useServer } from '../support/test-server.ts';
import { askerFor } from '../support/trading-client.ts';

const context = useServer();
const CSV = { headers: { 'content-type': 'text/csv' } };

async function person(role: 'admin' | 'trader' = 'trader') {
  const user = await context.server.addUser(role);
  return { ...user, ask: askerFor(context.server, user) };
}

async function withSeries() {
  const owner = await person();
  const made = await owner.ask(
    'POST',
    '/price-series?instrument=EUR_USD',
    Buffer.from(longQuoteFile(600)),
    CSV,
  );
  expect(made.statusCode).toBe(201);
  const seriesId: string = made.json().id;
  const entries = async () =>
    (await owner.ask('GET', '/events?category=admin')).json().items as readonly Record<string, unknown>[];
  return { ...owner, seriesId, entries };
}

async function manage(...argv: string[]) {
  const written = { out: '', err: '' };
  const io = {
    stdout: { write: (text: string) => (written.out += text) },
    stderr: { write: (text: string) => (written.err += text) },
  };
  const open = async () => ({ url: context.server.databaseUrl, close: async () => undefined });
  const code = await runCommand(io, () => priceSeriesCommand.run(argv, io, open));
  return { code, ...written };
}

describe('price series of everyone', () => {
  it('are not changed by bad names, nor when a backtest ran on them', async () => {
    const [admin, owner] = [await person('admin'), await withSeries()];
    const path = `/admin/price-series/${owner.seriesId}`;
    const before = (await owner.ask('GET', `/price-series/${owner.seriesId}`)).json();
    for (const source of ['', ' ', 'a\u202Eb', 'x'.repeat(256), 7])
      expect((await admin.ask('PATCH', path, { source })).statusCode).toBe(400);
    expect((await admin.ask('PATCH', path, {})).statusCode).toBe(400);
    const backtest = { strategyType: 'ema_cross', instrument: 'EUR_USD', seriesId: owner.seriesId };
    expect((await owner.ask('POST', '/backtests', backtest)).statusCode).toBeLessThan(300);

    const overHttp = await admin.ask('DELETE', path);
    const byCommand = await manage('delete', owner.seriesId);

    expect([overHttp.statusCode, overHttp.json().code]).toEqual([409, 'series-in-use']);
    expect(byCommand).toMatchObject({ code: 1, err: expect.stringContaining('must stay repeatable') });
    expect((await owner.ask('GET', `/price-series/${owner.seriesId}`)).json()).toEqual(before);
    expect(await owner.entries()).toEqual([]);
  });

  it('are listed with owner and size, renamed and deleted, and the owner reads by whom', async () => {
    const [admin, owner] = [await person('admin'), await withSeries()];
    const path = `/admin/price-series/${owner.seriesId}`;

    const listed = (
      await admin.ask('GET', `/admin/price-series?search=${owner.username.toUpperCase()}`)
    ).json();
    const renamed = await admin.ask('PATCH', path, { source: 'Quotes of March' });
    const again = await admin.ask('PATCH', path, { source: 'Quotes of March' });
    const seen = (await owner.ask('GET', `/price-series/${owner.seriesId}`)).json().source;
    const deleted = await admin.ask('DELETE', path);

    expect(listed.items).toMatchObject([
      { id: owner.seriesId, userId: owner.id, username: owner.username, rows: 600, instrument: 'EUR_USD' },
    ]);
    expect(listed.items[0].bytes).toBeGreaterThan(100);
    expect([renamed.json().source, again.statusCode, seen]).toEqual([
      'Quotes of March',
      200,
      'Quotes of March',
    ]);
    expect(deleted.statusCode).toBe(204);
    expect((await owner.ask('GET', `/price-series/${owner.seriesId}`)).statusCode).toBe(404);
    expect((await admin.ask('DELETE', path)).statusCode).toBe(404);
    await expect.poll(async () => (await owner.entries()).length).toBe(2);
    const details = { seriesId: owner.seriesId, administratorId: admin.id };
    expect(await owner.entries()).toMatchObject([
      { type: 'price-series-renamed', details: { ...details, from: 'upload', to: 'Quotes of March' } },
      { type: 'price-series-deleted', details },
    ]);
  });

  it('are the same by command, shared ones too, and a file that is still being imported is not there', async () => {
    const { database } = context.server;
    const [shared, staged] = [randomUUIDv7(), randomUUIDv7()];
    const row = {
      instrument: 'EUR_USD',
      kind: 'quotes' as const,
      source: 'shared.csv',
      updated_at: new Date(),
    };
    const times = { rows: 1, starts_at: new Date(0), ends_at: new Date(0) };
    await database
      .insertInto('price_series')
      .values([
        { ...row, ...times, id: shared },
        { ...row, rows: 0, starts_at: null, ends_at: null, id: staged },
      ])
      .execute();

    const listed = await manage('list');
    const renamed = await manage('rename', shared.toUpperCase(), 'Shared quotes');
    const deleted = await manage('delete', shared);

    expect(listed.out).toContain(`${shared} shared: shared.csv, EUR_USD quotes, 1 row, 0 bytes`);
    expect(listed.out).not.toContain(staged);
    expect(renamed).toMatchObject({ code: 0, out: expect.stringContaining('shared: Shared quotes, ') });
    expect(deleted).toMatchObject({ code: 0, out: expect.stringContaining(`Deleted: ${shared} `) });
    expect(await manage('delete', staged)).toMatchObject({
      code: 1,
      err: 'There is no such price series.\n',
    });
    expect((await manage('list')).out).not.toContain(shared);
  });

  it.each([
    [[]],
    [['drop']],
    [['rename', randomUUIDv7()]],
    [['delete', 'x']],
    [['rename', randomUUIDv7(), ' ']],
  ])('are not touched by a wrong command: %j', async (argv) => {
    expect((await manage(...argv)).code).toBe(2);
  });
});
