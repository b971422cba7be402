import { Type } from 'typebox';
import { describe, expect, it } from 'vitest';
import { Problem } from '../../src/core/shared/problem.ts';
import type { App } from '../../src/http/route.ts';
import { useServer } from '../support/test-server.ts';
import type { TestUser } from '../support/test-server.ts';

/** What the route below does next; each test says so. */
let work: (id: string) => Promise<void> = async () => undefined;
/** The ids under which the route made something. */
const made: string[] = [];

function registerMakingRoute(app: App): void {
  app.post('/things', {
    config: { access: 'user', isIdempotent: true, problems: ['order-denied'] },
    schema: {
      operationId: 'makeThing',
      summary: 'For tests',
      tags: ['health'],
      body: Type.Object(
        {
          name: Type.String(),
          size: Type.Optional(Type.Integer()),
          password: Type.Optional(Type.String()),
          code: Type.Optional(Type.String()),
        },
        { additionalProperties: false },
      ),
      response: { 201: Type.Object({ zone: Type.String(), id: Type.String(), age: Type.Integer() }) },
    },
    handler: async (request, reply) => {
      made.push(request.reservedId);
      await work(request.reservedId);
      return reply
        .code(201)
        .header('location', `/api/v1/things/${request.reservedId}`)
        .send({ zone: 'z', id: request.reservedId, age: 1 });
    },
  });
}

const context = useServer({ routes: [registerMakingRoute] });

interface Call {
  readonly key?: string;
  readonly payload?: object;
}

async function start(how: typeof work = async () => undefined) {
  const user = await context.server.addUser();
  work = how;
  made.length = 0;
  return user;
}

async function post(user: TestUser, { key, payload = { name: 'a' } }: Call) {
  return context.server.app.inject({
    method: 'POST',
    url: '/api/v1/things',
    headers: { ...user.headers, ...(key === undefined ? {} : { 'idempotency-key': key }) },
    payload,
  });
}

const LEASE_MS = 60_000;

