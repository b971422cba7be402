/** `ETag` and `If-Match`, at every route that changes a thing. */
import { beforeAll, describe, expect, it } from 'vitest';
import { present } from '../../src/core/shared/assert.ts';
import { addOwner, administeredThings } from '../support/requests/owned-things.ts';
import { listRoutes } from '../support/requests/listed-routes.ts';
import { changedTables, tablePrinter } from '../support/requests/table-prints.ts';
import { useServer } from '../support/test-server.ts';
import { addTrader } from '../support/trading-client.ts';

const { routes, register } = listRoutes();
const context = useServer({ routes: [register] });

const CALENDAR = 'time,currency\n2026-03-06T13:30:00Z,USD\n';
/** Two changes that differ, for each route. */
const CHANGES: Readonly<Record<string, readonly [object | string, object | string]>> = {
  changeMe: [{ firstName: 'Hana' }, { firstName: 'Emi' }],
  changeSettings: [{ defaultUnits: 5_000 }, { defaultUnits: 6_000 }],
  changeNotificationSettings: [{ digestAt: '07:30' }, { digestAt: '08:30' }],
  changeNotificationChannel: [{ name: 'First' }, { name: 'Second' }],
  changeAccount: [{ limits: { maxOrderUnits: 5_000 } }, { leverage: 20 }],
  putNewsCalendar: [CALENDAR, CALENDAR.replace('USD', 'EUR')],
  changeStrategy: [{ name: 'First' }, { name: 'Second' }],
  replaceOrder: [{ price: '1.04' }, { price: '1.03' }],
  protectPosition: [{ stopLoss: '1.04' }, { stopLoss: '1.03' }],
  renamePriceSeriesOfPerson: [{ source: 'First' }, { source: 'Second' }],
  changeServerSettings: [{ journalDays: 400 }, { journalDays: 401 }],
  // Ends the sessions of the person.
  changeUser: [{ role: 'admin' }, { isActive: false }],
};
const NAMES = Object.keys(CHANGES);
/** `test/prices/broker-imports.test.ts` changes a series that a broker has filled. */
const ELSEWHERE = ['changePriceSeries'];
/** Where a thing is read whose change has an address of its own. */
const READ_AT: Readonly<Record<string, string>> = { '/accounts/:id/news-calendar': '/accounts/:id' };

type World = Awaited<ReturnType<typeof openWorld>>;

async function openWorld() {
  const { server } = context;
  const owner = await addOwner(server);
  const administrator = await server.addUser('admin');
  const ids = new Map([...owner.idsByKind, ...administeredThings(owner, '')]);
  const send = async (
    name: string,
    method: 'GET' | 'change',
    payload?: object | string,
    ifMatch?: string,
  ) => {
    const route = present(
      routes.find((one) => one.name === name),
      `the route ${name}`,
    );
    const path = method === 'GET' ? (READ_AT[route.path] ?? route.path) : route.path;
    const kind = route.path.slice(1).split('/:id', 1)[0] ?? '';
    const { headers } = route.access === 'admin' ? administrator : owner.user;
    return server.app.inject({
      method: method === 'GET' ? 'GET' : route.method,
      url: `/api/v1${path.replace(':id', ids.get(kind) ?? '')}`,
      headers: {
        ...headers,
        ...(typeof payload === 'string' && { 'content-type': 'text/csv' }),
        ...(ifMatch !== undefined && { 'if-match': ifMatch }),
      },
      ...(payload !== undefined && { payload }),
    });
  };
  return {
    read: (name: string) => send(name, 'GET'),
    change: (name: string, payload: object | string, ifMatch?: string) =>
      send(name, 'change', payload, ifMatch),
  };
}

const changesOf = (name: string) => present(CHANGES[name], 'two changes');

let world: World;
beforeAll(async () => {
  world = await openWorld();
});

it('is at every route that changes a thing', () => {
  const changing = routes.filter(({ method }) => method === 'PATCH' || method === 'PUT');

  expect(changing.map(({ name }) => name).toSorted()).toEqual([...NAMES, ...ELSEWHERE].toSorted());
});

describe('a change that names a version', () => {
  it.each(NAMES)('changes nothing when it is not the present one: %s', async (name) => {
    const print = await tablePrinter(context.server.orm);
    const before = await print();

    const answer = await world.change(name, changesOf(name)[0], '"another"');

    expect(answer.statusCode, answer.body).toBe(412);
    expect(answer.json()).toMatchObject({ type: '/problems/precondition-failed' });
    expect(changedTables(before, await print())).toEqual([]);
  });

  it.each(NAMES)('is made once when two name the same one at once: %s', async (name) => {
    const { etag } = (await world.read(name)).headers;
    const [first, second] = changesOf(name);

    const answers = await Promise.all([world.change(name, first, etag), world.change(name, second, etag)]);

    const statuses = answers.map(({ statusCode }) => statusCode).toSorted((one, other) => one - other);
    expect(statuses, answers.map(({ body }) => body).join('\n')).toEqual([
      name === 'replaceOrder' ? 201 : 200,
      412,
    ]);
    const now = await world.read(name);
    const made = answers.find(({ statusCode }) => statusCode < 300);
    expect(now.headers.etag).not.toBe(etag);
    // The answer of a replaced order is another order.
    if (name !== 'replaceOrder') expect(made?.headers.etag).toBe(now.headers.etag);
  });
});

describe('the version of a thing', () => {
  const traderWithTag = async () => {
    const trader = await addTrader(context.server);
    const path = `/accounts/${trader.accountId}`;
    const tag = async () => String((await trader.ask('GET', path)).headers.etag);
    const change = (ifMatch: string) =>
      trader.ask('PATCH', path, { name: 'Mine now' }, { headers: { 'if-match': ifMatch } });
    return { ...trader, tag, change };
  };

  it('stays the same when prices move and orders fill', async () => {
    const { tag, order } = await traderWithTag();
    const before = await tag();
    await order();
    await context.server.quote('EUR_USD', 110_500, 110_510);

    expect(await tag()).toBe(before);
  });

  it.each([
    ['among others', (tag: string) => `"other", ${tag}`],
    ['marked as weak by a proxy that compresses', (tag: string) => `W/${tag}`],
    ['any', () => '*'],
  ])('may be named: %s', async (_how, named) => {
    const { tag, change } = await traderWithTag();

    expect((await change(named(await tag()))).statusCode).toBe(200);
  });

  it('is refused without its quotation marks', async () => {
    const { tag, change } = await traderWithTag();

    const answer = await change((await tag()).replaceAll('"', ''));

    expect(answer.statusCode).toBe(400);
    expect(answer.json().errors).toMatchObject([{ pointer: '/if-match' }]);
  });

  it('need not be named', async () => {
    const { ask, accountId } = await traderWithTag();

    expect((await ask('PATCH', `/accounts/${accountId}`, { name: 'Mine now' })).statusCode).toBe(200);
  });
});
