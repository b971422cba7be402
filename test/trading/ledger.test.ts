import { describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS } from '../../src/core/domain/trading-calendar.ts';
import { useServer } from '../support/test-server.ts';
import { addTrader } from '../support/trading-client.ts';

const context = useServer();

type Row = Record<string, string>;

/** A person who was paid 100,000, held 100,000 EUR_USD over 17:00 New York, and closed them the next day. */
async function holdOvernight() {
  const trader = await addTrader(context.server);
  const { accountId, ask, order } = trader;
  await order({ units: 100_000 });
  await context.server.quote(
    'EUR_USD',
    110_000,
    110_010,
    DAY_MS - (context.server.market.now % DAY_MS) + 10 * HOUR_MS,
  );
  const { items } = (await ask('GET', '/positions')).json();
  await ask('POST', `/positions/${items[0].id}/close`);
  const all: Row[] = (await ask('GET', `/accounts/${accountId}/ledger`)).json().items;
  return { ...trader, path: `/accounts/${accountId}`, all };
}

const sumOf = (rows: readonly Row[], ...names: string[]): string =>
  rows
    .flatMap((row) => names.map((name) => Math.round(Number(row[name]) * 10_000)))
    .reduce((sum, part) => sum + part, 0)
    .toString();

const PARTS = ['realizedPnl', 'financing', 'commission', 'transferred', 'other'];

describe('the ledger of an account', () => {
  it('is every movement of its balance, newest first, and adds up to it', async () => {
    const { ask, path, all } = await holdOvernight();

    const { money } = (await ask('GET', `${path}/summary`)).json();
    expect(all.map(({ kind }) => kind)).toEqual(['trade', 'financing', 'transfer']);
    expect(all[2]).toMatchObject({ amount: '100000.0000', transferred: '100000.0000', instrument: null });
    expect(all[0]).toMatchObject({ instrument: 'EUR_USD', realizedPnl: '-10.0000', balance: money.balance });
    expect(Number(all[1]?.['financing'])).not.toBe(0);
    for (const [index, row] of all.entries()) {
      expect(sumOf([row], ...PARTS)).toBe(sumOf([row], 'amount'));
      expect(sumOf(all.slice(index), 'amount')).toBe(sumOf([row], 'balance'));
    }
  });

  it('comes in pages', async () => {
    const { ask, path, all } = await holdOvernight();
    const pages: Row[] = [];

    for (let cursor = ''; pages.length < 10;) {
      const { items, nextCursor } = (await ask('GET', `${path}/ledger?limit=1${cursor}`)).json();
      pages.push(...items);
      if (nextCursor === null) break;
      cursor = `&cursor=${nextCursor}`;
    }

    expect(pages).toEqual(all);
  });

  it.each(['cursor=x', 'limit=0', 'kind=trade'])('refuses ?%s', async (query) => {
    const { ask, accountId } = await addTrader(context.server);

    expect((await ask('GET', `/accounts/${accountId}/ledger?${query}`)).statusCode).toBe(400);
  });

  it('is its owner’s alone', async () => {
    const { accountId } = await addTrader(context.server);
    const other = await addTrader(context.server);

    for (const part of ['ledger', 'statement'])
      expect((await other.ask('GET', `/accounts/${accountId}/${part}`)).statusCode).toBe(404);
  });
});

describe('the statement of an account', () => {
  it('is what each trading day booked, from the first on, and says the same as the ledger', async () => {
    const { ask, path, all } = await holdOvernight();

    const { currency, days } = (await ask('GET', `${path}/statement`)).json();

    expect(currency).toBe('USD');
    expect(days.length).toBeGreaterThan(1);
    expect(days[0]).toMatchObject({ openingBalance: '0.0000', transferred: '100000.0000' });
    expect(days.at(-1).closingBalance).toBe(all[0]?.['balance']);
    for (const part of PARTS) expect(sumOf(days, part)).toBe(sumOf(all, part));
    for (const [index, day] of days.entries())
      expect(day.openingBalance).toBe(days[index - 1]?.closingBalance ?? '0.0000');
  });

  it('is CSV for a sheet, of the days that are asked for', async () => {
    const { ask, path } = await holdOvernight();
    const { days } = (await ask('GET', `${path}/statement`)).json();
    const { day, closingBalance } = days.at(-1);

    const answer = await ask('GET', `${path}/statement?from=${day}&to=${day}`, undefined, {
      headers: { accept: 'text/csv' },
    });

    expect(answer.headers['content-type']).toBe('text/csv; charset=utf-8');
    const [names, row, end] = answer.body.split('\r\n');
    expect(names).toBe(
      'day,openingBalance,realizedPnl,financing,commission,transferred,other,closingBalance',
    );
    expect(row?.split(',')).toEqual(Object.values(days.at(-1)));
    expect(row).toContain(closingBalance);
    expect(end).toBe('');
  });

  it.each([
    ['from=2026-03-05&to=2026-03-04', { pointer: '/from', detail: 'must not be after `to`' }],
    ['from=2026-02-30', { pointer: '/from', detail: 'must be a date of the calendar, such as 2026-03-02' }],
    ['from=today', { pointer: '/from', detail: 'must be a date of the calendar, such as 2026-03-02' }],
    ['to=2026-13-01', { pointer: '/to', detail: 'must be a date of the calendar, such as 2026-03-02' }],
    [
      'from=2020-01-01&to=2026-03-04',
      { pointer: '/from', detail: 'must be at most 400 days before `to`: ask for the years one by one' },
    ],
  ])('of ?%s is refused', async (query, error) => {
    const { ask, accountId } = await addTrader(context.server);

    const answer = await ask('GET', `/accounts/${accountId}/statement?${query}`);

    expect(answer.statusCode).toBe(400);
    expect(answer.json().errors).toEqual([error]);
  });

  it('has no day before the account was made, and none that has not begun', async () => {
    const { ask, accountId } = await addTrader(context.server);

    const daysOf = async (query: string) =>
      (await ask('GET', `/accounts/${accountId}/statement?${query}`)).json().days;

    expect(await daysOf('from=2020-01-01&to=2020-02-01')).toEqual([]);
    expect(await daysOf('from=2030-01-01&to=2030-02-01')).toEqual([]);
  });
});
