/** Candles of a broker's history become price series: page by page, whatever happens on the way. */
import { randomUUIDv7 } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { present } from '../../src/core/shared/assert.ts';
import { Problem } from '../../src/core/shared/problem.ts';
import { candleChunk } from '../../src/prices/import/candle-chunk.ts';
import { PriceImports } from '../../src/prices/import/price-imports.ts';
import { PriceTopUps } from '../../src/prices/import/price-top-ups.ts';
import { AccountHistories } from '../../src/trading/accounts/account-histories.ts';
import { BrokerTokens } from '../../src/trading/accounts/broker-tokens.ts';
import { at, candle, connectWithHistory } from '../support/broker-history.ts';
import { waitingForLocks } from '../support/lock-waits.ts';
import { longQuoteFile } from '../support/price-files.ts';
import { quiet } from '../support/quiet-log.ts';
import { NOON, useServer } from '../support/test-server.ts';
import { askerFor } from '../support/trading-client.ts';
import { until } from '../support/until.ts';
import type { ScriptedAccount } from '../support/scripted-brokers.ts';
import type { TestUser } from '../support/test-server.ts';

const PACE = { candlesAPage: 3, betweenPagesMs: 0 };
const context = useServer({ importPace: PACE });

const HOUR_AGO = NOON - 3_600_000;

let brokers = 0x2000;
let user: TestUser;
let ask: ReturnType<typeof askerFor>;
let atBroker: ScriptedAccount;
let accountId: string;

beforeEach(async () => {
  ({ user, ask, atBroker, accountId } = await connectWithHistory(context.server, (brokers += 1)));
});

const request = (body: object = {}) =>
  ask('POST', '/price-series', {
    accountId,
    instrument: 'EUR_USD',
    granularity: 'M1',
    from: at(0),
    to: at(60),
    ...body,
  });

const series = async (id: string) => (await ask('GET', `/price-series/${id}`)).json();

const ended = (id: string) =>
  until('the import has ended', async () => {
    const found = await series(id);
    return found.import.status !== 'running' && found;
  });

/** Another copy of the server. */
function otherCopy(mostMegabytes = Infinity): PriceImports {
  const { server } = context;
  const brokerTokens = new BrokerTokens({ store: server.stores.connections, keys: server.keys });
  return new PriceImports({
    store: server.stores.priceImports,
    claims: server.stores.claimedPriceImports,
    histories: new AccountHistories({
      ...server.stores,
      openOnce: server.brokers.openOnce,
      tokens: brokerTokens,
    }),
    clock: () => server.clock.now,
    pace: PACE,
    limits: { mostOf: () => Promise.resolve(mostMegabytes) },
    log: quiet,
  });
}

