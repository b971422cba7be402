import { DENIALS } from '../../src/core/domain/denial-catalogue.ts';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { Type } from 'typebox';
import { describe, expect, it } from 'vitest';
import { Problem, PROBLEM_TYPES } from '../../src/core/shared/problem.ts';
import type { App } from '../../src/http/route.ts';
import { signUp, useServer } from '../support/test-server.ts';

/** Routes for what no real route does. */
function registerOddRoutes(app: App): void {
  const described = (operationId: string) => ({ operationId, summary: 'For tests', tags: ['health'] });
  app.get('/odd/broken', {
    config: { access: 'public' },
    schema: { ...described('broken'), response: { 200: Type.Null() } },
    handler: () => {
      throw new Error('the password of the database is hunter2', { cause: new TypeError('deep inside') });
    },
  });
  app.get('/odd/away', {
    config: { access: 'public' },
    schema: { ...described('away'), response: { 200: Type.Null() } },
    handler: () => {
      throw new Error('query failed', {
        cause: Object.assign(new Error('no route to 10.0.0.7'), { code: 'ECONNREFUSED' }),
      });
    },
  });
  app.get('/odd/other-library', {
    config: { access: 'public' },
    schema: { ...described('otherLibrary'), response: { 200: Type.Null() } },
    handler: () => {
      throw Object.assign(new Error('401 from the broker'), { statusCode: 401, code: 'UND_ERR' });
    },
  });
  app.get('/odd/denied', {
    config: { access: 'public' },
    schema: { ...described('denied'), response: { 200: Type.Null() } },
    handler: () => {
      throw new Problem('order-denied', 'Too wide.', {
        code: 'spread-too-wide',
        limit: '2.0',
        retryAfterSeconds: 0.2,
      });
    },
  });
  app.get('/odd/admin', {
    config: { access: 'admin' },
    schema: { ...described('adminOnly'), response: { 200: Type.Object({ ok: Type.Boolean() }) } },
    handler: () => ({ ok: true, secret: 'the schema does not name this' }),
  });
  app.get('/odd/query', {
    config: { access: 'public' },
    schema: {
      ...described('query'),
      querystring: Type.Object(
        { count: Type.Optional(Type.Integer({ minimum: 1 })) },
        { additionalProperties: false },
      ),
      response: { 200: Type.Object({ type: Type.String() }) },
    },
    handler: (request) => ({ type: typeof request.query.count }),
  });
}

const context = useServer({ routes: [registerOddRoutes], publicUrl: 'http://forex.test' });

const PROBLEM = {
  type: expect.stringMatching(/^\/problems\/[a-z-]+$/),
  title: expect.any(String),
  status: expect.any(Number),
  detail: expect.stringMatching(/\S/),
  instance: expect.any(String),
  code: expect.stringMatching(/^[a-z-]+$/),
  requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
};

