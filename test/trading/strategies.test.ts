import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { useServer } from '../support/test-server.ts';
import { waitingForLocks } from '../support/lock-waits.ts';
import { addTrader } from '../support/trading-client.ts';
import { until } from '../support/until.ts';

const context = useServer();

const EMA_CROSS = { name: 'Crossing', strategyType: 'ema_cross', instrument: 'EUR_USD' };

async function owner() {
  const trader = await addTrader(context.server);
  return {
    ...trader,
    create: (body: object = {}, headers: Record<string, string> = {}) =>
      trader.ask('POST', '/strategies', { accountId: trader.accountId, ...EMA_CROSS, ...body }, { headers }),
  };
}

/** A strategy that was made, and a function that moves it. */
async function strategy(body: object = {}) {
  const trader = await owner();
  const created = await trader.create(body);
  if (created.statusCode !== 201) throw new Error(created.body);
  const id: string = created.json().id;
  return {
    ...trader,
    id,
    path: `/strategies/${id}`,
    move: (step: string, payload?: object) => trader.ask('POST', `/strategies/${id}/${step}`, payload),
  };
}

/** Locks the row of a strategy, so that those who change it wait, in the order in which they come. */
async function lockStrategy(id: string) {
  const { orm } = context.server;
  const locked = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const transaction = orm.em.fork().transactional(async (em) => {
    await em.execute('select 1 from strategies where id = ? for update', [id]);
    locked.resolve();
    await released.promise;
  });
  await locked.promise;
  const query = (sql: string) => orm.em.getConnection().execute(sql);
  return {
    isWaitedFor: (count: number) =>
      until(`${count} wait for it`, async () => (await waitingForLocks(query)) >= count),
    release: async () => {
      released.resolve();
      await transaction;
    },
  };
}

describe('a strategy that cannot be made', () => {
  it.each([
    ['an unknown type', { strategyType: 'martingale' }, '/strategyType', /strategy-types/],
    ['an unknown instrument', { instrument: 'EUR_XXX' }, '/instrument', /EUR_XXX/],
    ['no name', { name: ' ' }, '/name', /./],
    ['an unknown parameter', { parameters: { speed: 3 } }, '/parameters/speed', /unknown; known are/],
    ['a parameter below its bound', { parameters: { fast: 0 } }, '/parameters/fast', /at least/],
    ['a parameter above its bound', { parameters: { slow: 1_000_000 } }, '/parameters/slow', /at most/],
    ['a parameter of another kind', { parameters: { fast: '12' } }, '/parameters/fast', /whole number/],
    [
      'parameters that do not fit each other',
      { parameters: { fast: 50, slow: 20 } },
      expect.stringMatching(/fast|slow/),
      /./,
    ],
    ['parameters that are a list', { parameters: [] }, '/parameters', /./],
    ['an account that is no id', { accountId: 'mine' }, '/accountId', 'must be a UUID'],
    ['an unknown field', { status: 'running' }, '/status', 'is not known here'],
  ])('is refused with a pointer: %s', async (_case, wrong, pointer, detail) => {
    const { create } = await owner();

    const answer = await create(wrong);

    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({ type: '/problems/invalid-request' });
    expect(answer.json().errors[0]).toEqual({
      pointer,
      detail: typeof detail === 'string' ? detail : expect.stringMatching(detail),
    });
  });

  it('is one on an account that is not mine, or not there', async () => {
    const { create } = await owner();
    const other = await owner();

    expect((await create({ accountId: other.accountId })).statusCode).toBe(404);
    expect((await create({ accountId: randomUUID() })).statusCode).toBe(404);
  });
});

