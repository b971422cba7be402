/** Another user's things are not found, on every route that takes an id. */
import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { useServer } from '../support/test-server.ts';
import { addTrader, askerFor } from '../support/trading-client.ts';
import type { App } from '../../src/http/route.ts';

const TRADING = /^\/api\/v1\/(accounts|strategies|orders|positions|trades)\/:id/;
const BODIES: Readonly<Record<string, object>> = {
  'PATCH /accounts/:id': { name: 'Mine now' },
  'PATCH /strategies/:id': { name: 'Mine now' },
  'POST /strategies/:id/stop': { mode: 'close' },
  'PATCH /orders/:id': { price: '1.01' },
  'PATCH /positions/:id': { stopLoss: '1.01' },
  'PUT /accounts/:id/news-calendar': Buffer.from('time,currency\n2026-03-06T13:30:00Z,USD\n'),
};

const routes: { method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'; path: string }[] = [];

function listenForRoutes(app: App): void {
  app.addHook('onRoute', ({ method, url }) => {
    if (TRADING.test(url)) routes.push({ method: String(method) as 'GET', path: url.replace('/api/v1', '') });
  });
}

/** What the routes need that cannot be asked without a query. */
const QUERIES: Readonly<Record<string, string>> = { 'GET /strategies/:id/drift': '?date=2026-03-02' };

const context = useServer({ routes: [listenForRoutes] });
const idsByKind = new Map<string, string>();
let owner: Awaited<ReturnType<typeof addTrader>>;
let stranger: ReturnType<typeof askerFor>;

beforeAll(async () => {
  const { server } = context;
  owner = await addTrader(server);
  stranger = askerFor(server, await server.addUser());
  const { ask, accountId, order } = owner;
  const strategy = await ask('POST', '/strategies', {
    accountId,
    name: 'Mine',
    strategyType: 'ema_cross',
    instrument: 'EUR_USD',
  });
  const resting = await order({ type: 'limit', price: '1.05' });
  await order();
  const position = (await ask('GET', '/positions')).json().items[0];
  await ask('POST', `/positions/${position.id}/close`, { units: 1 });
  const trade = (await ask('GET', '/trades')).json().items[0];
  idsByKind.set('accounts', accountId);
  idsByKind.set('strategies', strategy.json().id);
  idsByKind.set('orders', resting.json().id);
  idsByKind.set('positions', position.id);
  idsByKind.set('trades', trade.id);
});

async function askEverything(ask: ReturnType<typeof askerFor>, idOf: (kind: string) => string) {
  const answers = [];
  for (const { method, path } of routes) {
    const kind = path.split('/')[1] ?? '';
    const body = BODIES[`${method} ${path}`];
    const query = QUERIES[`${method} ${path}`] ?? '';
    const headers: Record<string, string> = body instanceof Buffer ? { 'content-type': 'text/csv' } : {};
    const { statusCode } = await ask(method, path.replace(':id', idOf(kind)) + query, body, { headers });
    answers.push(`${method} ${path} ${statusCode}`);
  }
  return answers;
}

async function stateOfOwner() {
  const { ask, accountId } = owner;
  const paths = [`/accounts/${accountId}`, '/strategies', '/orders', '/positions', '/trades'];
  const answers = await Promise.all(paths.map((path) => ask('GET', path)));
  // The snapshot is of this moment, for any caller.
  return answers.map((answer) => ({ ...answer.json(), money: undefined }));
}

describe('every route that takes an id', () => {
  it('is among those that are asked here', () => {
    expect(routes.length).toBeGreaterThanOrEqual(20);
    expect(
      [...Object.keys(BODIES), ...Object.keys(QUERIES)].filter(
        (name) => !routes.some(({ method, path }) => `${method} ${path}` === name),
      ),
    ).toEqual([]);
  });

  it('finds nothing for a stranger, and changes nothing', async () => {
    const before = await stateOfOwner();

    const answers = await askEverything(stranger, (kind) => idsByKind.get(kind) ?? '');

    expect(answers.filter((answer) => !answer.endsWith(' 404'))).toEqual([]);
    expect(await stateOfOwner()).toEqual(before);
  });

  it('finds nothing where nothing is', async () => {
    const answers = await askEverything(owner.ask, () => randomUUID());

    expect(answers.filter((answer) => !answer.endsWith(' 404'))).toEqual([]);
  });

  it.each([
    '7',
    'me',
    '00000000-0000-0000-0000-00000000000g',
    '%00',
    '0198c9d2-1c5e-7000-8000-000000000000;drop',
  ])('refuses %s, which is no UUID', async (id) => {
    const answers = await askEverything(owner.ask, () => id);

    expect(answers.filter((answer) => !answer.endsWith(' 400'))).toEqual([]);
  });

  it('wants to know who asks', async () => {
    const anonymous = (method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string) =>
      context.server.app.inject({ method, url: `/api/v1${path}` });

    const answers = await askEverything(anonymous, (kind) => idsByKind.get(kind) ?? '');

    expect(answers.filter((answer) => !answer.endsWith(' 401'))).toEqual([]);
  });
});

describe("what is made on another user's account", () => {
  it.each([
    ['an order', 'POST', '/orders', { instrument: 'EUR_USD', side: 'buy', type: 'market', units: 1 }],
    [
      'a strategy',
      'POST',
      '/strategies',
      { name: 'Theirs', strategyType: 'ema_cross', instrument: 'EUR_USD' },
    ],
  ] as const)('is not: %s', async (_case, method, path, body) => {
    expect((await stranger(method, path, { ...body, accountId: idsByKind.get('accounts') })).statusCode).toBe(
      404,
    );
  });

  it('cannot be summed up', async () => {
    expect((await stranger('GET', `/net-positions?accountId=${idsByKind.get('accounts')}`)).statusCode).toBe(
      404,
    );
  });
});

describe('lists', () => {
  it.each(['orders', 'positions', 'trades', 'strategies', 'events'])(
    'of %s show a stranger nothing of an account by its id',
    async (list) => {
      const { items } = (await stranger('GET', `/${list}?accountId=${idsByKind.get('accounts')}`)).json();

      expect(items).toEqual([]);
    },
  );
});