describe('what is not a good request', () => {
  const json = { 'content-type': 'application/json' };
  const deep = `{"preferences":${'{"a":'.repeat(40)}1${'}'.repeat(40)}}`;

  it.each([
    { what: 'a body that is not JSON', payload: '{"firstName":', status: 400, type: 'invalid-json' },
    {
      what: 'a body with a reach for the prototype',
      payload: '{"__proto__":{"role":"admin"}}',
      status: 400,
      type: 'invalid-json',
    },
    {
      what: 'a body with a reach for the constructor',
      payload: '{"constructor":{"prototype":{}}}',
      status: 400,
      type: 'invalid-json',
    },
    {
      what: 'an empty body, and what it must have',
      payload: '',
      status: 400,
      type: 'invalid-request',
      errors: [{ pointer: '', detail: 'must have at least 1 field' }],
    },
    {
      what: 'a body that is a list',
      payload: '[]',
      status: 400,
      type: 'invalid-request',
      errors: [{ pointer: '', detail: 'must be an object' }],
    },
    {
      what: 'a body without a field',
      payload: '{}',
      status: 400,
      type: 'invalid-request',
      errors: [{ pointer: '', detail: 'must have at least 1 field' }],
    },
    {
      what: 'an unknown field',
      payload: '{"role":"admin","a/b":1}',
      status: 400,
      type: 'invalid-request',
      errors: [
        { pointer: '/role', detail: 'is not known here' },
        { pointer: '/a~1b', detail: 'is not known here' },
      ],
    },
    {
      what: 'a wrong type, which is not turned into the right one',
      payload: '{"firstName":5}',
      status: 400,
      type: 'invalid-request',
      errors: [{ pointer: '/firstName', detail: 'must be a string' }],
    },
    {
      what: 'a value that is not in the list',
      payload: '{"language":"fr"}',
      status: 400,
      type: 'invalid-request',
      errors: [{ pointer: '/language', detail: 'must be one of "en", "ja"' }],
    },
    {
      what: 'two wrong fields, both named',
      payload: '{"firstName":"","language":"fr"}',
      status: 400,
      type: 'invalid-request',
      errors: [
        { pointer: '/firstName', detail: 'must have at least 1 character' },
        { pointer: '/language', detail: 'must be one of "en", "ja"' },
      ],
    },
    {
      what: 'text with NUL, which no column holds',
      payload: String.raw`{"firstName":"a\u0000b"}`,
      status: 400,
      type: 'invalid-request',
      errors: [{ pointer: '/firstName', detail: 'must not contain NUL or half of a character' }],
    },
    {
      what: 'half of a character',
      payload: String.raw`{"firstName":"\ud83d"}`,
      status: 400,
      type: 'invalid-request',
      errors: [{ pointer: '/firstName', detail: 'must not contain NUL or half of a character' }],
    },
    {
      what: 'a time zone that is an offset',
      payload: '{"timezone":"+09:00"}',
      status: 400,
      type: 'invalid-request',
      errors: [{ pointer: '/timezone', detail: expect.stringContaining('IANA') }],
    },
    {
      what: 'a body of more than 256 KiB',
      payload: JSON.stringify({ firstName: 'x'.repeat(257 * 1024) }),
      status: 413,
      type: 'payload-too-large',
    },
    {
      what: 'a body of more than 16 KiB, where nothing else is said',
      payload: JSON.stringify({ firstName: 'x'.repeat(16 * 1024) }),
      status: 413,
      type: 'payload-too-large',
    },
    {
      what: 'an order of more than 4 KiB',
      method: 'POST' as const,
      url: '/api/v1/orders',
      payload: JSON.stringify({ units: 'x'.repeat(4 * 1024) }),
      status: 413,
      type: 'payload-too-large',
    },
    {
      what: 'a sign-in of more than 2 KiB',
      method: 'POST' as const,
      url: '/api/v1/auth/login',
      payload: JSON.stringify({ username: 'x'.repeat(2 * 1024) }),
      status: 413,
      type: 'payload-too-large',
    },
    {
      what: 'nesting without end',
      url: '/api/v1/settings',
      payload: deep,
      status: 400,
      type: 'invalid-request',
      errors: [
        {
          pointer: expect.stringMatching(/^\/preferences(\/a)+$/),
          detail: 'must not be nested deeper than 32 levels',
        },
      ],
    },
    {
      what: 'text',
      payload: 'hello',
      headers: { 'content-type': 'text/plain' },
      status: 415,
      type: 'unsupported-media-type',
    },
    {
      what: 'a form',
      payload: 'a=1',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      status: 415,
      type: 'unsupported-media-type',
    },
    {
      what: 'JSON of another kind',
      payload: '{}',
      headers: { 'content-type': 'application/merge-patch+json' },
      status: 415,
      type: 'unsupported-media-type',
    },
    {
      what: 'an id that is no UUID',
      method: 'DELETE' as const,
      url: '/api/v1/sessions/17',
      status: 400,
      type: 'invalid-request',
      errors: [{ pointer: '/id', detail: 'must be a UUID' }],
    },
    {
      what: 'an unknown parameter',
      method: 'GET' as const,
      url: '/api/v1/sessions?page=2',
      status: 400,
      type: 'invalid-request',
      errors: [{ pointer: '/page', detail: 'is not known here' }],
    },
    {
      what: 'a limit that is no number',
      method: 'GET' as const,
      url: '/api/v1/sessions?limit=ten',
      status: 400,
      type: 'invalid-request',
      errors: [{ pointer: '/limit', detail: 'must be an integer' }],
    },
    {
      what: 'a limit of 501',
      method: 'GET' as const,
      url: '/api/v1/sessions?limit=501',
      status: 400,
      type: 'invalid-request',
      errors: [{ pointer: '/limit', detail: 'must be at most 500' }],
    },
    {
      what: 'a limit twice',
      method: 'GET' as const,
      url: '/api/v1/sessions?limit=5&limit=6',
      status: 400,
      type: 'invalid-request',
      errors: [{ pointer: '/limit', detail: 'must be an integer' }],
    },
    {
      what: 'a cursor that was never given out',
      method: 'GET' as const,
      url: '/api/v1/sessions?cursor=abc',
      status: 400,
      type: 'invalid-request',
      errors: [{ pointer: '/cursor', detail: 'must be the nextCursor of a page of this list' }],
    },
    {
      what: 'a cursor with something else in it',
      method: 'GET' as const,
      url: `/api/v1/sessions?cursor=${Buffer.from("id ' or 1=1").toString('base64url')}`,
      status: 400,
      type: 'invalid-request',
      errors: [{ pointer: '/cursor', detail: 'must be the nextCursor of a page of this list' }],
    },
    {
      what: 'NUL in a query',
      method: 'GET' as const,
      url: '/api/v1/sessions?cursor=%00',
      status: 400,
      type: 'invalid-request',
      errors: [{ pointer: '/cursor', detail: 'must not contain NUL or half of a character' }],
    },
    {
      what: 'an address that is no URL',
      method: 'GET' as const,
      url: '/api/v1/instruments/%E0%A4%A',
      status: 400,
      type: 'invalid-request',
    },
    {
      what: 'an unknown address',
      method: 'GET' as const,
      url: '/api/v1/nothing',
      status: 404,
      type: 'not-found',
    },
    {
      what: 'an unknown address beside the API',
      method: 'GET' as const,
      url: '/wp-login.php',
      status: 404,
      type: 'not-found',
    },
    {
      what: 'an unknown instrument',
      method: 'GET' as const,
      url: '/api/v1/instruments/EUR_XXX',
      status: 404,
      type: 'not-found',
    },
    {
      what: 'a method the address does not know',
      method: 'PUT' as const,
      url: '/api/v1/me',
      status: 405,
      type: 'method-not-allowed',
    },
  ])(
    'answers $what with a problem',
    async ({ method = 'PATCH', url = '/api/v1/me', payload, headers, status, type, errors }) => {
      const user = await signUp(context.server.app);

      const answer = await context.server.app.inject({
        method,
        url,
        headers: { ...user.headers, ...(payload === undefined ? {} : json), ...headers },
        ...(payload === undefined ? {} : { payload }),
      });

      expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
      expect({ status: answer.statusCode, ...answer.json() }).toEqual({
        ...PROBLEM,
        status,
        type: `/problems/${type}`,
        instance: url.split('?')[0],
        ...(errors && { errors }),
      });
      expect(answer.headers['x-request-id']).toBe(answer.json().requestId);
    },
  );

  it('names the methods that an address knows', async () => {
    const answer = await context.server.app.inject({ method: 'PUT', url: '/api/v1/me' });

    expect(answer.headers.allow).toBe('GET, PATCH');
  });

  it('turns text into numbers in queries and nowhere else', async () => {
    const answer = await context.server.app.inject({ url: '/api/v1/odd/query?count=5' });

    expect(answer.json()).toEqual({ type: 'number' });
  });

  it.each([
    ['nonsense', 'HELLO\r\n\r\n', 'HTTP/1.1 400'],
    ['a header without end', `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(32_000)}\r\n\r\n`, 'HTTP/1.1 431'],
    [
      'two lengths for one body',
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      'HTTP/1.1 400',
    ],
  ])('answers %s on a socket with a problem and closes it', async (_what, sent, status) => {
    const { app } = context.server;
    if (!app.server.listening) await app.listen({ port: 0, host: '127.0.0.1' });

    const answer = await talk(app.server.address() as AddressInfo, sent);

    expect(answer.startsWith(status)).toBe(true);
    expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))).toMatchObject({
      type: '/problems/invalid-request',
    });
  });

  it('of a connection that is gone is refused, and asks for no one', async () => {
    const { app, log } = context.server;
    if (!app.server.listening) await app.listen({ port: 0, host: '127.0.0.1' });
    const { port } = app.server.address() as AddressInfo;
    const closed = new Promise((resolve) => {
      app.server.once('connection', (socket) => socket.once('close', resolve));
    });
    const socket = connect(port, '127.0.0.1', () => {
      socket.write('GET /api/v1/odd/query?gone=1 HTTP/1.1\r\nHost: a\r\n\r\n', () =>
        socket.resetAndDestroy(),
      );
    });
    await closed;

    expect(log.filter((line) => line.includes('"level":50') && line.includes('normalizeAddress'))).toEqual(
      [],
    );
  });
});