describe('a strategy', () => {
  it('is made stopped, with all its parameters', async () => {
    const { create, ask, accountId } = await owner();

    const answer = await create({ parameters: { fast: 5, slow: 30, granularity: 'M5' } });

    expect(answer.statusCode).toBe(201);
    const made = answer.json();
    expect(answer.headers.location).toBe(`/api/v1/strategies/${made.id}`);
    expect(made).toMatchObject({
      accountId,
      ...EMA_CROSS,
      parameters: { fast: 5, slow: 30, granularity: 'M5', units: expect.any(Number) },
      parametersVersion: expect.any(Number),
      status: 'stopped',
      statusReason: null,
      startedAt: null,
      stoppedAt: null,
    });
    expect((await ask('GET', `/strategies/${made.id}`)).json()).toEqual(made);
    expect((await ask('GET', `/strategies?accountId=${accountId}`)).json()).toEqual({
      items: [made],
      nextCursor: null,
    });
  });

  it('is made once, however often its request is repeated', async () => {
    const { create, ask } = await owner();
    const headers = { 'idempotency-key': randomUUID() };

    const [first, second] = [await create({}, headers), await create({}, headers)];

    expect(second.body).toBe(first.body);
    expect((await ask('GET', '/strategies')).json().items).toHaveLength(1);
  });

  it('starts, pauses, resumes and stops', async () => {
    const { move } = await strategy();

    expect((await move('start')).json()).toMatchObject({
      status: 'running',
      startedAt: expect.stringMatching(/Z$/),
      stoppedAt: null,
      // There are no stored prices: it warms up on the candles to come.
      warmUp: { seen: 0, needed: 27 },
    });
    expect((await move('pause')).json()).toMatchObject({ status: 'paused' });
    expect((await move('resume')).json()).toMatchObject({ status: 'running' });
    expect((await move('stop', { mode: 'keep' })).json()).toMatchObject({
      status: 'stopped',
      stoppedAt: expect.stringMatching(/Z$/),
    });
    expect((await move('start')).json()).toMatchObject({ status: 'running' });
  });

  it.each(['running', 'paused'])('that is %s and holds nothing is drained at once', async (status) => {
    const { move, id, ask } = await strategy();
    await move('start');
    if (status === 'paused') await move('pause');

    expect((await move('stop', { mode: 'drain' })).json()).toMatchObject({ status: 'stopped' });
    await until('the journal has all of it', async () => {
      const { items } = (await ask('GET', `/events?strategyId=${id}&limit=500`)).json();
      const types = items.map(({ type }: { type: string }) => type);
      return types.slice(-3).join() === 'strategy-draining,strategy-stopping,strategy-stopped';
    });
    expect((await move('start')).json()).toMatchObject({ status: 'running' });
  });

  it.each([
    ['pause', 'stopped', ['starting']],
    ['resume', 'stopped', ['starting']],
    ['stop', 'stopped', ['starting']],
    ['start', 'running', ['paused', 'draining', 'stopping']],
    ['resume', 'running', ['paused', 'draining', 'stopping']],
    ['pause', 'paused', ['running', 'draining', 'stopping']],
    ['start', 'paused', ['running', 'draining', 'stopping']],
  ])('refuses to %s while it is %s, and names what is possible', async (step, status, allowed) => {
    const { move } = await strategy();
    if (status !== 'stopped') await move('start');
    if (status === 'paused') await move('pause');

    const answer = await move(step, step === 'stop' ? { mode: 'keep' } : undefined);

    expect(answer.statusCode).toBe(409);
    expect(answer.json()).toMatchObject({
      type: '/problems/invalid-transition',
      detail: `The strategy is ${status}; from there it can become ${allowed.join(' or ')}.`,
      facts: { allowed },
    });
  });

  it.each([undefined, {}, { mode: 'leave' }, { mode: 'keep', at: 'once' }])(
    'is not stopped by the body %j',
    async (body) => {
      const { move } = await strategy();
      await move('start');

      expect((await move('stop', body)).statusCode).toBe(400);
    },
  );

  it('is the only active one on its account and instrument', async () => {
    const { create, ask, move } = await strategy();
    const second = (await create({ name: 'Another' })).json();
    const elsewhere = (await create({ name: 'Yen', instrument: 'USD_JPY' })).json();
    await move('start');

    const refused = await ask('POST', `/strategies/${second.id}/start`);

    expect(refused.statusCode).toBe(409);
    expect(refused.json()).toMatchObject({ type: '/problems/instrument-in-use' });
    expect((await ask('GET', `/strategies/${second.id}`)).json()).toMatchObject({ status: 'stopped' });
    expect((await ask('POST', `/strategies/${elsewhere.id}/start`)).statusCode).toBe(200);
    await move('stop', { mode: 'keep' });
    expect((await ask('POST', `/strategies/${second.id}/start`)).statusCode).toBe(200);
  });

  it('that is started many times at once starts once, and the other requests are refused', async () => {
    const { move } = await strategy();

    const answers = await Promise.all(Array.from({ length: 6 }, () => move('start')));

    const started = answers.filter(({ statusCode }) => statusCode === 200);
    expect(started).toHaveLength(1);
    expect(answers.filter(({ statusCode }) => statusCode === 409)).toHaveLength(5);
    expect((await move('stop', { mode: 'keep' })).json()).toMatchObject({ status: 'stopped' });
  });

  it('of which two start at once on one instrument is one of the two', async () => {
    const { create, ask, id } = await strategy();
    const other = (await create({ name: 'Another' })).json().id;

    const answers = await Promise.all([id, other].map((each) => ask('POST', `/strategies/${each}/start`)));

    expect(new Set(answers.map(({ statusCode }) => statusCode))).toEqual(new Set([200, 409]));
  });

  it('is changed and removed only while it is not active', async () => {
    const { ask, path, move } = await strategy();
    await move('start');
    const early = [await ask('PATCH', path, { name: 'New' }), await ask('DELETE', path)];
    await move('stop', { mode: 'keep' });

    const changed = await ask('PATCH', path, { name: 'New', parameters: { fast: 3, slow: 9 } });
    const wrong = await ask('PATCH', path, { parameters: { fast: 0 } });
    const nothing = await ask('PATCH', path, {});
    const removed = await ask('DELETE', path);

    expect(early.map(({ statusCode }) => statusCode)).toEqual([409, 409]);
    expect(changed.json()).toMatchObject({ name: 'New', parameters: { fast: 3, slow: 9 } });
    expect(wrong.json().errors).toMatchObject([{ pointer: '/parameters/fast' }]);
    expect(nothing.statusCode).toBe(400);
    expect(removed.statusCode).toBe(204);
    expect((await ask('GET', path)).statusCode).toBe(404);
  });

  it.each([
    ['is removed', 'DELETE', undefined],
    ['is changed', 'PATCH', { parameters: { fast: 3, slow: 9 } }],
  ] as const)('that is just starting is not what %s', async (_what, method, body) => {
    const { ask, path, move, id } = await strategy();
    const { release, isWaitedFor } = await lockStrategy(id);

    const starting = move('start');
    await isWaitedFor(1);
    const asked = ask(method, path, body);
    await isWaitedFor(2);
    await release();

    expect((await starting).statusCode).toBe(200);
    expect((await asked).json()).toMatchObject({
      type: '/problems/conflict',
      detail: expect.stringMatching(/^The strategy is (starting|running)\. Stop it/),
    });
    expect((await ask('GET', path)).json()).toMatchObject({ status: 'running', warmUp: { needed: 27 } });
  });

  it('that starts just after a change starts with what it was changed to', async () => {
    const { ask, path, move, id } = await strategy();
    const { release, isWaitedFor } = await lockStrategy(id);

    const changing = ask('PATCH', path, { parameters: { fast: 3, slow: 9 } });
    await isWaitedFor(1);
    const starting = move('start');
    await isWaitedFor(2);
    await release();

    expect((await changing).statusCode).toBe(200);
    expect((await starting).json()).toMatchObject({
      status: 'running',
      parameters: { fast: 3, slow: 9 },
      warmUp: { needed: 10 },
    });
  });

  it('remembers something while it runs and after it, and nothing before', async () => {
    const { ask, path, move, id, accountId } = await strategy();
    const before = await ask('GET', `${path}/state`);
    await move('start');
    await context.server.quote('EUR_USD', 110_020, 110_030);

    const live = await ask('GET', `${path}/state`);
    await context.server.supervisor.dismiss(accountId);
    const stored = await ask('GET', `${path}/state`);

    expect(before.json()).toEqual({
      strategyId: id,
      status: 'stopped',
      source: 'none',
      stateVersion: expect.any(Number),
      state: null,
    });
    expect(live.json()).toMatchObject({ status: 'running', source: 'live', state: expect.anything() });
    expect(stored.json()).toEqual({ ...live.json(), source: 'stored' });
  });
});

describe('a strategy whose market is closed', () => {
  it('waits for the market, and says when it opens', async () => {
    const { ask, path, move } = await strategy();
    const seen = async () => (await ask('GET', path)).json();
    await move('start');
    expect(await seen()).toMatchObject({ statusReason: null, marketOpensAt: null });

    // Saturday.
    context.server.market.now = Date.UTC(2026, 0, 10, 12);

    const waits = { statusReason: 'waiting for the market', marketOpensAt: '2026-01-11T22:03:00.000Z' };
    expect(await seen()).toMatchObject({ status: 'running', ...waits });
    expect((await move('pause')).json()).toMatchObject({ status: 'paused', ...waits });
    await move('stop', { mode: 'keep' });
    expect(await seen()).toMatchObject({ status: 'stopped', marketOpensAt: null });
  });
});