describe('an import from a broker', () => {
  it.each<[string, object, string]>([
    ['without a time', { from: undefined }, '/from'],
    ['of a time that ends before it begins', { from: at(10), to: at(5) }, '/from'],
    ['of the future', { to: new Date(NOON + 1_000).toISOString() }, '/to'],
    [
      'of more candles than one import may have',
      { granularity: 'S5', from: '2010-01-01T00:00:00Z' },
      '/from',
    ],
    ['of an unknown granularity', { granularity: 'M3' }, '/granularity'],
    ['of an instrument that the account cannot trade', { instrument: 'EURUSD' }, '/instrument'],
    ['with a field that it does not know', { price: 'mid' }, '/price'],
  ])('is refused %s', async (_case, body, pointer) => {
    const answer = await request(body);

    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({ errors: [{ pointer }] });
    expect((await ask('GET', '/price-series')).json().items).toEqual([]);
  });

  it('is refused of a paper account, which has no history, and of another person’s', async () => {
    const { server } = context;
    const paper = await server.addAccount(user.id);
    const other = askerFor(server, await server.addUser());

    expect((await request({ accountId: paper.id })).json()).toMatchObject({
      errors: [{ pointer: '/accountId' }],
    });
    const body = { accountId, instrument: 'EUR_USD', granularity: 'M1', from: at(0) };
    expect((await other('POST', '/price-series', body)).statusCode).toBe(404);
  });

  it('is answered at once, and fills a series with all that the broker has', async () => {
    const answer = await request({ from: at(1), to: at(7) });

    expect(answer.statusCode).toBe(202);
    const { id } = answer.json();
    expect(answer.headers.location).toBe(`/api/v1/price-series/${id}`);
    expect(answer.json()).toMatchObject({
      source: 'OANDA',
      kind: 'candles',
      granularity: 'M1',
      rows: 0,
      startsAt: null,
      endsAt: null,
      import: { status: 'running', accountId, from: at(1), to: at(7), progress: 0, error: null },
    });

    context.server.priceImports.start();
    expect(await ended(id)).toMatchObject({
      rows: 5,
      startsAt: at(1),
      endsAt: at(6),
      import: { status: 'completed', progress: 1, error: null },
    });
    const { items } = (await ask('GET', `/candles?seriesId=${id}&granularity=M1&price=bid`)).json();
    expect(items.map(({ startsAt }: { startsAt: string }) => startsAt)).toEqual([1, 2, 3, 5, 6].map(at));
    expect(items[0]).toMatchObject({ open: '1.10001', high: '1.10006', low: '1.09996', close: '1.10002' });
  });

  it('is one at a time for each person, who may end it by deleting its series', async () => {
    await context.server.priceImports.stop();
    const { id } = (await request()).json();

    const second = await request({ granularity: 'M5' });
    expect(second.statusCode).toBe(409);
    expect((await ask('GET', '/price-series')).json().items).toHaveLength(1);

    expect((await ask('DELETE', `/price-series/${id}`)).statusCode).toBe(204);
    expect((await request({ granularity: 'M5' })).statusCode).toBe(202);
  });

  it('fails with the reason when the broker has nothing, or refuses', async () => {
    const copy = otherCopy();
    const empty = (await request({ from: at(20), to: at(30) })).json().id;
    await copy.runToEnd(empty, () => undefined);
    expect(await series(empty)).toMatchObject({
      rows: 0,
      import: { status: 'failed', error: expect.stringContaining('no candles') },
    });

    atBroker.failsAtPage = {
      page: atBroker.pagesRead + 1,
      problem: new Problem('broker-token-refused', 'It was revoked.'),
    };
    const refused = (await request()).json().id;
    await copy.runToEnd(refused, () => undefined);
    expect(await series(refused)).toMatchObject({
      rows: 3,
      import: { status: 'failed', error: 'It was revoked.' },
    });
  });

  it('fails at a candle that contradicts itself, and keeps those of the pages before', async () => {
    const wrong = { ...candle(5), bidClose: candle(5).bidHigh + 1 };
    atBroker.history = [...[0, 1, 2, 3].map(candle), wrong];
    const { id } = (await request()).json();

    await otherCopy().runToEnd(id, () => undefined);

    expect(await series(id)).toMatchObject({
      rows: 3,
      import: {
        status: 'failed',
        error: `Of the broker's candle of ${at(5)}, the high is below the low, or open or close lie outside them.`,
      },
    });
  });

  it('waits while the broker is away, says so, and continues where it was', async () => {
    const { server } = context;
    const copy = otherCopy();
    const { id } = (await request()).json();
    atBroker.failsAtPage = {
      page: atBroker.pagesRead + 1,
      problem: new Problem('broker-unreachable', 'It is away.'),
    };

    await expect(copy.runToEnd(id, () => undefined)).rejects.toMatchObject({ type: 'broker-unreachable' });
    expect(await series(id)).toMatchObject({
      rows: 3,
      import: { status: 'running', progress: 2 / 60, error: 'It is away.' },
    });

    server.clock.now += 10_000;
    await copy.runToEnd(id, () => undefined);
    expect(await series(id)).toMatchObject({ rows: 7, import: { status: 'completed', error: null } });
  });

  it('is continued by another copy when the one that worked on it is gone, and nothing is stored twice', async () => {
    const { server } = context;
    const { claimedPriceImports } = server.stores;
    const { id } = (await request()).json();
    // What a copy leaves that is killed in the middle: a claim, one page, and perhaps an answer that comes late.
    const gone = await claimedPriceImports.claim(NOON, 60_000, id);
    if (!gone) throw new Error('it could not be claimed');
    expect(await claimedPriceImports.claim(NOON + 59_000, 60_000, id)).toBeUndefined();

    server.clock.now += 60_000;
    await otherCopy().runToEnd(id, () => undefined);

    expect(await series(id)).toMatchObject({ rows: 7, import: { status: 'completed' } });
    const late = { startsAt: HOUR_AGO, endsAt: HOUR_AGO, rows: 1, data: Uint8Array.of(1) };
    expect(
      await claimedPriceImports.append(gone, late, { leasedUntil: NOON + 120_000, mostMegabytes: Infinity }),
    ).toBeUndefined();
    expect(await series(id)).toMatchObject({ rows: 7 });
  });

  it('ends where its owner has as many megabytes of prices as they may have, and keeps what it stored', async () => {
    const { id } = (await request({ from: at(1), to: at(7) })).json();

    const found = await otherCopy(0).runToEnd(id, () => undefined);

    expect(found).toMatchObject({ status: 'failed', error: expect.stringContaining('megabytes') });
    expect(await series(id)).toMatchObject({ rows: 0 });
    expect((await request({ from: at(1), to: at(7) })).statusCode).toBe(202);
  });

  it('makes the same series when its request is repeated', async () => {
    await context.server.priceImports.stop();
    const key = { headers: { 'idempotency-key': randomUUIDv7() } };
    const body = { accountId, instrument: 'EUR_USD', granularity: 'M1', from: at(0) };

    const [first, again] = [
      await ask('POST', '/price-series', body, key),
      await ask('POST', '/price-series', body, key),
    ];

    expect(again.statusCode).toBe(202);
    expect(again.json().id).toBe(first.json().id);
  });
});