describe('what goes wrong on our side', () => {
  it('says nothing about it to the sender and everything to the log', async () => {
    const answer = await context.server.app.inject({ url: '/api/v1/odd/broken' });

    expect(answer.statusCode).toBe(500);
    expect(answer.json()).toEqual({
      ...PROBLEM,
      type: '/problems/internal-error',
      instance: '/api/v1/odd/broken',
    });
    expect(answer.body).not.toMatch(/hunter2|TypeError|\.ts|at /);
    const line = context.server.log.find((text) => text.includes('hunter2')) ?? '';
    expect(JSON.parse(line)).toMatchObject({
      level: 50,
      requestId: answer.json().requestId,
      err: { stack: expect.stringContaining('deep inside') },
    });
  });

  it('distinguishes an absent database from a mistake', async () => {
    const answer = await context.server.app.inject({ url: '/api/v1/odd/away' });

    expect(answer.statusCode).toBe(503);
    expect(answer.headers['retry-after']).toBe('2');
    expect(answer.json().type).toBe('/problems/database-unavailable');
    expect(answer.body).not.toContain('10.0.0.7');
  });

  it('does not pass on the status of an error from elsewhere', async () => {
    const answer = await context.server.app.inject({ url: '/api/v1/odd/other-library' });

    expect(answer.statusCode).toBe(500);
    expect(answer.body).not.toContain('broker');
  });

  it('contains the code and the facts of a denial, and when to try again', async () => {
    const answer = await context.server.app.inject({ url: '/api/v1/odd/denied' });

    expect(answer.statusCode).toBe(422);
    expect(answer.headers['retry-after']).toBe('1');
    expect(answer.json()).toEqual({
      ...PROBLEM,
      type: '/problems/order-denied',
      code: 'spread-too-wide',
      facts: { limit: '2.0' },
    });
  });

  it('writes no token, no cookie and no password to the log', async () => {
    const { app, log } = context.server;
    const user = await signUp(app);
    await app.inject({
      method: 'PATCH',
      url: '/api/v1/me',
      headers: { ...user.headers, cookie: 'session=abc' },
      payload: { password: 'x' },
    });

    expect(log.join('')).not.toContain(user.token);
    expect(log.join('')).not.toMatch(/session=abc|a long enough secret/);
  });
});