describe('a request under an Idempotency-Key', () => {
  it.each([
    ['an empty key', ''],
    ['a key of 256 characters', 'k'.repeat(256)],
    ['a key with a space', 'a b'],
  ])('is refused with %s', async (_what, key) => {
    const user = await start();

    const answer = await post(user, { key });

    expect(answer.statusCode).toBe(400);
    expect(answer.json().errors[0].pointer).toBe('/idempotency-key');
    expect(made).toEqual([]);
  });

  it('is done once and answered the same, to the byte, marked as replayed', async () => {
    const user = await start();

    const first = await post(user, { key: 'k'.repeat(255) });
    const second = await post(user, { key: 'k'.repeat(255) });

    expect([first.statusCode, second.statusCode]).toEqual([201, 201]);
    expect(second.body).toBe(first.body);
    expect(second.headers.location).toBe(`/api/v1/things/${made[0]}`);
    expect(second.headers['content-type']).toBe(first.headers['content-type']);
    expect([first.headers['idempotent-replayed'], second.headers['idempotent-replayed']]).toEqual([
      undefined,
      'true',
    ]);
    expect(made).toHaveLength(1);
  });

  it('is the same request when only the order of its fields differs, and another one when anything else does', async () => {
    const user = await start();
    await post(user, { key: 'one', payload: { name: 'a', size: 1 } });

    const same = await post(user, { key: 'one', payload: { size: 1, name: 'a' } });
    const other = await post(user, { key: 'one', payload: { name: 'a', size: 2 } });

    expect(same.statusCode).toBe(201);
    expect(other.statusCode).toBe(409);
    expect(other.json().type).toBe('/problems/idempotency-conflict');
    expect(made).toHaveLength(1);
  });

  it('is the same request with another code of the second factor, and its password leaves no trace', async () => {
    const proof = (code: string) => ({ name: 'a', password: 'correct horse battery', code });
    const [user, other] = [await start(), await start()];
    const first = await post(user, { key: 'one', payload: proof('111111') });
    const again = await post(user, { key: 'one', payload: proof('222222') });
    await post(other, { key: 'one', payload: { name: 'a' } });

    const hashes = await context.server.orm.em.execute(
      `select distinct request_hash from idempotency_keys where user_id in ('${user.id}', '${other.id}')`,
    );

    expect(again.body).toBe(first.body);
    expect(made).toHaveLength(2);
    expect(hashes).toHaveLength(1);
  });

  it('is another request for another person', async () => {
    const [user, other] = [await start(), await start()];

    await post(user, { key: 'one' });
    const answer = await post(other, { key: 'one', payload: { name: 'b' } });

    expect(answer.statusCode).toBe(201);
    expect(made).toHaveLength(2);
  });

  it('is done once when it comes many times at once; the others are refused for the moment', async () => {
    const user = await start();
    const finish = Promise.withResolvers<void>();
    work = () => finish.promise;

    const calls = Array.from({ length: 8 }, () => post(user, { key: 'one' }));
    const waiting = await Promise.race(calls);
    finish.resolve();
    const answers = await Promise.all(calls);

    expect(waiting.statusCode).toBe(409);
    expect(waiting.json().type).toBe('/problems/request-in-progress');
    expect(waiting.headers['retry-after']).toBe('2');
    expect(made).toHaveLength(1);
    const statuses = answers.map((answer) => answer.statusCode);
    expect(statuses.every((status) => status === 201 || status === 409)).toBe(true);
    expect((await post(user, { key: 'one' })).statusCode).toBe(201);
    expect(made).toHaveLength(1);
  });

  it('may be fixed under the same key when it was not valid', async () => {
    const user = await start();

    const wrong = await post(user, { key: 'one', payload: { name: 5 } });
    const right = await post(user, { key: 'one', payload: { name: 'a' } });

    expect([wrong.statusCode, right.statusCode]).toEqual([400, 201]);
  });

  it('may be fixed under the same key when it was refused before anything was made', async () => {
    const user = await start(async () => {
      throw new Problem('not-found', 'There is no such account.');
    });

    const refused = await post(user, { key: 'one' });
    work = async () => undefined;
    const right = await post(user, { key: 'one', payload: { name: 'b' } });

    expect([refused.statusCode, right.statusCode]).toEqual([404, 201]);
  });

  it('stays denied when it was denied', async () => {
    const user = await start(async () => {
      throw new Problem('order-denied', 'Too wide.', { code: 'spread-too-wide' });
    });

    const first = await post(user, { key: 'one' });
    work = async () => undefined;
    const second = await post(user, { key: 'one' });

    expect(second.statusCode).toBe(422);
    expect(second.body).toBe(first.body);
    expect(second.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(made).toHaveLength(1);
  });

  it('continues under the same id at once when it failed half-way', async () => {
    const user = await start(async () => {
      throw new Error('the connection broke after the order was sent');
    });

    const failed = await post(user, { key: 'one' });
    work = async () => undefined;
    const repeated = await post(user, { key: 'one' });

    expect([failed.statusCode, repeated.statusCode]).toEqual([500, 201]);
    expect(made).toHaveLength(2);
    expect(made[1]).toBe(made[0]);
    expect(repeated.json().id).toBe(made[0]);
  });

  it('keeps its id when a repetition is refused: the first attempt may have made something', async () => {
    const user = await start(async () => {
      throw new Error('half-way');
    });
    await post(user, { key: 'one' });
    work = async () => {
      throw new Problem('conflict', 'Not now.');
    };
    await post(user, { key: 'one' });
    work = async () => undefined;
    await post(user, { key: 'one' });

    expect(new Set(made).size).toBe(1);
    expect(made).toHaveLength(3);
  });

  it('is taken over with the same id a minute after the process that worked on it was lost, and not before', async () => {
    const user = await start();
    const { clock, idempotency, database } = context.server;
    // What a crash leaves behind: a claim that no process works on.
    await post(user, { key: 'one' });
    await database
      .updateTable('idempotency_keys')
      .set({ state: 'in_progress', status: null, body: null })
      .where('user_id', '=', user.id)
      .execute();

    clock.now += LEASE_MS - 1;
    const early = await post(user, { key: 'one' });
    clock.now += 1;
    // The one that takes over works until the other was answered: run one after the other, both would be answered 201.
    const finish = Promise.withResolvers<void>();
    work = () => finish.promise;
    const calls = [post(user, { key: 'one' }), post(user, { key: 'one' })];
    const refused = await Promise.race(calls);
    finish.resolve();
    const late = await Promise.all(calls);

    expect(early.statusCode).toBe(409);
    expect(refused.statusCode).toBe(409);
    expect(late.map((answer) => answer.statusCode).sort((a, b) => a - b)).toEqual([201, 409]);
    expect(made).toHaveLength(2);
    expect(made[1]).toBe(made[0]);
    expect(await idempotency.removeExpired()).toBe(0);
  });

  it('does not release a claim that another process has taken over', async () => {
    const user = await start();
    const { clock, idempotency } = context.server;
    const request = { userId: user.id, key: 'one', route: 'POST /things', requestHash: 'h' };
    const lost = await idempotency.begin(request);
    clock.now += LEASE_MS;
    const taken = await idempotency.begin(request);
    if (lost.kind !== 'work' || taken.kind !== 'work') throw new Error('both work');

    await idempotency.giveUp(lost);
    await idempotency.refuse(lost);

    expect(taken.reservedId).toBe(lost.reservedId);
    await expect(idempotency.begin(request)).rejects.toMatchObject({ type: 'request-in-progress' });
  });

  it('is a new request after 24 hours, with another id', async () => {
    const user = await start();
    const { clock } = context.server;
    await post(user, { key: 'one' });

    clock.now += 24 * 3_600_000;
    const answer = await post(user, { key: 'one', payload: { name: 'b' } });

    expect(answer.statusCode).toBe(201);
    expect(new Set(made).size).toBe(2);
  });

  it('is forgotten by the database when it ran out', async () => {
    const user = await start();
    const { clock, idempotency, database } = context.server;
    await post(user, { key: 'one' });

    clock.now += 24 * 3_600_000;
    await idempotency.removeExpired();

    expect(
      await database.selectFrom('idempotency_keys').select('id').where('user_id', '=', user.id).execute(),
    ).toEqual([]);
  });
});

describe('a request without a key', () => {
  it('is done as often as it comes, each time under a new id', async () => {
    const user = await start();

    await post(user, {});
    await post(user, {});

    expect(new Set(made).size).toBe(2);
  });
});