describe('a series that is kept up to date', () => {
  // A turn is for everyone: those of the tests before are out of it.
  beforeEach(() =>
    context.server.database.updateTable('price_imports').set({ keeps_up_to_date: false }).execute(),
  );

  const kept = async (body: object = {}) => {
    const answer = await request({ to: undefined, keepUpToDate: true, ...body });
    const { id } = answer.json();
    await otherCopy().runToEnd(id, () => undefined);
    return id as string;
  };
  /** A turn of the job, while a copy of the server works on imports. */
  const topUp = async () => {
    const copy = otherCopy();
    copy.start();
    const { stores, clock } = context.server;
    const topUps = new PriceTopUps({ store: stores.priceTopUps, imports: copy, clock: () => clock.now });
    const count = await topUps.run(new AbortController().signal);
    await copy.stop();
    return count;
  };
  const typesOf = async () =>
    (await ask('GET', '/events?type=price-import-completed&type=price-import-failed')).json().items.length;
  const patch = (id: string, keepUpToDate: unknown) => ask('PATCH', `/price-series/${id}`, { keepUpToDate });

  it('gets what the broker has had since, once, without news each hour', async () => {
    const { server } = context;
    const id = await kept();
    const imported = await series(id);
    atBroker.history = [...atBroker.history, candle(8), candle(9)];
    server.clock.now += 3_600_000;

    const counts = [await topUp(), await topUp()];

    expect(imported).toMatchObject({ rows: 7, keepUpToDate: true, import: { toppedUpAt: null } });
    expect(counts).toEqual([1, 0]);
    const later = new Date(server.clock.now).toISOString();
    expect(await series(id)).toMatchObject({
      rows: 9,
      endsAt: at(9),
      keepUpToDate: true,
      import: { status: 'completed', to: later, toppedUpAt: later },
    });
    expect(await typesOf()).toBe(1);
  });

  it('waits for its turn when its person has several, and for the next one while an import of theirs runs', async () => {
    const { server } = context;
    const [one, other] = [await kept(), await kept()];
    server.clock.now += 3_600_000;
    atBroker.history = [...atBroker.history, candle(8)];
    const running = (await request()).json().id;
    const whileRunning = await server.stores.priceTopUps.begin(server.clock.now, server.clock.now);
    await otherCopy().runToEnd(running, () => undefined);

    expect(whileRunning).toBe(0);
    expect(await topUp()).toBe(2);
    expect([(await series(one)).rows, (await series(other)).rows]).toEqual([8, 8]);
  });

  it('is not to be deleted because another import has to wait until it was added to', async () => {
    const { server } = context;
    const id = await kept();
    server.clock.now += 3_600_000;
    await server.stores.priceTopUps.begin(server.clock.now, server.clock.now);
    const meanwhile = await request();
    await otherCopy().runToEnd(id, () => undefined);

    expect(meanwhile.json()).toMatchObject({ status: 409, detail: expect.stringContaining(id) });
    expect(meanwhile.json().detail).not.toContain('delete');
    expect((await request()).statusCode).toBe(202);
  });

  it('ends with the reason when that fails, and its person hears of it once', async () => {
    const { server } = context;
    const id = await kept();
    server.clock.now += 3_600_000;
    atBroker.failsAtPage = {
      page: atBroker.pagesRead,
      problem: new Problem('broker-token-refused', 'It was revoked.'),
    };
    await topUp();
    server.clock.now += 3_600_000;

    expect(await topUp()).toBe(0);
    expect(await series(id)).toMatchObject({
      rows: 7,
      keepUpToDate: false,
      import: { status: 'failed', error: 'It was revoked.' },
    });
    expect(await typesOf()).toBe(2);
  });

  it('is so from when its person says it until they take it back, and not where it makes no sense', async () => {
    const { server } = context;
    const id = await kept({ keepUpToDate: undefined });
    const begun = await patch(id, true);
    const given = await patch(id, false);
    server.clock.now += 3_600_000;

    expect([begun.json().keepUpToDate, given.json().keepUpToDate]).toEqual([true, false]);
    expect(await topUp()).toBe(0);
    expect((await request({ keepUpToDate: true })).json().errors).toMatchObject([
      { pointer: '/keepUpToDate' },
    ]);
    expect((await patch(id, 'yes')).json().errors).toMatchObject([{ pointer: '/keepUpToDate' }]);
    const stale = { headers: { 'if-match': String(begun.headers['etag']) } };
    expect((await ask('PATCH', `/price-series/${id}`, { keepUpToDate: true }, stale)).statusCode).toBe(412);
    const file = await ask('POST', '/price-series?instrument=EUR_USD', Buffer.from(longQuoteFile(60)), {
      headers: { 'content-type': 'text/csv' },
    });
    expect((await patch(file.json().id, true)).json()).toMatchObject({ status: 409, code: 'not-imported' });
    expect((await series(file.json().id)).keepUpToDate).toBeNull();
  });
});

it('a page that is stored while the series is deleted waits for that, or it for the page, and never each for the other', async () => {
  const { server } = context;
  const { claimedPriceImports, priceSeries } = server.stores;
  const { id } = (await request()).json();
  const claim = present(await claimedPriceImports.claim(NOON, 60_000, id), 'the import');
  const query = (sql: string) => server.orm.em.fork().execute(sql);
  const waiting = async (count: number) => {
    await expect.poll(() => waitingForLocks(query)).toBe(count);
  };
  const [held, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const holding = server.database.transaction().execute(async (db) => {
    await db.selectFrom('price_imports').select('id').where('id', '=', id).forUpdate().execute();
    held.resolve();
    await released.promise;
  });
  await held.promise;

  const page = { leasedUntil: NOON + 60_000, mostMegabytes: Infinity };
  const appending = claimedPriceImports.append(claim, candleChunk(atBroker.history), page);
  await waiting(1);
  const deleting = priceSeries.deleteOf(user.id, id);
  await waiting(2);
  released.resolve();
  await holding;

  expect(await appending).toMatchObject({ rows: 7 });
  expect(await deleting).toBe('deleted');
});