describe('every answer', () => {
  it('has the headers that keep browsers from guessing, framing and storing', async () => {
    const answer = await context.server.app.inject({
      url: '/api/v1/me',
      headers: (await signUp(context.server.app)).headers,
    });

    const { date: _date, 'x-request-id': _id, 'content-length': _length, ...headers } = answer.headers;
    expect(headers).toEqual({
      'cache-control': 'no-store',
      connection: 'keep-alive',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'content-type': 'application/json; charset=utf-8',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      etag: expect.stringMatching(/^"[\w-]{22}"$/),
      'origin-agent-cluster': '?1',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-dns-prefetch-control': 'off',
      'x-frame-options': 'DENY',
      'x-permitted-cross-domain-policies': 'none',
    });
  });

  it('has an id of its own, whatever id the sender would like', async () => {
    const { app } = context.server;
    const [first, second] = [
      await app.inject({ url: '/api/v1/me', headers: { 'x-request-id': 'mine', 'request-id': 'mine' } }),
      await app.inject({ url: '/api/v1/me' }),
    ];

    expect(first.headers['x-request-id']).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
    expect(first.headers['x-request-id']).not.toBe(second.headers['x-request-id']);
  });

  it('holds only what the schema of the route names', async () => {
    const { app, users } = context.server;
    const password = 'an administrator’s secret';
    await users.createAdmin({ email: 'admin@example.org', username: 'admin', password });
    const { token } = (
      await app.inject({
        method: 'POST',
        url: '/api/v1/auth/login',
        payload: { username: 'admin', password },
      })
    ).json();

    const answer = await app.inject({
      url: '/api/v1/odd/admin',
      headers: { authorization: `Bearer ${token}` },
    });

    expect(answer.json()).toEqual({ ok: true });
  });

  it('of an administrator’s route is refused to traders and to clients without a session', async () => {
    const { app } = context.server;
    const user = await signUp(app);

    expect((await app.inject({ url: '/api/v1/odd/admin', headers: user.headers })).statusCode).toBe(403);
    expect((await app.inject({ url: '/api/v1/odd/admin' })).statusCode).toBe(401);
  });
});

describe('the explanation of a problem', () => {
  it.each(Object.keys(PROBLEM_TYPES))('%s is there for people and for programs', async (name) => {
    const { app } = context.server;

    const page = await app.inject({ url: `/problems/${name}`, headers: { accept: 'text/html,*/*' } });
    const data = await app.inject({ url: `/problems/${name}` });

    expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(page.body).toContain(`/problems/${name}`);
    expect(data.headers['content-type']).toMatch(/^application\/json/);
    expect(data.json()).toEqual({
      type: `/problems/${name}`,
      ...PROBLEM_TYPES[name as keyof typeof PROBLEM_TYPES],
    });
  });

  it.each(Object.entries(DENIALS))(
    '%s is there, as the code of a denial',
    async (code, { remedy, field }) => {
      const { app } = context.server;

      const page = await app.inject({ url: `/problems/${code}`, headers: { accept: 'text/html' } });
      const data = await app.inject({ url: `/problems/${code}` });

      expect(page.body).toContain(`/problems/${code}`);
      expect(data.json()).toMatchObject({
        type: `/problems/${code}`,
        status: 422,
        remedy,
        pointer: `/${field}`,
      });
    },
  );

  it('of a denied order leads to all codes, and no remedy only points elsewhere', async () => {
    const page = await context.server.app.inject({
      url: '/problems/order-denied',
      headers: { accept: 'text/html' },
    });

    for (const code of Object.keys(DENIALS)) expect(page.body).toContain(`href="/problems/${code}"`);
    for (const { remedy } of Object.values(PROBLEM_TYPES)) expect(remedy).not.toMatch(/^See "code"/);
  });

  it('of no problem is not there', async () => {
    const answer = await context.server.app.inject({ url: '/problems/constructor' });

    expect(answer.statusCode).toBe(404);
  });
});

/** Sends bytes and returns everything that comes until the other side closes. */
function talk({ port }: AddressInfo, sent: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let received = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(sent));
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => {
      received += text;
    });
    socket.on('close', () => resolve(received));
    socket.on('error', reject);
  });
}
